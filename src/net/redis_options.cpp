#include "net/redis_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace evergrant::net {

namespace {

using Topology = RedisOptions::Topology;

struct Scheme {
    std::string_view name;
    Topology topology;
    bool tls;
};

constexpr std::array schemes{
    Scheme{"redis", Topology::single, false},
    Scheme{"rediss", Topology::single, true},
    Scheme{"redis+sentinel", Topology::sentinel, false},
    Scheme{"rediss+sentinel", Topology::sentinel, true},
    Scheme{"redis+cluster", Topology::cluster, false},
    Scheme{"rediss+cluster", Topology::cluster, true},
};

std::unexpected<Error> wrong(std::string sentence) {
    return failure(Errc::invalid_request, std::move(sentence));
}

template <class Number>
std::optional<Number> read_number(std::string_view text, unsigned least, unsigned most) {
    unsigned number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size() || number < least || number > most)
        return std::nullopt;
    return static_cast<Number>(number);
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at];
            continue;
        }
        unsigned byte = 0;
        const char* const digits = text.data() + at + 1;
        if (at + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
            return std::nullopt;
        decoded += static_cast<char>(byte);
        at += 2;
    }
    return decoded;
}

/// Takes what stands before the first `separator` off `text`; all of it if there is none.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t at = text.find(separator);
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

std::optional<RedisEndpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
    RedisEndpoint endpoint;
    endpoint.port = default_port;
    if (text.starts_with('[')) {
        text.remove_prefix(1);
        if (!text.contains(']'))
            return std::nullopt;
        endpoint.host = take_until(text, ']');
        if (!text.empty() && !text.starts_with(':'))
            return std::nullopt;
    } else {
        endpoint.host = text.substr(0, text.find(':'));
        text.remove_prefix(endpoint.host.size());
    }
    if (!text.empty()) {
        const auto port = read_number<std::uint16_t>(text.substr(1), 1, 65'535);
        if (!port)
            return std::nullopt;
        endpoint.port = *port;
    }
    const bool has_blank = std::ranges::any_of(endpoint.host, [](char c) { return c <= ' ' || c == 127; });
    if (endpoint.host.empty() || has_blank)
        return std::nullopt;
    return endpoint;
}

Result<void> read_credentials(RedisOptions& options, std::string_view text) {
    const bool has_password = text.contains(':');
    const auto user = percent_decoded(take_until(text, ':'));
    auto password = percent_decoded(text);
    if (!user || !password)
        return wrong("The user or password of the Redis URL has a % that is not followed by two hex digits.");
    if (!user->empty() && !has_password)
        return wrong("The Redis URL names a user without a password; write user:password@ or :password@.");
    options.user = *user;
    options.password = SecretString(std::move(*password));
    return {};
}

Result<void> read_database(RedisOptions& options, std::string_view text) {
    if (text.empty())
        return {};
    const auto database = read_number<unsigned>(text, 0, 1'000'000);
    if (!database)
        return wrong("What follows the host in the Redis URL must be the number of a database.");
    if (*database != 0 && options.topology == Topology::cluster)
        return wrong("A Redis cluster has database 0 alone; leave the number out of the URL.");
    options.database = *database;
    return {};
}

Result<RedisOptions> parse_unix(std::string_view path) {
    if (path.starts_with("//"))
        path.remove_prefix(2);
    constexpr std::size_t longest = 107;  // sockaddr_un's
    if (!path.starts_with('/') || path.size() > longest)
        return wrong("The Redis URL must name the Unix socket by its whole path, at most 107 characters long.");
    RedisOptions options;
    options.endpoints.push_back({.host = "localhost", .port = 0, .path = std::string(path)});
    return options;
}

}  // namespace

std::string RedisEndpoint::text() const {
    return path.empty() ? host + ":" + std::to_string(port) : path;
}

Result<RedisOptions> parse_redis_url(std::string_view url) {
    if (url.starts_with("unix:"))
        return parse_unix(url.substr(5));
    const std::size_t scheme_size = url.find("://");
    const auto scheme = std::ranges::find(schemes, url.substr(0, scheme_size), &Scheme::name);
    if (scheme_size == std::string_view::npos || scheme == schemes.end())
        return wrong(
            "The Redis URL must begin with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix:///.");
    std::string_view rest = url.substr(scheme_size + 3);
    if (rest.contains('?') || rest.contains('#'))
        return wrong("The Redis URL takes no parameters after ? or #.");

    RedisOptions options;
    options.topology = scheme->topology;
    options.tls = scheme->tls;
    std::string_view path = rest;
    std::string_view authority = take_until(path, '/');
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        if (auto read = read_credentials(options, authority.substr(0, at)); !read)
            return std::unexpected(std::move(read).error());
        authority.remove_prefix(at + 1);
    }
    const std::uint16_t default_port = options.topology == Topology::sentinel ? 26'379 : 6'379;
    do {
        auto endpoint = parse_endpoint(take_until(authority, ','), default_port);
        if (!endpoint)
            return wrong("The Redis URL must name each host as host or host:port, with a port from 1 to 65535.");
        options.endpoints.push_back(std::move(*endpoint));
    } while (!authority.empty());
    if (options.topology == Topology::single && options.endpoints.size() != 1)
        return wrong("A redis:// URL names one host; several belong to redis+sentinel:// or redis+cluster://.");
    if (options.topology == Topology::sentinel) {
        options.master_name = take_until(path, '/');
        if (options.master_name.empty())
            return wrong("The Redis URL must name the master after the sentinels: redis+sentinel://host/master-name.");
    }
    if (auto read = read_database(options, path); !read)
        return std::unexpected(std::move(read).error());
    return options;
}

}  // namespace evergrant::net
