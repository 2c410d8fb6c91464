#include "crypto/strict_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>

namespace evergrant::crypto {
namespace {

constexpr std::size_t deepest = 16;

/// How many members valid JSON text names: each has one colon, outside of strings.
std::size_t members_written(std::string_view text) {
    std::size_t count = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            in_string = !in_string;
        else if (in_string && text[i] == '\\')
            ++i;
        else if (!in_string && text[i] == ':')
            ++count;
    }
    return count;
}

std::size_t members_kept(const boost::json::value& value) {
    std::size_t count = 0;
    if (const auto* object = value.if_object()) {
        count = object->size();
        for (const auto& member : *object)
            count += members_kept(member.value());
    } else if (const auto* array = value.if_array()) {
        for (const auto& element : *array)
            count += members_kept(element);
    }
    return count;
}

}  // namespace

bool names_a_member_twice(const boost::json::value& parsed, std::string_view text) {
    return members_kept(parsed) != members_written(text);
}

std::optional<boost::json::object> parse_strict_object(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code error;
    auto value = boost::json::parse(text, error, {}, options);
    if (error || !value.is_object() || names_a_member_twice(value, text))
        return std::nullopt;
    return std::move(value.get_object());
}

}  // namespace evergrant::crypto
