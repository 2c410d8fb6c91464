#pragma once
//
// Free slots: when there is room for an appointment, from business hours, what is taken already and the time zone. By
// the clocks on the wall: hours that a change of the clocks skips are not offered, those it repeats are, twice. Pure.
//
#include "base/error.h"
#include "connectors/calendar/time_zone.h"

#include <boost/json/object.hpp>

#include <array>
#include <chrono>
#include <vector>

namespace evergrant::connectors {

/// From `opens` to before `closes`, after midnight on the clocks. 0 <= opens < closes <= 24 h.
struct OpeningHours {
    std::chrono::minutes opens;
    std::chrono::minutes closes;

    [[nodiscard]] bool operator==(const OpeningHours&) const = default;
};

/// The hours of each weekday, Sunday first.
struct BusinessHours {
    std::array<std::vector<OpeningHours>, 7> days;

    /// Monday to Friday, nine to five.
    [[nodiscard]] static BusinessHours usual();
    /// {"mon":[["09:00","12:30"],["13:30","17:00"]],…}: what is left out is closed. Errors: invalid_request for
    /// `settings.businessHours`.
    [[nodiscard]] static Result<BusinessHours> parse(const boost::json::object& written);
};

struct SlotQuery {
    local_days first;  ///< the first day
    unsigned days{1};  ///< 1 to 31
    std::chrono::minutes length{30};
    std::chrono::minutes step{30};   ///< from one beginning to the next, counted from each opening
    std::chrono::minutes buffer{0};  ///< kept free before and after what is taken
    sys_seconds not_before{};        ///< nobody comes earlier
};

/// The time that `query` is about: what is taken in it, with the buffer, has to be known.
[[nodiscard]] TimeRange time_of(const SlotQuery& query, const TimeZone& zone);

/// All slots, by their beginning; they may overlap each other. `taken` in any order.
[[nodiscard]] std::vector<TimeRange> free_slots(const SlotQuery& query, const BusinessHours& hours,
                                                const TimeZone& zone, std::vector<TimeRange> taken);

}  // namespace evergrant::connectors
