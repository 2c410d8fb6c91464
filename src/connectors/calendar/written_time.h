#pragma once
//
// Times as callers write them: ISO 8601, with an offset or by the clocks of a zone. Pure.
//
#include "connectors/calendar/time_zone.h"

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// `2026-03-03`, of the years 1900 to 2999. Nothing if it is anything else.
[[nodiscard]] std::optional<local_days> parse_date(std::string_view text);

/// `2026-03-03T09:00:00+01:00`, `…Z`; without an offset by the clocks of `zone`; a date alone is its beginning there.
/// Seconds may be left out, and parts of one are read over. A time that `zone` skips is the end of its gap, one that
/// comes twice the first.
[[nodiscard]] std::optional<sys_seconds> parse_time(std::string_view text, const TimeZone& zone);

/// `2026-03-03`
[[nodiscard]] std::string date_text(local_days date);

}  // namespace evergrant::connectors
