#pragma once
//
// HTTP dates, RFC 9110 5.6.7. Pure.
//
#include "base/clock.h"

#include <optional>
#include <string_view>

namespace evergrant::oauth {

/// Reads the preferred form and the two obsolete ones (RFC 850, asctime); nothing for anything else. `now` says which
/// century a year of two digits belongs to: at most 50 years ahead.
[[nodiscard]] std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now);

}  // namespace evergrant::oauth
