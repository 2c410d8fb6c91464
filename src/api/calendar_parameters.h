#pragma once
//
// What callers of the calendar's routes send, read: times, bodies and the questions for slots. Every deviation is an
// invalid_request that names its field.
//
#include "api/parameters.h"
#include "connectors/calendar/event.h"
#include "connectors/calendar/free_slots.h"

#include <string>
#include <string_view>

namespace evergrant::api {

/// What a body says of an event, before its times are understood.
struct WrittenBody {
    std::string calendar;
    std::string start;
    std::string end;
    std::string time_zone;
    std::string etag;
    bool all_day{false};
    bool only_if_free{false};
    std::string recurrence;
    connectors::EventChange change;
};

/// A body with some of the members that an event has.
[[nodiscard]] Result<WrittenBody> read_event_body(Body body);

/// `start` and `end` of a body, once its zone is known.
[[nodiscard]] Result<connectors::EventTime> read_event_time(const WrittenBody& body, const connectors::TimeZone& zone);

/// A parameter that is a time.
[[nodiscard]] Result<sys_seconds> time_in(const Query& query, std::string_view name, const connectors::TimeZone& zone);

/// Which slots are asked for. None before `now`.
[[nodiscard]] Result<connectors::SlotQuery> slot_query(const Query& query, const connectors::TimeZone& zone,
                                                       sys_seconds now);

}  // namespace evergrant::api
