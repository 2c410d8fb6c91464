#include "connectors/calendar/calendar_desk.h"

#include "storage/sqlite/database.h"
#include "storage/sqlite/sqlite_store.h"
#include "temporary_folder.h"
#include "zones.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

namespace evergrant::connectors {

namespace {

using evergrant::testing::utc;

/// What all who opened it see. Thread-safe.
struct SharedCalendar {
    std::mutex mutex;
    std::vector<Event> events;
    std::atomic<bool> loses_answers{false};  ///< to what creates
};

/// Two calendars, of which `main` is the default.
class SharedConnector final : public Calendar {
public:
    explicit SharedConnector(SharedCalendar& shared) : shared_(shared) {}

    async::Task<Result<std::string>> id_of(std::string calendar) override {
        co_return calendar.empty() ? std::string("main") : calendar;
    }
    async::Task<Result<std::vector<Event>>> events(std::string calendar, TimeRange,
                                                   std::shared_ptr<const TimeZone>) override {
        const std::lock_guard lock(shared_.mutex);
        std::vector<Event> found;
        for (const Event& event : shared_.events)
            if (event.location == calendar)
                found.push_back(event);
        co_return found;
    }
    async::Task<Result<WrittenEvent>> create(std::string calendar, NewEvent event) override {
        const std::lock_guard lock(shared_.mutex);
        Event made;
        made.time = event.time;
        made.busy = event.busy;
        made.location = std::move(calendar);
        shared_.events.push_back(std::move(made));
        if (shared_.loses_answers)
            co_return failure(Errc::provider_timeout, "The provider did not answer in time.");
        WrittenEvent written;
        written.id = std::to_string(shared_.events.size());
        co_return written;
    }
    async::Task<Result<WrittenEvent>> change(std::string, EventState, EventChange) override {
        co_return failure(Errc::not_found, "None.");
    }
    async::Task<Result<void>> remove(std::string, EventState) override { co_return failure(Errc::not_found, "None."); }

private:
    SharedCalendar& shared_;
};

class CalendarDeskTest : public ::testing::Test {
protected:
    CalendarDeskTest() {
        storage::SqliteOptions options;
        options.folder = folder_.path() / "data";
        std::vector<SecretString> keys;
        keys.emplace_back("8f4b1c9de2a07356fb1804c7d96e35a2810fbb46c7d3925e6a0d18f29b7c4e53");
        const auto ring = storage::KeyRing::parse(std::move(keys));
        store_ = std::move(storage::open_sqlite_store(options, *ring, random_, clock_).value());
        for (std::size_t index = 0; index < shards_.size(); ++index) {
            const CalendarDesk::Parts parts{.shard = shards_[index], .store = *store_, .random = random_};
            desks_.push_back(std::make_unique<CalendarDesk>(parts));
        }
        shards_.start();
    }
    ~CalendarDeskTest() override { shards_.stop(async::Deadline::after(std::chrono::seconds(5))); }

    std::future<Result<WrittenEvent>> begin(std::size_t shard, int hour, const std::string& calendar = {}) {
        NewEvent event;
        event.title = "Appointment";
        event.time = TimeRange{.begin = utc(2026, 3, 3, hour), .end = utc(2026, 3, 3, hour + 1)};
        const ConnectionKey key{TenantId("acme"), IntegrationId("calendar")};
        return boost::asio::co_spawn(shards_[shard].context(),
                                     desks_[shard]->book(key, chosen(calendar), std::move(event),
                                                         async::Deadline::after(std::chrono::seconds(10))),
                                     boost::asio::use_future);
    }
    Result<WrittenEvent> booked(int hour, const std::string& calendar = {}) { return begin(0, hour, calendar).get(); }

    ChosenCalendar chosen(const std::string& calendar) {
        return {.calendar = &connector_, .id = calendar, .zone = std::make_shared<const TimeZone>()};
    }
    void holds(int hour, bool busy) {
        Event event;
        event.time = TimeRange{.begin = utc(2026, 3, 3, hour), .end = utc(2026, 3, 3, hour + 1)};
        event.busy = busy;
        event.location = "main";
        shared_.events.push_back(std::move(event));
    }

    evergrant::testing::TemporaryFolder folder_;
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
    SharedCalendar shared_;
    SharedConnector connector_{shared_};
    async::Shards shards_{2};
    std::unique_ptr<storage::Store> store_;
    std::vector<std::unique_ptr<CalendarDesk>> desks_;
};

}  // namespace

TEST_F(CalendarDeskTest, of_many_who_book_one_time_at_once_on_all_shards_one_gets_it) {
    std::vector<std::future<Result<WrittenEvent>>> bookings;
    for (std::size_t i = 0; i < 20; ++i)
        bookings.push_back(begin(i % shards_.size(), 9));

    std::size_t made = 0;
    std::size_t refused = 0;
    for (auto& booking : bookings) {
        const auto outcome = booking.get();
        made += outcome ? 1U : 0U;
        refused += !outcome && outcome.error().code == Errc::conflict ? 1U : 0U;
    }

    EXPECT_EQ(made, 1U);
    EXPECT_EQ(refused, 19U);
}

TEST_F(CalendarDeskTest, the_default_calendar_is_the_same_under_its_id) {
    auto by_id = begin(0, 9, "main");
    auto as_default = begin(1, 9);

    const auto first = by_id.get();
    const auto second = as_default.get();

    EXPECT_NE(first.has_value(), second.has_value());
}

TEST_F(CalendarDeskTest, a_time_is_free_in_another_calendar) {
    booked(9).value();

    EXPECT_TRUE(booked(9, "other"));
}

TEST_F(CalendarDeskTest, what_begins_when_another_ends_is_made) {
    booked(9).value();

    EXPECT_TRUE(booked(10));
}

TEST_F(CalendarDeskTest, what_takes_nobodys_time_hinders_nothing) {
    holds(9, false);

    EXPECT_TRUE(booked(9));
}

TEST(BusinessHoursOfTest, are_the_usual_ones_where_a_tenant_has_none) {
    EXPECT_EQ(business_hours_of(storage::Tenant()).value().days, BusinessHours::usual().days);
}

TEST(BusinessHoursOfTest, that_are_no_object_are_refused_by_name) {
    storage::Tenant tenant;
    tenant.settings["businessHours"] = "nine to five";

    EXPECT_EQ(business_hours_of(tenant).error().code, Errc::invalid_request);
}

}  // namespace evergrant::connectors
