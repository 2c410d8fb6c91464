#include "connectors/proxy_headers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace evergrant::connectors {

namespace {

constexpr std::array<std::string_view, 10> hop_by_hop{
    "connection",        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",    "http2-settings"};

/// Of a request: ours to write, credentials for us, cookies of our origin, and who the caller is.
constexpr std::array<std::string_view, 19> kept_from_provider{
    // what would make another call of it than the one that was judged
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-method",
    "x-original-url",
    "x-rewrite-url",
    "host",
    "content-length",
    "expect",
    "authorization",
    "cookie",
    "cookie2",
    "x-api-key",
    "forwarded",
    "x-real-ip",
    "via",
    "origin",
    "referer",
    "x-request-id"};

/// Of an answer: ours to write, cookies, and what a browser would take for our origin's word.
constexpr std::array<std::string_view, 14> kept_from_caller{"content-length",
                                                            "date",
                                                            "set-cookie",
                                                            "set-cookie2",
                                                            "alt-svc",
                                                            "strict-transport-security",
                                                            "clear-site-data",
                                                            "server",
                                                            "public-key-pins",
                                                            "x-request-id",
                                                            "content-security-policy",
                                                            "x-content-type-options",
                                                            "service-worker-allowed",
                                                            "nel"};

template <std::size_t count>
bool has(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return result;
}

/// What `Connection` names besides itself.
std::vector<std::string> named_by_connection(const net::Headers& headers) {
    std::vector<std::string> named;
    for (const auto& [name, value] : headers) {
        if (name != "connection")
            continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            std::string_view word = rest.substr(0, comma);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            while (!word.empty() && (word.front() == ' ' || word.front() == '\t'))
                word.remove_prefix(1);
            while (!word.empty() && (word.back() == ' ' || word.back() == '\t'))
                word.remove_suffix(1);
            if (!word.empty())
                named.push_back(lower_case(word));
        }
    }
    return named;
}

bool stays_on_its_hop(std::string_view name, const std::vector<std::string>& named) {
    return has(hop_by_hop, name) || std::ranges::find(named, name) != named.end();
}

/// As a caller follows it: what the provider says of its own place is told of the proxy's.
std::string location_for_caller(std::string_view location, std::string_view api_base, std::string_view proxy_base) {
    if (location.starts_with(api_base) &&
        (location.size() == api_base.size() || location[api_base.size()] == '/' || location[api_base.size()] == '?'))
        return std::string(proxy_base).append(location.substr(api_base.size()));
    // A path is one of the API's host, which may be more than its base.
    const auto host = api_base.find("://");
    const auto path = host == std::string_view::npos ? host : api_base.find('/', host + 3);
    const std::string_view base_path = path == std::string_view::npos ? std::string_view() : api_base.substr(path);
    const std::string_view rest = location.substr(std::min(base_path.size(), location.size()));
    const bool is_within =
        location.starts_with(base_path) && (rest.empty() || rest.front() == '/' || rest.front() == '?');
    if (location.starts_with('/') && !location.starts_with("//") && is_within)
        return std::string(proxy_base).append(location.substr(base_path.size()));
    return std::string(location);
}

template <class Number>
bool read_number(std::string_view text, Number most, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && stop == end && number <= most;
}

}  // namespace

net::Headers headers_for_provider(const net::Headers& given, std::string_view credential_header) {
    const auto named = named_by_connection(given);
    const std::string credential = lower_case(credential_header);
    net::Headers passed;
    passed.reserve(given.size() + 1);  // and the credential
    for (const auto& header : given) {
        const std::string_view name = header.first;
        if (stays_on_its_hop(name, named) || has(kept_from_provider, name) || name == credential ||
            name.starts_with("x-forwarded-") || name.starts_with("x-evergrant-") || name.starts_with("sec-") ||
            name.starts_with("cf-"))
            continue;
        passed.push_back(header);
    }
    return passed;
}

net::Headers headers_for_caller(const net::Headers& given, std::string_view api_base, std::string_view proxy_base) {
    const auto named = named_by_connection(given);
    net::Headers passed;
    for (const auto& [name, value] : given) {
        if (name == "x-request-id")
            passed.emplace_back("X-Provider-Request-Id", value);
        if (stays_on_its_hop(name, named) || has(kept_from_caller, name) || name.starts_with("access-control-") ||
            name.starts_with("x-evergrant-"))
            continue;
        passed.emplace_back(name, name == "location" ? location_for_caller(value, api_base, proxy_base) : value);
    }
    // Whatever a provider sends, no browser shows it as a page of ours.
    passed.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
    return passed;
}

std::optional<std::uint64_t> body_length_of(const net::Headers& headers) {
    std::optional<std::uint64_t> length;
    for (const auto& [name, value] : headers) {
        if (name == "transfer-encoding")
            return std::nullopt;
        if (name != "content-length")
            continue;
        std::uint64_t number = 0;
        if (!read_number(value, UINT64_MAX, number) || (length && *length != number))
            return std::nullopt;
        length = number;
    }
    return length;
}

bool announces_body(const net::Headers& headers) {
    const bool chunked = std::ranges::any_of(headers, [](const auto& one) { return one.first == "transfer-encoding"; });
    return chunked || body_length_of(headers).value_or(0) > 0;
}

std::optional<ProxyWishes> wishes_of(const net::Headers& headers) {
    constexpr unsigned most_retries = 5;
    constexpr unsigned longest_wait = 60;
    ProxyWishes wishes;
    for (const auto& [name, value] : headers) {
        unsigned number = 0;
        if (name == "x-evergrant-retries") {
            if (!read_number(value, most_retries, number))
                return std::nullopt;
            wishes.retries = number;
        } else if (name == "x-evergrant-max-wait") {
            if (!read_number(value, longest_wait, number))
                return std::nullopt;
            wishes.max_wait = std::chrono::seconds(number);
        }
    }
    return wishes;
}

}  // namespace evergrant::connectors
