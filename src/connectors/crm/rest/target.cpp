#include "connectors/crm/rest/target.h"

#include "oauth/form.h"

#include <algorithm>

namespace evergrant::connectors::rest {

namespace {

constexpr std::size_t most_parameters = 50;
constexpr std::string_view cursor_value = "{cursor}";

bool is_sound(std::string_view value) {
    return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

std::string value_of(const Values& values, std::string_view name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

/// `text` with each name in braces replaced.
std::string filled(std::string_view text, const Values& values) {
    std::string result;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        result += text.substr(0, open);
        text.remove_prefix(open);
        if (text.empty())
            break;
        const std::size_t close = text.find('}');
        result += percent_encoded(value_of(values, text.substr(1, close - 1)));
        text.remove_prefix(close + 1);
    }
    return result;
}

/// Calls `each` with the parts between two `separator`.
template <class Each>
void split(std::string_view text, char separator, Each each) {
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(separator), text.size());
        each(text.substr(0, size));
        text.remove_prefix(std::min(text.size(), size + 1));
    }
}

/// Whether a parameter is one value alone that there is none of.
bool is_left_out(std::string_view parameter, const Values& values) {
    const std::string_view value = parameter.substr(std::min(parameter.find('=') + 1, parameter.size()));
    const bool alone = value.starts_with('{') && value.find('}') == value.size() - 1;
    return alone && value_of(values, value.substr(1, value.size() - 2)).empty();
}

}  // namespace

Result<std::string> target_of(const catalog::CrmOperation& operation, const Values& values) {
    for (const auto& [name, value] : values)
        if (!is_sound(value))
            return invalid_field(name, name + " holds a control character.");
    const std::string_view whole = operation.target;
    const std::size_t path_size = std::min(whole.find('?'), whole.size());
    std::string target;
    bool is_place = true;
    split(whole.substr(1, path_size - 1), '/', [&](std::string_view segment) {
        const std::string text = filled(segment, values);
        is_place = is_place && !text.empty() && text.find_first_not_of('.') != std::string::npos;
        target += "/" + text;
    });
    if (!is_place)
        return invalid_field("id", "id is none of this CRM's.");
    char separator = '?';
    split(whole.substr(std::min(path_size + 1, whole.size())), '&', [&](std::string_view parameter) {
        if (is_left_out(parameter, values))
            return;
        target += separator + filled(parameter, values);
        separator = '&';
    });
    return target;
}

std::string linked_cursor(std::string_view link, const catalog::CrmOperation& operation) {
    std::string name;
    const std::string_view query = std::string_view(operation.target).substr(operation.target.find('?') + 1);
    split(query, '&', [&](std::string_view parameter) {
        const std::size_t equals = parameter.find('=');
        if (equals != std::string_view::npos && parameter.substr(equals + 1) == cursor_value)
            name = parameter.substr(0, equals);
    });
    std::string cursor;
    while (!name.empty() && !link.empty()) {
        const std::size_t open = link.find('<');
        const std::size_t close = link.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos)
            break;
        const std::string_view url = link.substr(open + 1, close - open - 1);
        link.remove_prefix(close + 1);
        const std::string_view about = link.substr(0, link.find('<'));
        const bool next = about.contains("rel=\"next\"") || about.contains("rel=next");
        const std::size_t question = url.find('?');
        if (!next || question == std::string_view::npos)
            continue;
        const auto parameters = oauth::read_form(url.substr(question + 1), most_parameters);
        if (!parameters)
            break;
        const auto found = std::ranges::find(*parameters, name, &oauth::FormParameter::name);
        if (found != parameters->end())
            cursor = found->value;
    }
    return cursor;
}

std::string located_id(std::string_view location, const catalog::CrmOperation& operation) {
    constexpr std::string_view id_value = "{id}";
    const std::string_view path = std::string_view(operation.target).substr(0, operation.target.find('?'));
    const std::size_t value = path.find(id_value);
    if (value == std::string_view::npos)
        return {};
    const std::string_view before = path.substr(0, value);
    const std::string_view behind = path.substr(value + id_value.size());
    std::string_view place = location.substr(0, location.find_first_of("?#"));
    while (place.ends_with('/'))
        place.remove_suffix(1);
    const std::size_t begins = place.rfind(before);
    if (begins == std::string_view::npos || !place.ends_with(behind))
        return {};
    place.remove_prefix(begins + before.size());
    if (place.size() <= behind.size())
        return {};
    place.remove_suffix(behind.size());
    const bool plain = percent_encoded(place) == place && place.find_first_not_of('.') != std::string_view::npos;
    return plain ? std::string(place) : std::string();
}

}  // namespace evergrant::connectors::rest
