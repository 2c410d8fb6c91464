#include "oauth/answer_body.h"

#include "oauth/form.h"
#include "oauth/provider_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace evergrant::oauth {

namespace {

constexpr std::size_t longest_body = 1024 * 1024;
constexpr std::size_t deepest = 64;
constexpr std::size_t most_form_parameters = 200;

std::optional<boost::json::object> read_form_body(const BackChannelAnswer& answer) {
    // A page of HTML may hold any text; it is never what was asked for.
    if (contains_ignoring_case(answer.content_type, "html") || !is_visible_ascii(answer.body))
        return std::nullopt;
    auto parameters = read_form(answer.body, most_form_parameters);
    if (!parameters)
        return std::nullopt;
    boost::json::object members;
    for (const FormParameter& parameter : *parameters)
        members[parameter.name] = parameter.value;
    if (!members.contains("access_token") && !members.contains("error"))
        return std::nullopt;
    return members;
}

/// `null`, `""`, `false`, `0`, `[]` and `{}` say that there is no error.
bool says_something(const boost::json::value& value) noexcept {
    switch (value.kind()) {
        case boost::json::kind::null: return false;
        case boost::json::kind::bool_: return value.get_bool();
        case boost::json::kind::int64: return value.get_int64() != 0;
        case boost::json::kind::uint64:
        case boost::json::kind::double_: return true;
        case boost::json::kind::string: return !value.get_string().empty();
        case boost::json::kind::array: return !value.get_array().empty();
        case boost::json::kind::object: return !value.get_object().empty();
    }
    std::unreachable();
}

}  // namespace

std::optional<boost::json::object> read_json_object(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.size() > longest_body)
        return std::nullopt;
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    boost::json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code problem;
    auto document = boost::json::parse(text, problem, {}, options);
    if (problem || !document.is_object())
        return std::nullopt;
    return std::move(document.get_object());
}

std::optional<boost::json::object> read_body(const BackChannelAnswer& answer) {
    if (answer.body.size() > longest_body)
        return std::nullopt;
    if (auto members = read_json_object(answer.body))
        return members;
    return read_form_body(answer);
}

std::string_view text_member(const boost::json::object& members, std::string_view name) noexcept {
    const auto* const value = members.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

bool tells_error(const boost::json::object& members) noexcept {
    for (const std::string_view name : {"error", "errors"}) {
        const auto* const value = members.if_contains(name);
        if (value != nullptr && says_something(*value))
            return true;
    }
    return false;
}

std::string error_code(const boost::json::object& members) {
    const auto* const error = members.if_contains("error");
    if (error == nullptr || !says_something(*error))
        return {};
    if (const auto* const text = error->if_string())
        return std::string(*text);
    const auto* const inner = error->if_object();
    if (inner == nullptr)
        return error->is_number() ? boost::json::serialize(*error) : std::string();
    for (const std::string_view name : {"code", "status", "type"}) {
        if (const std::string_view text = text_member(*inner, name); !text.empty())
            return std::string(text);
    }
    return {};
}

}  // namespace evergrant::oauth
