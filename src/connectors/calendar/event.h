#pragma once
//
// One shape for what calendars know: an event, and what is to be made or changed of one. Values.
//
#include "connectors/calendar/time_zone.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evergrant::connectors {

/// Whole days, the last one included, wherever one is.
struct DayRange {
    local_days first;
    local_days last;

    [[nodiscard]] bool operator==(const DayRange&) const = default;
};

/// When an event is: at instants, or on whole days.
using EventTime = std::variant<TimeRange, DayRange>;

/// The time it takes for who lives in `zone`.
[[nodiscard]] TimeRange in_zone(const EventTime& time, const TimeZone& zone);

/// An empty member is one the calendar does not have.
struct Event {
    std::string id;
    std::string etag;  ///< of this state of it; a change or removal names it
    std::string title{};
    EventTime time{};
    std::string time_zone{};  ///< the zone it was made in
    std::string description{};
    std::string location{};
    std::vector<std::string> attendees{};  ///< e-mail addresses
    std::string organizer{};
    bool busy{true};           ///< else it takes nobody's time
    std::string occurrence{};  ///< of a repeated event: which of them, in the calendar's own words
    std::string recurrence{};  ///< the rule by which it is repeated (RFC 5545 RRULE)
};

/// An event to be made.
struct NewEvent {
    std::string title;
    EventTime time;
    std::string time_zone{};  ///< IANA; of the people it is for
    std::string description{};
    std::string location{};
    std::vector<std::string> attendees{};
    bool busy{true};
    std::string recurrence{};  ///< an RRULE, without the word; empty: once
};

/// What is to be changed of an event: nothing stays as it is, an empty text empties the field.
struct EventChange {
    std::optional<std::string> title{};
    std::optional<EventTime> time{};
    std::optional<std::string> description{};
    std::optional<std::string> location{};
    std::optional<std::vector<std::string>> attendees{};
    std::optional<bool> busy{};
    std::string time_zone{};
};

}  // namespace evergrant::connectors
