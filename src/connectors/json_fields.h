#pragma once
//
// What connectors read of a provider's JSON: a member that is missing, null or of another type reads as nothing, since
// providers leave out what a grant may not see.
//
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors {

/// The member's text; a number or a truth value as it is written; else empty.
[[nodiscard]] std::string text_at(const boost::json::object& object, std::string_view name);

/// The member as a whole number, also one that is written as text.
[[nodiscard]] std::optional<std::int64_t> number_at(const boost::json::object& object, std::string_view name);

/// The member, or an empty one that lives for ever.
[[nodiscard]] const boost::json::object& object_at(const boost::json::object& object, std::string_view name);
[[nodiscard]] const boost::json::array& array_at(const boost::json::object& object, std::string_view name);

/// The members of `array` that are objects.
[[nodiscard]] std::vector<boost::json::object> objects_in(const boost::json::array& array);

}  // namespace evergrant::connectors
