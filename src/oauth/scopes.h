#pragma once
//
// Scopes as one parameter: RFC 6749 section 3.3 separates them by spaces, some providers by commas.
//
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

[[nodiscard]] std::string join_scopes(const std::vector<std::string>& scopes, std::string_view separator);

}  // namespace evergrant::oauth
