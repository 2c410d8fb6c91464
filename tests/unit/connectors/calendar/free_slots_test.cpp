#include "connectors/calendar/free_slots.h"

#include "zones.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <cstdlib>
#include <ctime>
#include <random>

namespace evergrant::connectors {
namespace {

using namespace std::chrono_literals;
using testing::day;
using testing::utc;
using testing::zone;

std::vector<std::string> written(const std::vector<TimeRange>& slots, const TimeZone& in) {
    std::vector<std::string> texts;
    for (const TimeRange& slot : slots)
        texts.push_back(to_iso8601(slot.begin, in).substr(11));
    return texts;
}

BusinessHours every_day(std::vector<OpeningHours> hours) {
    BusinessHours all;
    all.days.fill(hours);
    return all;
}

SlotQuery on(std::chrono::local_days date, std::chrono::minutes length, std::chrono::minutes step) {
    return {.first = date, .length = length, .step = step};
}

using Texts = std::vector<std::string>;

TEST(FreeSlots, leave_out_what_is_taken) {
    const auto& berlin = zone("Europe/Berlin");
    const auto query = on(day(2026, 3, 3), 60min, 60min);

    const auto slots =
        free_slots(query, every_day({{9h, 13h}}), berlin, {{utc(2026, 3, 3, 9, 30), utc(2026, 3, 3, 10, 0)}});

    EXPECT_EQ(written(slots, berlin), (Texts{"09:00:00+01:00", "11:00:00+01:00", "12:00:00+01:00"}));
}

TEST(FreeSlots, may_touch_what_is_taken) {
    const auto slots = free_slots(on(day(2026, 3, 3), 60min, 60min), every_day({{9h, 12h}}), TimeZone(),
                                  {{utc(2026, 3, 3, 10), utc(2026, 3, 3, 11)}});

    EXPECT_EQ(written(slots, TimeZone()), (Texts{"09:00:00+00:00", "11:00:00+00:00"}));
}

TEST(FreeSlots, keep_the_buffer_on_both_sides) {
    auto query = on(day(2026, 3, 3), 30min, 30min);
    query.buffer = 15min;

    const auto slots =
        free_slots(query, every_day({{9h, 12h}}), TimeZone(), {{utc(2026, 3, 3, 10), utc(2026, 3, 3, 11)}});

    EXPECT_EQ(written(slots, TimeZone()), (Texts{"09:00:00+00:00", "11:30:00+00:00"})) << "9:30 ends at ten";
}

TEST(FreeSlots, are_found_between_events_that_overlap_and_come_in_any_order) {
    const auto slots = free_slots(on(day(2026, 3, 3), 60min, 60min), every_day({{9h, 17h}}), TimeZone(),
                                  {{utc(2026, 3, 3, 13), utc(2026, 3, 3, 16)},
                                   {utc(2026, 3, 3, 9), utc(2026, 3, 3, 14)},
                                   {utc(2026, 3, 3, 10), utc(2026, 3, 3, 11)}});

    EXPECT_EQ(written(slots, TimeZone()), (Texts{"16:00:00+00:00"}));
}

TEST(FreeSlots, end_before_closing) {
    const auto slots = free_slots(on(day(2026, 3, 3), 45min, 30min), every_day({{9h, 10h + 30min}}), TimeZone(), {});

    EXPECT_EQ(written(slots, TimeZone()), (Texts{"09:00:00+00:00", "09:30:00+00:00"}));
}

TEST(FreeSlots, are_none_in_the_past) {
    auto query = on(day(2026, 3, 3), 60min, 60min);
    query.not_before = utc(2026, 3, 3, 10, 1);

    EXPECT_EQ(written(free_slots(query, every_day({{9h, 12h}}), TimeZone(), {}), TimeZone()),
              (Texts{"11:00:00+00:00"}));
}

TEST(FreeSlots, are_those_of_several_days_and_of_their_hours) {
    auto query = on(day(2026, 3, 6), 8h, 60min);  // a Friday
    query.days = 4;

    const auto slots = free_slots(query, BusinessHours::usual(), TimeZone(), {});

    ASSERT_EQ(slots.size(), 2U);
    EXPECT_EQ(slots[0].begin, utc(2026, 3, 6, 9));
    EXPECT_EQ(slots[1].begin, utc(2026, 3, 9, 9));
}

TEST(FreeSlots, pass_over_the_hour_that_is_skipped) {
    const auto& berlin = zone("Europe/Berlin");

    const auto slots = free_slots(on(day(2026, 3, 29), 60min, 60min), every_day({{0h, 5h}}), berlin, {});

    EXPECT_EQ(written(slots, berlin), (Texts{"00:00:00+01:00", "01:00:00+01:00", "03:00:00+02:00", "04:00:00+02:00"}));
}

TEST(FreeSlots, come_twice_in_the_hour_that_is_repeated) {
    const auto& berlin = zone("Europe/Berlin");

    const auto slots = free_slots(on(day(2026, 10, 25), 60min, 60min), every_day({{1h, 4h}}), berlin, {});

    EXPECT_EQ(written(slots, berlin), (Texts{"01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00"}));
}

TEST(FreeSlots, stay_on_the_walls_clocks_where_they_move_by_half_an_hour) {
    const auto& island = zone("Australia/Lord_Howe");

    const auto slots = free_slots(on(day(2026, 10, 4), 30min, 60min), every_day({{1h, 5h}}), island, {});

    EXPECT_EQ(written(slots, island), (Texts{"01:00:00+10:30", "03:00:00+11:00", "04:00:00+11:00"}));
}

/// The same rule said otherwise: minute by minute, by glibc's clocks. A slot begins on the grid of its opening, and in
/// each of its minutes the wall's clocks show an open hour of that day and nothing is taken.
class MinuteByMinute {
public:
    MinuteByMinute(const SlotQuery& query, const OpeningHours& hours, const std::vector<TimeRange>& taken)
        : query_(query), hours_(hours), taken_(taken) {}

