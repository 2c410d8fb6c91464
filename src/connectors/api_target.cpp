#include "connectors/api_target.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace evergrant::connectors {

namespace {

constexpr std::size_t longest_target = 8 * 1024;
constexpr std::size_t most_limits = 50;
constexpr std::size_t longest_path_limit = 512;

std::optional<unsigned> hex_value(char c) {
    constexpr unsigned ten = 10;
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + ten;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + ten;
    return std::nullopt;
}

/// Nothing: an escape is not whole.
std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            plain += text[at];
            continue;
        }
        if (at + 2 >= text.size())
            return std::nullopt;
        const auto high = hex_value(text[at + 1]);
        const auto low = hex_value(text[at + 2]);
        if (!high || !low)
            return std::nullopt;
        plain += static_cast<char>(*high << 4U | *low);
        at += 2;
    }
    return plain;
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

/// Of a path that begins with `/`, still encoded.
std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    path.remove_prefix(1);
    for (;;) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

std::unexpected<Error> wrong_target(std::string message) {
    return invalid_field("path", std::move(message));
}

/// What one server may take for a separator and another for a letter.
bool is_ambiguous(std::string_view segment) {
    const auto plain = decoded(segment);
    constexpr std::string_view separators = "/\\;";
    return !plain || plain->find_first_of(separators) != std::string::npos || plain->contains('%') ||
           plain->contains('\0');
}

/// Query parameters by which APIs let another method be meant than the one sent: Salesforce's `_HttpMethod`, Rails' and
/// others' `_method`.
bool names_another_method(std::string_view target) {
    constexpr std::array<std::string_view, 6> names{"_method",       "_httpmethod",     "x-http-method-override",
                                                    "x-http-method", "method_override", "httpmethod"};
    const auto mark = target.find('?');
    std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!query.empty()) {
        const auto end = query.find_first_of("&;");
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        std::string name = decoded(pair.substr(0, pair.find('='))).value_or(std::string());
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        if (std::ranges::find(names, name) != names.end())
            return true;
    }
    return false;
}

bool begins_with(const std::vector<std::string_view>& path, const std::vector<std::string_view>& limit) {
    if (path.size() < limit.size())
        return false;
    return std::ranges::equal(limit, std::span(path).first(limit.size()),
                              [](std::string_view a, std::string_view b) { return decoded(a) == decoded(b); });
}

}  // namespace

Result<void> check_target(std::string_view target) {
    if (!target.starts_with('/'))
        return wrong_target("The path at the provider must begin with \"/\".");
    if (target.size() > longest_target)
        return wrong_target("The path and query at the provider are longer than 8 KiB.");
    constexpr std::string_view never = "\\#\"<>^`{|}";
    const bool printable = std::ranges::all_of(target, [](char c) { return c > ' ' && c <= '~'; });
    if (!printable || target.find_first_of(never) != std::string_view::npos)
        return wrong_target("The path and query at the provider hold a character that must be percent-encoded.");
    if (!decoded(target))
        return wrong_target("The path or query at the provider holds a \"%\" that begins no percent-escape.");
    for (const std::string_view segment : segments_of(path_of(target))) {
        // Decoded as often as a server behind another might.
        auto plain = decoded(segment);
        for (int again = 0; plain && again < 2 && plain->contains('%'); ++again) {
            auto further = decoded(*plain);
            if (!further)
                break;
            plain = std::move(further);
        }
        const std::string_view name = std::string_view(*plain).substr(0, plain->find(';'));
        if (name == "." || name == ".." || plain->contains("/..") || plain->contains("../") ||
            plain->contains("\\..") || plain->contains("..\\"))
            return wrong_target("The path at the provider holds a \".\" or \"..\" segment.");
    }
    return {};
}

Result<void> check_limits(const storage::CallLimits& limits, std::string_view method, std::string_view target) {
    if (!limits.methods.empty() && std::ranges::find(limits.methods, method) == limits.methods.end())
        return failure(Errc::forbidden, "This key may not use this method at the provider.");
    if (!limits.empty() && names_another_method(target))
        return failure(Errc::forbidden, "This key is limited to some calls, and this query can make another of it.");
    if (limits.paths.empty())
        return {};
    const auto segments = segments_of(path_of(target));
    // One empty segment is allowed: a slash at the end.
    for (std::size_t at = 0; at < segments.size(); ++at)
        if (is_ambiguous(segments[at]) || (segments[at].empty() && at + 1 != segments.size()))
            return failure(Errc::forbidden, "This key is limited to some paths, and this path can be read as several.");
    const bool allowed = std::ranges::any_of(
        limits.paths, [&segments](const std::string& path) { return begins_with(segments, segments_of(path)); });
    if (!allowed)
        return failure(Errc::forbidden, "This key may not use this path at the provider.");
    return {};
}

Result<storage::CallLimits> limits_of_key(storage::Role role, storage::CallLimits given) {
    if (!given.empty() && role != storage::Role::app)
        return invalid_field(given.methods.empty() ? "paths" : "methods",
                             "Only a key with the role app can be limited to methods and paths.");
    constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    if (given.methods.size() > known.size() || given.paths.size() > most_limits)
        return invalid_field("paths", "A key has at most 50 paths and each method once.");
    for (const std::string& method : given.methods)
        if (std::ranges::find(known, method) == known.end())
            return invalid_field("methods", "methods are some of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.");
    for (std::string& path : given.paths) {
        const bool plain = !path.contains('?') && path.size() <= longest_path_limit && check_target(path).has_value();
        if (!plain || path == "/")
            return invalid_field("paths",
                                 "Each path begins with \"/\", names something and has no query: /crm/v3/Leads.");
        if (path.ends_with('/'))
            path.pop_back();
        if (std::ranges::any_of(segments_of(path), [](std::string_view s) { return s.empty() || is_ambiguous(s); }))
            return invalid_field("paths", "A path has no empty segment, escaped slash, \"%\" or \";\".");
    }
    return given;
}

}  // namespace evergrant::connectors
