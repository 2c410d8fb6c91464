#include "api/parameters.h"

#include "base/nearest.h"
#include "crypto/strict_json.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace evergrant::api {

namespace {

constexpr std::size_t deepest_json = 64;
constexpr std::size_t longest_text = 4096;

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::string unknown_name(std::string_view kind, std::string_view name, std::initializer_list<std::string_view> known) {
    std::string shown(name.substr(0, 64));
    std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '"'; }, '?');
    return "Unknown " + std::string(kind) + " \"" + shown + "\"" +
           did_you_mean(name, std::span<const std::string_view>(known.begin(), known.size()));
}

bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (type.ends_with(' '))
        type.pop_back();
    std::ranges::transform(type, type.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return type == "application/json";
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
            if (!high || !low)
                return std::nullopt;
            c = static_cast<char>(*high * 16 + *low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return std::nullopt;
        decoded.push_back(c);
    }
    return decoded;
}

Result<Query> Query::parse(std::string_view raw) {
    Query query;
    constexpr std::size_t most_parameters = 50;
    while (!raw.empty()) {
        const std::string_view pair = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const std::size_t equals = pair.find('=');
        auto name = percent_decoded(pair.substr(0, equals), true);
        auto value = equals == pair.npos ? std::string() : percent_decoded(pair.substr(equals + 1), true);
        if (!name || !value)
            return failure(Errc::invalid_request, "The query string is badly encoded.");
        if (query.values_.size() >= most_parameters)
            return failure(Errc::invalid_request, "The query string has more than 50 parameters.");
        if (!query.values_.emplace(std::move(*name), std::move(*value)).second)
            return failure(Errc::invalid_request, "A query parameter was given twice.");
    }
    return query;
}

std::string Query::get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
}

Result<void> Query::only(std::initializer_list<std::string_view> known) const {
    for (const auto& [name, value] : values_)
        if (std::ranges::find(known, name) == known.end())
            return invalid_field(name, unknown_name("query parameter", name, known));
    return {};
}

Result<Body> Body::parse(const net::Request& request, std::initializer_list<std::string_view> known) {
    if (request.body.empty())
        return Body();
    if (!is_json(request.header("content-type")))
        return failure(Errc::unsupported_media_type, "Send the body as application/json.");
    boost::json::parse_options options;
    options.max_depth = deepest_json;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(request.body, error, {}, options);
    if (error == boost::json::error::too_deep)
        return failure(Errc::invalid_request, "The body is nested deeper than 64 levels.");
    if (error)
        return failure(Errc::invalid_request, "The body is not valid JSON.");
    if (crypto::names_a_member_twice(value, request.body))
        return failure(Errc::invalid_request, "The body names a member twice.");
    return of(value, "", known);
}

Result<Body> Body::of(const boost::json::value& value, std::string path,
                      std::initializer_list<std::string_view> known) {
    if (!value.is_object())
        return invalid_field(path, path.empty() ? "The body must be a JSON object." : path + " must be an object.");
    Body body;
    body.object_ = value.get_object();
    body.path_ = std::move(path);
    for (const auto& member : body.object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::ranges::find(known, name) == known.end())
            return invalid_field(body.path_to(name), unknown_name("field", body.path_to(name), known));
    }
    return body;
}

const boost::json::value* Body::find(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool Body::has(std::string_view name) const {
    return find(name) != nullptr;
}

std::string Body::path_to(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Body::note(std::string_view field, std::string message) {
    if (!error_)
        error_ = invalid_field(path_to(field), path_to(field) + " " + std::move(message)).error();
}

std::string Body::text(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr)
        return {};
    if (!value->is_string() || value->get_string().size() > longest_text) {
        note(name, "must be a string of at most 4,096 bytes.");
        return {};
    }
    return std::string(value->get_string());
}

std::string Body::required_text(std::string_view name) {
    std::string value = text(name);
    if (value.empty())
        note(name, "is required.");
    return value;
}

SecretString Body::secret(std::string_view name) {
    return SecretString(text(name));
}

bool Body::flag(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr)
        return false;
    if (!value->is_bool()) {
        note(name, "must be true or false.");
        return false;
    }
    return value->get_bool();
}

