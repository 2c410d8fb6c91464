#pragma once
//
// JSON as a signed document must be: one object, every member named once, not deep. For the sources of this folder.
//
#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace evergrant::crypto {

/// Nothing unless `text` is one JSON object, in UTF-8, at most 16 deep, in which no object names a member twice:
/// readers that keep the first and readers that keep the last would disagree on what was signed.
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace evergrant::crypto
