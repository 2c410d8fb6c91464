#pragma once
//
// Phone numbers as people and CRMs write them, and E.164, which is all that connectors and routes speak. Pure; which
// numbers there are is libphonenumber's.
//
#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors {

/// Whether it is a region in which numbers are known: `US`, `DE`.
[[nodiscard]] bool is_region(std::string_view region);

/// `text` in E.164. `region`: where a number without `+` is at home; empty: nowhere. An extension is left out.
/// Errors: invalid_request with field `phone`, or `region` if there is no such region.
[[nodiscard]] Result<std::string> parse_phone(std::string_view text, std::string_view region);

/// The same for what a CRM has written: as it stands if it is no number.
[[nodiscard]] std::string normalised_phone(std::string_view text, std::string_view region);

/// The region of an E.164 number; empty if it belongs to none (+800).
[[nodiscard]] std::string region_of_phone(std::string_view e164);

/// How a CRM may have written this number, the likeliest first, each once; at most five: E.164, its digits, the
/// national number as digits, and the two ways in which people format it.
[[nodiscard]] std::vector<std::string> phone_search_forms(std::string_view e164);

/// Whether `written` is this number, read as somebody in its own country would.
[[nodiscard]] bool is_same_phone(std::string_view written, std::string_view e164);

}  // namespace evergrant::connectors
