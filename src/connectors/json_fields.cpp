#include "connectors/json_fields.h"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <cmath>

namespace evergrant::connectors {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (value == nullptr)
        return {};
    if (const json::string* const text = value->if_string())
        return std::string(*text);
    if (value->is_number() || value->is_bool())
        return json::serialize(*value);
    return {};
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (value == nullptr)
        return std::nullopt;
    if (const double* const real = value->if_double()) {
        constexpr double exactly_counted = 9'007'199'254'740'992.0;
        if (!(std::abs(*real) < exactly_counted))
            return std::nullopt;
        return static_cast<std::int64_t>(*real);
    }
    const std::string text = text_at(object, name);
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end)
        return std::nullopt;
    return number;
}

const json::object& object_at(const json::object& object, std::string_view name) {
    static const json::object none;
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_array() ? value->get_array() : none;
}

std::vector<json::object> objects_in(const json::array& array) {
    std::vector<json::object> objects;
    for (const json::value& value : array) {
        if (value.is_object())
            objects.push_back(value.get_object());
    }
    return objects;
}

}  // namespace evergrant::connectors
