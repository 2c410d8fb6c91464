#include "connectors/calendar/calendar_desk.h"

#include "connectors/held_turn.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace evergrant::connectors {

namespace {

/// Less than a turn's life.
constexpr std::chrono::seconds longest_booking{45};

/// What takes somebody's time in `range`.
async::Task<Result<std::vector<TimeRange>>> taken_in(ChosenCalendar chosen, TimeRange range) {
    const auto events = co_await chosen.calendar->events(chosen.id, range, chosen.zone);
    if (!events)
        co_return std::unexpected(events.error());
    std::vector<TimeRange> taken;
    for (const Event& event : *events)
        if (event.busy)
            taken.push_back(in_zone(event.time, *chosen.zone));
    co_return taken;
}

async::Task<Result<void>> check_free(ChosenCalendar chosen, TimeRange wanted) {
    const auto taken = co_await taken_in(std::move(chosen), wanted);
    if (!taken)
        co_return std::unexpected(taken.error());
    if (std::ranges::any_of(*taken, [&](const TimeRange& range) { return range.overlaps(wanted); }))
        co_return failure(Errc::conflict, "That time is taken; the slots tell what is free.");
    co_return Result<void>();
}

async::Task<Result<WrittenEvent>> make_if_free(ChosenCalendar chosen, NewEvent event) {
    const auto free = co_await check_free(chosen, in_zone(event.time, *chosen.zone));
    if (!free)
        co_return std::unexpected(free.error());
    co_return co_await chosen.calendar->create(chosen.id, std::move(event));
}

}  // namespace

Result<BusinessHours> business_hours_of(const storage::Tenant& tenant) {
    const auto* written = tenant.settings.if_contains("businessHours");
    if (written == nullptr)
        return BusinessHours::usual();
    if (!written->is_object())
        return invalid_field("settings.businessHours", "businessHours is an object of days.");
    return BusinessHours::parse(written->get_object());
}

async::Task<Result<std::vector<TimeRange>>> slots_in(ChosenCalendar chosen, SlotQuery query, BusinessHours hours) {
    auto taken = co_await taken_in(chosen, time_of(query, *chosen.zone));
    if (!taken)
        co_return std::unexpected(std::move(taken).error());
    co_return free_slots(query, hours, *chosen.zone, std::move(*taken));
}

async::Task<Result<WrittenEvent>> CalendarDesk::book(ConnectionKey key, ChosenCalendar chosen, NewEvent event,
                                                     async::Deadline deadline) {
    deadline = deadline.sooner(async::Deadline::after(longest_booking));
    auto id = co_await chosen.calendar->id_of(std::move(chosen.id));
    if (!id)
        co_return std::unexpected(std::move(id).error());
    chosen.id = std::move(*id);
    const std::string name = HeldTurn::name_of({"calendar", key.tenant.str(), key.integration.str(), chosen.id});
    const auto pass = co_await lines_.enter(name, deadline);
    if (!pass)
        co_return std::unexpected(pass.error());
    HeldTurn turn(parts_.shard, storage::turns_of(parts_.store), parts_.random);
    const auto taken = co_await turn.take(name, deadline);
    if (!taken)
        co_return std::unexpected(taken.error());
    // What became of it in doubt is seen by who looks next: a calendar lists an event as soon as it is made.
    auto made = co_await make_if_free(std::move(chosen), std::move(event));
    co_await turn.settle(std::string());
    co_return made;
}

}  // namespace evergrant::connectors
