#include "app/value_checks.h"

#include "net/egress_guard.h"
#include "net/http_server.h"
#include "net/redis_options.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace evergrant::app {

namespace {

constexpr std::string_view how_to_make_one = " (openssl rand -hex 32 makes one)";
constexpr std::size_t encryption_key_digits = 64;
constexpr std::size_t shortest_signing_secret = 32;

std::unexpected<std::string> not_what_it_must_be(std::string_view accepted, std::string_view text) {
    return std::unexpected("must be " + std::string(accepted) + ", and is \"" + std::string(text) + "\"");
}

std::optional<std::uint32_t> number_in(std::string_view text, Range range) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < range.least || number > range.most)
        return std::nullopt;
    return number;
}

constexpr Range ports{0, 65'535};

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

bool is_host(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_host_character);
}

/// `host` and `port` as they stand in `HOST:PORT` or `[IPv6]:PORT`; no colon: no port.
struct HostAndPort {
    std::string_view host;  ///< without brackets
    std::optional<std::string_view> port;
    bool is_ipv6{false};
};

bool is_ipv6(std::string_view text) {
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(std::string(text), error);
    return !error;
}

std::optional<HostAndPort> split_authority(std::string_view text) {
    HostAndPort parts;
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos)
        return std::nullopt;
    const std::size_t colon = text.find(':', bracket);
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos)
        parts.port = text.substr(colon + 1);
    if (bracket == 0)
        return is_host(parts.host) ? std::optional(parts) : std::nullopt;
    if (!parts.host.ends_with(']'))
        return std::nullopt;
    parts.host = parts.host.substr(1, parts.host.size() - 2);
    parts.is_ipv6 = true;
    return is_ipv6(parts.host) ? std::optional(parts) : std::nullopt;
}

/// An absolute http or https URL, without user information.
struct WebUrl {
    bool is_https{false};
    std::string host{};  ///< in lower case, IPv6 without brackets
    bool is_ipv6{false};
    std::optional<std::uint32_t> port{};
    std::string_view rest{};  ///< from the path on
};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

