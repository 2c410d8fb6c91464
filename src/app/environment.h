#pragma once
//
// The environment as a value: read once, in main, and passed down. No other file calls getenv.
//
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace evergrant::app {

using Environment = std::map<std::string, std::string, std::less<>>;

/// From `environ`. Entries without a name are left out.
[[nodiscard]] Environment environment_of(const char* const* entries);

/// The value of a name, or empty. A name that is set to nothing counts as not set, as compose files and charts pass it.
[[nodiscard]] std::string_view value_of(const Environment& environment, std::string_view name) noexcept;

}  // namespace evergrant::app
