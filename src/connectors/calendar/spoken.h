#pragma once
//
// Spoken: the list of free slots as a voice assistant reads it out, in English words without a digit. Pure.
//
#include "connectors/calendar/time_zone.h"

#include <cstddef>
#include <string>
#include <vector>

namespace evergrant::connectors {

/// Who listens cannot scroll: more than this is summed up.
struct SpokenLimits {
    std::size_t days{5};
    std::size_t times_a_day{6};
};

/// "Tuesday, the third of March, at nine, nine thirty and two in the afternoon." A sentence a day. Slots in order, as
/// free_slots gives them; none: a sentence that says so.
[[nodiscard]] std::string spoken(const std::vector<TimeRange>& slots, const TimeZone& zone, SpokenLimits limits = {});

/// "nine", "nine oh five", "twelve thirty", "noon", "midnight": without the part of the day.
[[nodiscard]] std::string spoken_clock(std::chrono::minutes since_midnight);

/// "first" to "thirty-first".
[[nodiscard]] std::string spoken_ordinal(unsigned number);

/// "one" to "nine hundred ninety-nine", then "a thousand or more".
[[nodiscard]] std::string spoken_number(std::size_t number);

}  // namespace evergrant::connectors
