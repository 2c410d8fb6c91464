#pragma once
//
// Events as Zoho Calendar (API v1) writes them in JSON, read and written; ranges cut to what it takes; its errors.
// Pure.
//
#include "connectors/calendar/event.h"
#include "connectors/provider_api.h"

#include <boost/json/object.hpp>

#include <vector>

namespace evergrant::connectors::zoho {

/// Nothing if it lacks what every event has, or a time that can be read.
[[nodiscard]] std::optional<Event> read_event(const boost::json::object& written);

/// What `eventdata` says of a new event.
[[nodiscard]] boost::json::object describe(const NewEvent& event);

/// The same of an event that stands as `current`: what Zoho demands with every change, and what changes.
[[nodiscard]] boost::json::object describe(const EventChange& change, const Event& current);

/// `range` in parts of at most 30 days: Zoho takes 31, and where it counts dates instead of hours 31 days can be 32.
[[nodiscard]] std::vector<TimeRange> parts_of(TimeRange range);

/// The parameter `range` of a list.
[[nodiscard]] std::string range_parameter(TimeRange range);

/// What an answer that is no success means.
[[nodiscard]] Error error_of(const ApiAnswer& answer);

}  // namespace evergrant::connectors::zoho
