#pragma once
//
// JSON as what decides about access must be: every member named once, not deep.
//
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

namespace evergrant::crypto {

/// Nothing unless `text` is one JSON object, in UTF-8, at most 16 deep, in which no object names a member twice:
/// readers that keep the first and readers that keep the last would disagree on what was signed.
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(std::string_view text);

/// Whether `text`, of which `parsed` came, names a member of some object twice: the parser keeps the last of them.
[[nodiscard]] bool names_a_member_twice(const boost::json::value& parsed, std::string_view text);

}  // namespace evergrant::crypto