std::optional<std::int64_t> Body::whole_number(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr)
        return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (error) {
        note(name, "must be a whole number.");
        return std::nullopt;
    }
    return number;
}

std::chrono::seconds Body::seconds(std::string_view name, std::chrono::seconds most) {
    const auto* value = find(name);
    if (value == nullptr)
        return std::chrono::seconds(0);
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (error || number < 0 || number > most.count()) {
        note(name, "must be a whole number of seconds from 0 to " + std::to_string(most.count()) + ".");
        return std::chrono::seconds(0);
    }
    return std::chrono::seconds(number);
}

std::int64_t Body::number(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr)
        return 0;
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (error || number < 0) {
        note(name, "must be a whole number that is not negative.");
        return 0;
    }
    return number;
}

std::vector<std::string> Body::texts(std::string_view name, std::size_t most) {
    std::vector<std::string> result;
    const auto* value = find(name);
    if (value == nullptr)
        return result;
    const bool fits =
        value->is_array() && value->get_array().size() <= most &&
        std::ranges::all_of(value->get_array(), [](const boost::json::value& item) {
            return item.is_string() && !item.get_string().empty() && item.get_string().size() <= longest_text;
        });
    if (!fits) {
        note(name, "must be a list of at most " + std::to_string(most) + " strings, none of them empty.");
        return result;
    }
    for (const auto& item : value->get_array())
        result.emplace_back(item.get_string());
    return result;
}

catalog::Parameters Body::parameters(std::string_view name) {
    catalog::Parameters result;
    const auto given = object(name);
    if (!given)
        return result;
    for (const auto& member : *given) {
        if (!member.value().is_string() || member.value().get_string().size() > longest_text) {
            note(std::string(name) + "." + std::string(member.key()), "must be a string.");
            return {};
        }
        result.emplace(member.key(), member.value().get_string());
    }
    return result;
}

std::optional<boost::json::object> Body::object(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_object()) {
        note(name, "must be an object.");
        return std::nullopt;
    }
    return value->get_object();
}

std::optional<boost::json::array> Body::array(std::string_view name, std::size_t most) {
    const auto* value = find(name);
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_array() || value->get_array().size() > most) {
        note(name, "must be a list of at most " + std::to_string(most) + " items.");
        return std::nullopt;
    }
    return value->get_array();
}

std::optional<std::chrono::sys_seconds> Body::time(std::string_view name) {
    const std::string written = text(name);
    if (written.empty())
        return std::nullopt;
    auto time = parse_iso8601(written);
    if (!time)
        note(name, "must be a time such as 2026-01-31T12:00:00Z.");
    return time;
}

std::optional<TenantId> Body::tenant(std::initializer_list<std::string_view> names) {
    std::optional<TenantId> tenant;
    for (const std::string_view name : names) {
        if (!has(name))
            continue;
        auto named = TenantId::parse(text(name));
        if (!named)
            note(name, "must match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.");
        else if (tenant && *tenant != *named)
            note(name, "names another tenant than the field before it.");
        else
            tenant = std::move(named);
    }
    return tenant;
}

std::optional<IntegrationId> Body::integration(std::string_view name) {
    if (!has(name))
        return std::nullopt;
    auto integration = IntegrationId::parse(text(name));
    if (!integration)
        note(name, "must match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.");
    return integration;
}

Result<void> Body::done() const {
    if (error_)
        return std::unexpected(*error_);
    return {};
}

std::optional<std::chrono::sys_seconds> parse_iso8601(std::string_view text) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
    const auto fits = [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; };
    if (!std::ranges::equal(text, shape, fits))
        return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2))));
    if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59)
        return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) + std::chrono::minutes(number(14, 2)) +
           std::chrono::seconds(number(17, 2));
}

Result<TenantId> tenant_in_path(std::string_view text) {
    auto tenant = TenantId::parse(text);
    if (!tenant)
        return failure(Errc::tenant_not_found, "There is no such tenant: ids match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.");
    return std::move(*tenant);
}

Result<IntegrationId> integration_in_path(std::string_view text) {
    auto integration = IntegrationId::parse(text);
    if (!integration)
        return invalid_field("integrationId", "integrationId must match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.");
    return std::move(*integration);
}

}  // namespace evergrant::api
