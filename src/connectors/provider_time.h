#pragma once
//
// Times as providers write them: `2026-01-31T12:00:00.000+0000`, `2026-01-31T12:00:00Z`, `2026-01-31`.
//
#include "base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// ISO 8601 with an offset (`Z`, `+0200`, `+02:00`) and any fraction, which is cut; a day alone is its midnight in UTC.
[[nodiscard]] std::optional<sys_seconds> parse_provider_time(std::string_view text);

/// `2026-01-31`, the day in UTC.
[[nodiscard]] std::string to_iso_day(sys_seconds time);

}  // namespace evergrant::connectors