std::optional<WebUrl> split_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || !parsed->has_authority())
        return std::nullopt;
    WebUrl url{.is_https = parsed->scheme_id() == boost::urls::scheme::https};
    if (!url.is_https && parsed->scheme_id() != boost::urls::scheme::http)
        return std::nullopt;
    // The authority is split here: Boost 1.81 reads the host of http://127.0.0.1.example.com as 127.0.0.1 and lets
    // ports overflow.
    const std::size_t begin = text.find("://") + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    const auto authority = split_authority(text.substr(begin, end - begin));
    if (!authority)
        return std::nullopt;
    if (authority->port && !(url.port = number_in(*authority->port, {1, 65'535})))
        return std::nullopt;
    url.host = lower_case(authority->host);
    url.is_ipv6 = authority->is_ipv6;
    url.rest = text.substr(end);
    return url;
}

bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string describe(Range range) {
    return "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
}

std::string describe_choices(std::span<const std::string_view> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            text += i + 1 == names.size() ? " or " : ", ";
        text += names[i];
    }
    return text;
}

Parsed<std::uint32_t> parse_whole_number(const std::string& text, Range range) {
    const auto number = number_in(text, range);
    if (!number)
        return not_what_it_must_be(describe(range), text);
    return *number;
}

Parsed<bool> parse_boolean(const std::string& text) {
    if (text == "true" || text == "1")
        return true;
    if (text == "false" || text == "0")
        return false;
    return not_what_it_must_be("true or false", text);
}

Parsed<std::size_t> parse_choice(const std::string& text, std::span<const std::string_view> names) {
    const auto found = std::ranges::find(names, text);
    if (found == names.end())
        return not_what_it_must_be(describe_choices(names), text);
    return static_cast<std::size_t>(found - names.begin());
}

Parsed<ListenAddress> parse_listen_address(const std::string& text) {
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::size_t longest_unix_path = 107;  // what Linux takes
    if (text.starts_with(unix_prefix)) {
        const std::string path = text.substr(unix_prefix.size());
        if (path.empty() || path.size() > longest_unix_path)
            return not_what_it_must_be("unix:PATH with a path of at most 107 bytes", text);
        return ListenAddress{.host = {}, .port = 0, .unix_path = path};
    }
    if (const auto port = number_in(text, ports))
        return ListenAddress{.host = {}, .port = static_cast<std::uint16_t>(*port)};
    const auto parts = split_authority(text);
    const auto port = parts && parts->port ? number_in(*parts->port, ports) : std::nullopt;
    if (!port)
        return not_what_it_must_be("HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH", text);
    return ListenAddress{.host = std::string(parts->host), .port = static_cast<std::uint16_t>(*port)};
}

Parsed<SecretString> parse_database_url(const std::string& text) {
    if (!text.starts_with("postgresql://") && !text.starts_with("postgres://"))
        return std::unexpected(
            "must be a URL such as postgresql://user:password@host:5432/name (its value is not shown: it may hold a "
            "password)");
    return SecretString(text);
}

Parsed<SecretString> parse_redis_url(const std::string& text) {
    const auto parsed = net::parse_redis_url(text);
    if (!parsed) {
        std::string sentence = parsed.error().message;
        while (sentence.ends_with('.'))
            sentence.pop_back();
        return std::unexpected("cannot be read: " + sentence);
    }
    return SecretString(text);
}

Parsed<SecretString> parse_password(const std::string& text) {
    if (text.empty())
        return std::unexpected("must not be empty");
    return SecretString(text);
}

Parsed<std::string> parse_url(const std::string& text) {
    const auto url = split_url(text);
    if (!url || url->rest.find_first_of("?#") != std::string_view::npos)
        return not_what_it_must_be("an http or https URL without user name, query and fragment", text);
    std::string normal(text);
    while (normal.ends_with('/'))
        normal.pop_back();
    return normal;
}

Parsed<std::string> parse_origin(const std::string& text) {
    const auto url = split_url(text);
    if (!url || (!url->rest.empty() && url->rest != "/"))
        return not_what_it_must_be("an origin such as https://app.example.com, without a path", text);
    std::string origin = url->is_https ? "https://" : "http://";
    origin += url->is_ipv6 ? "[" + url->host + "]" : url->host;
    const std::uint32_t usual_port = url->is_https ? 443 : 80;
    if (url->port && *url->port != usual_port)
        origin += ":" + std::to_string(*url->port);
    return origin;
}

Parsed<std::string> parse_trusted_proxy(const std::string& text) {
    boost::system::error_code is_no_address;
    boost::system::error_code is_no_v4_network;
    boost::system::error_code is_no_v6_network;
    boost::asio::ip::make_address(text, is_no_address);
    boost::asio::ip::make_network_v4(text, is_no_v4_network);
    boost::asio::ip::make_network_v6(text, is_no_v6_network);
    if (text != net::unix_peer && is_no_address && is_no_v4_network && is_no_v6_network)
        return not_what_it_must_be("an address, a network such as 10.0.0.0/8, or unix", text);
    return text;
}

Parsed<std::string> parse_private_target(const std::string& text) {
    if (!net::is_private_target(text))
        return not_what_it_must_be("a host, or an address or network such as 10.0.0.0/8", text);
    return text;
}

Parsed<SecretString> parse_proxy(const std::string& text) {
    const auto url = boost::urls::parse_uri(text);
    const bool is_web =
        url && (url->scheme_id() == boost::urls::scheme::http || url->scheme_id() == boost::urls::scheme::https);
    if (!is_web || url->encoded_host().empty() || url->has_query() || url->has_fragment() ||
        !(url->encoded_path().empty() || url->encoded_path() == "/"))
        return std::unexpected("must be a URL such as http://user:password@proxy.example.com:3128");
    return SecretString(text);
}

Parsed<std::string> parse_text(const std::string& text) {
    if (text.empty())
        return std::unexpected("must not be empty");
    return text;
}

Parsed<std::filesystem::path> parse_path(const std::string& text) {
    if (text.empty())
        return std::unexpected("must not be empty");
    return std::filesystem::path(text);
}

Parsed<SecretString> parse_signing_secret(const std::string& text) {
    if (text.size() < shortest_signing_secret)
        return std::unexpected("must be at least 32 bytes long, and has " + std::to_string(text.size()) +
                               std::string(how_to_make_one));
    if (text.find_first_not_of(text.front()) == std::string::npos)
        return std::unexpected("must not be one character over and over" + std::string(how_to_make_one));
    return SecretString(text);
}

Parsed<SecretString> parse_encryption_key(const std::string& text) {
    if (text.size() != encryption_key_digits)
        return std::unexpected("must be 64 hexadecimal digits, and has " + std::to_string(text.size()) + " characters" +
                               std::string(how_to_make_one));
    if (!std::ranges::all_of(text, is_hexadecimal))
        return std::unexpected("must be 64 hexadecimal digits, and holds another character" +
                               std::string(how_to_make_one));
    const std::string_view halves(text);
    if (halves.substr(0, encryption_key_digits / 2) == halves.substr(encryption_key_digits / 2))
        return std::unexpected("must be random, and repeats itself" + std::string(how_to_make_one));
    return SecretString(text);
}

bool is_loopback_url(std::string_view text) {
    const auto url = split_url(text);
    if (!url)
        return false;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(url->host, error);
    return error ? url->host == "localhost" : address.is_loopback();
}

}  // namespace evergrant::app