    [[nodiscard]] std::vector<TimeRange> slots() const {
        std::vector<TimeRange> found;
        const sys_seconds around(query_.first.time_since_epoch());
        for (sys_seconds begin = around - 24h; begin < around + 60h; begin += 1min)
            if (shown(begin) && (*shown(begin) - hours_.opens) % query_.step == 0min && fits(begin))
                found.push_back({begin, begin + query_.length});
        return found;
    }

private:
    /// The minute that clocks show, if it is within the open hours of the day.
    [[nodiscard]] std::optional<std::chrono::minutes> shown(sys_seconds time) const {
        const std::time_t seconds = time.time_since_epoch().count();
        std::tm local{};
        localtime_r(&seconds, &local);
        const auto date =
            day(local.tm_year + 1900, static_cast<unsigned>(local.tm_mon + 1), static_cast<unsigned>(local.tm_mday));
        const std::chrono::minutes clock(local.tm_hour * 60 + local.tm_min);
        const bool open = date == query_.first && clock >= hours_.opens && clock < hours_.closes;
        return open ? std::optional(clock) : std::nullopt;
    }
    [[nodiscard]] bool fits(sys_seconds begin) const {
        for (sys_seconds minute = begin; minute < begin + query_.length; minute += 1min) {
            if (!shown(minute))
                return false;
            for (const TimeRange& range : taken_)
                if (range.begin < range.end && minute + 1min > range.begin - query_.buffer &&
                    minute < range.end + query_.buffer)
                    return false;
        }
        return true;
    }

    const SlotQuery& query_;
    const OpeningHours& hours_;
    const std::vector<TimeRange>& taken_;
};

struct Scene {
    const char* zone;
    std::chrono::local_days date;
};

TEST(FreeSlots, are_what_another_computation_finds_minute_by_minute) {
    constexpr unsigned seed = 20260303;
    constexpr int rounds = 25;
    std::mt19937 dice(seed);
    const auto pick = [&](int from, int to) { return std::uniform_int_distribution(from, to)(dice); };
    const std::vector<Scene> scenes{{"Europe/Berlin", day(2026, 3, 29)},       {"Europe/Berlin", day(2026, 10, 25)},
                                    {"America/New_York", day(2026, 3, 8)},     {"America/New_York", day(2026, 11, 1)},
                                    {"Australia/Lord_Howe", day(2026, 10, 4)}, {"Australia/Lord_Howe", day(2026, 4, 5)},
                                    {"America/Sao_Paulo", day(2018, 11, 4)},   {"America/Sao_Paulo", day(2019, 2, 16)},
                                    {"Europe/Berlin", day(2026, 6, 15)},       {"Pacific/Apia", day(2011, 12, 30)}};
    for (const Scene& scene : scenes) {
        setenv("TZ", (":" + std::string(scene.zone)).c_str(), 1);
        tzset();
        for (int round = 0; round < rounds; ++round) {
            const int opens = pick(0, 20) * 15;
            const OpeningHours hours{.opens = std::chrono::minutes(opens),
                                     .closes = std::chrono::minutes(pick(opens / 15 + 1, 96) * 15)};
            auto query = on(scene.date, std::chrono::minutes(pick(1, 8) * 15), std::chrono::minutes(pick(1, 6) * 15));
            query.buffer = std::chrono::minutes(pick(0, 3) * 5);
            std::vector<TimeRange> taken;
            for (int i = pick(0, 5); i > 0; --i) {
                const sys_seconds begin =
                    sys_seconds(scene.date.time_since_epoch()) + std::chrono::minutes(pick(-800, 2000));
                taken.push_back({begin, begin + std::chrono::minutes(pick(0, 180))});
            }
            const auto expected = MinuteByMinute(query, hours, taken).slots();
            ASSERT_EQ(free_slots(query, every_day({hours}), zone(scene.zone), taken), expected)
                << scene.zone << " round " << round;
        }
    }
    unsetenv("TZ");
    tzset();
}

Result<BusinessHours> parsed(const char* text) {
    return BusinessHours::parse(boost::json::parse(text).as_object());
}

TEST(BusinessHours, are_read_from_a_tenants_settings) {
    const auto hours = parsed(R"({"mon":[["13:30","24:00"],["09:00","12:30"]],"sun":[]})");

    ASSERT_TRUE(hours);
    EXPECT_EQ(hours->days[1], (std::vector<OpeningHours>{{9h, 12h + 30min}, {13h + 30min, 24h}}));
    EXPECT_TRUE(hours->days[0].empty());
    EXPECT_TRUE(hours->days[2].empty());
}

TEST(BusinessHours, are_refused_when_they_make_no_sense) {
    for (const char* text :
         {R"({"monday":[]})", R"({"mon":"9-17"})", R"({"mon":[["09:00"]]})", R"({"mon":[["17:00","09:00"]]})",
          R"({"mon":[["09:00","09:00"]]})", R"({"mon":[["09:00","24:01"]]})", R"({"mon":[["9:00","17:00"]]})",
          R"({"mon":[["09:60","17:00"]]})", R"({"mon":[["09.00","17:00"]]})", R"({"mon":[[9,17]]})",
          R"({"mon":[["-1:00","17:00"]]})", R"({"mon":[["09:00","12:00"],["11:00","13:00"]]})"})
        EXPECT_FALSE(parsed(text)) << text;
}

}  // namespace
}  // namespace evergrant::connectors
