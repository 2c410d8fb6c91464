#include "net/egress_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace evergrant::net {

namespace {

struct Network4 {
    std::uint32_t prefix;
    unsigned bits;
};

/// The first 64 bits of an IPv6 network; none of those below is longer.
struct Network6 {
    std::uint64_t prefix;
    unsigned bits;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr Network4 loopback4{ipv4(127, 0, 0, 0), 8};

constexpr std::array refused4{
    Network4{ipv4(0, 0, 0, 0), 8},         // this network; connecting to 0.0.0.0 reaches the host itself
    Network4{ipv4(10, 0, 0, 0), 8},        // private
    Network4{ipv4(100, 64, 0, 0), 10},     // carrier NAT; a cloud's metadata at 100.100.100.200
    Network4{ipv4(168, 63, 129, 16), 32},  // Azure's platform service, public only by its look
    Network4{ipv4(169, 254, 0, 0), 16},    // link-local, metadata
    Network4{ipv4(172, 16, 0, 0), 12},     // private
    Network4{ipv4(192, 0, 0, 0), 24},      // protocol assignments; metadata at 192.0.0.192
    Network4{ipv4(192, 0, 2, 0), 24},      // documentation
    Network4{ipv4(192, 88, 99, 0), 24},    // 6to4 relays
    Network4{ipv4(192, 168, 0, 0), 16},    // private
    Network4{ipv4(198, 18, 0, 0), 15},     // benchmarking
    Network4{ipv4(198, 51, 100, 0), 24},   // documentation
    Network4{ipv4(203, 0, 113, 0), 24},    // documentation
    Network4{ipv4(224, 0, 0, 0), 4},       // multicast
    Network4{ipv4(240, 0, 0, 0), 4},       // reserved, broadcast
};

constexpr Network6 global_unicast{0x2000'0000'0000'0000, 3};

/// Within global unicast. Everything outside it is refused anyway, except what `embedded_ipv4` finds.
constexpr std::array refused6{
    Network6{0x2001'0000'0000'0000, 23},  // protocol assignments: Teredo, benchmarking, ORCHID
    Network6{0x2001'0db8'0000'0000, 32},  // documentation
    Network6{0x2002'0000'0000'0000, 16},  // 6to4
    Network6{0x3fff'0000'0000'0000, 20},  // documentation
};

constexpr bool contains(Network4 network, std::uint32_t address) {
    return (address ^ network.prefix) >> (32 - network.bits) == 0;
}

constexpr bool contains(Network6 network, std::uint64_t upper_half) {
    return (upper_half ^ network.prefix) >> (64 - network.bits) == 0;
}

/// What a private target may open.
constexpr std::array private4{
    Network4{ipv4(10, 0, 0, 0), 8},
    Network4{ipv4(100, 64, 0, 0), 10},
    Network4{ipv4(172, 16, 0, 0), 12},
    Network4{ipv4(192, 168, 0, 0), 16},
};
constexpr Network6 unique_local{0xfc00'0000'0000'0000, 7};

/// A cloud's metadata within these.
constexpr std::uint32_t metadata4 = ipv4(100, 100, 100, 200);
constexpr std::array metadata6{
    Network6{0xfd00'0ec2'0000'0000, 32},  // Amazon
    Network6{0xfd20'00ce'0000'0000, 32},  // Google
};

bool is_public(std::uint32_t address) {
    return !contains(loopback4, address) &&
           std::ranges::none_of(refused4, [address](Network4 network) { return contains(network, address); });
}

struct Address6 {
    std::uint64_t upper{0};
    std::uint64_t lower{0};

    [[nodiscard]] std::uint32_t last_32_bits() const { return static_cast<std::uint32_t>(lower); }
    [[nodiscard]] bool is_ipv4_mapped() const { return upper == 0 && lower >> 32 == 0xffff; }
    [[nodiscard]] bool is_nat64() const { return upper == 0x0064'ff9b'0000'0000 && lower >> 32 == 0; }
    [[nodiscard]] bool is_loopback() const {
        return (upper == 0 && lower == 1) || (is_ipv4_mapped() && contains(loopback4, last_32_bits()));
    }
};

bool is_public(const Address6& address) {
    if (address.is_ipv4_mapped() || address.is_nat64())
        return is_public(address.last_32_bits());
    return contains(global_unicast, address.upper) &&
           std::ranges::none_of(refused6, [&address](Network6 network) { return contains(network, address.upper); });
}

bool is_private(std::uint32_t address) {
    return address != metadata4 &&
           std::ranges::any_of(private4, [address](Network4 network) { return contains(network, address); });
}

bool is_private(const Address6& address) {
    if (address.is_ipv4_mapped())
        return is_private(address.last_32_bits());
    return contains(unique_local, address.upper) &&
           std::ranges::none_of(metadata6, [&address](Network6 network) { return contains(network, address.upper); });
}

std::uint32_t read_ipv4(const sockaddr& address) {
    sockaddr_in copy{};
    std::memcpy(&copy, static_cast<const void*>(&address), sizeof(copy));
    return ntohl(copy.sin_addr.s_addr);
}

Address6 read_ipv6(const sockaddr& address) {
    sockaddr_in6 copy{};
    std::memcpy(&copy, static_cast<const void*>(&address), sizeof(copy));
    Address6 read;
    for (std::size_t index = 0; index < 8; ++index) {
        read.upper = read.upper << 8 | copy.sin6_addr.s6_addr[index];
        read.lower = read.lower << 8 | copy.sin6_addr.s6_addr[index + 8];
    }
    return read;
}

bool is_private(const sockaddr& address) {
    if (address.sa_family == AF_INET)
        return is_private(read_ipv4(address));
    return address.sa_family == AF_INET6 && is_private(read_ipv6(address));
}

boost::asio::ip::address as_asio(const sockaddr& address) {
    namespace ip = boost::asio::ip;
    if (address.sa_family == AF_INET)
        return ip::address_v4(read_ipv4(address));
    sockaddr_in6 copy{};
    std::memcpy(&copy, static_cast<const void*>(&address), sizeof(copy));
    ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), copy.sin6_addr.s6_addr, bytes.size());
    return ip::address_v6(bytes);
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// Labels of letters, digits, hyphens and underscores, none empty. Stricter than RFC 3986 so that every parser that
/// reads the URL after this one finds the same host.
bool is_plain_name(std::string_view name) {
    constexpr std::size_t longest_name = 253;
    const auto is_plain = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; };
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_plain) &&
           !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
}

/// Whether some resolvers would read the name as an IPv4 address: its last label is a decimal or hexadecimal number.
bool looks_like_a_number(std::string_view name) {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    return std::ranges::all_of(last, is_digit) || last.starts_with("0x");
}

bool is_localhost(std::string_view name) {
    return name == "localhost" || name.ends_with(".localhost");
}

/// Names that public DNS never holds. Their addresses would be refused at the connect as well, but not when a proxy
/// resolves them.
bool is_of_local_use(std::string_view name) {
    constexpr std::array suffixes{".local", ".localdomain", ".internal", ".intranet", ".home.arpa", ".onion"};
    return is_localhost(name) || std::ranges::any_of(suffixes, [name](const char* suffix) {
               return name.ends_with(suffix) || name == std::string_view(suffix).substr(1);
           });
}

/// A URL's host: an address, or a name.
struct Host {
    std::optional<sockaddr_storage> address;
    std::string name;
};

template <class SocketAddress>
sockaddr_storage stored(const SocketAddress& address) {
    sockaddr_storage storage{};
    std::memcpy(&storage, &address, sizeof(address));
    return storage;
}

const sockaddr& as_sockaddr(const sockaddr_storage& storage) {
    return reinterpret_cast<const sockaddr&>(storage);
}

std::optional<Host> host_of(const boost::urls::url_view& url) {
    switch (url.host_type()) {
        case boost::urls::host_type::ipv4: {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(url.host_ipv4_address().to_uint());
            return Host{stored(address), {}};
        }
        case boost::urls::host_type::ipv6: {
            sockaddr_in6 address{};
            address.sin6_family = AF_INET6;
            const auto bytes = url.host_ipv6_address().to_bytes();
            std::memcpy(address.sin6_addr.s6_addr, bytes.data(), bytes.size());
            return Host{stored(address), {}};
        }
        case boost::urls::host_type::name: {
            const std::string name = lower_case(std::string_view(url.encoded_host().data(), url.encoded_host().size()));
            if (!is_plain_name(name) || looks_like_a_number(name))
                return std::nullopt;
            return Host{std::nullopt, name};
        }
        case boost::urls::host_type::none:
        case boost::urls::host_type::ipvfuture: return std::nullopt;
    }
    return std::nullopt;
}

bool is_network(std::string_view target) {
    return target.contains(':') || target.contains('/') || looks_like_a_number(target);
}

NetworkSet networks_among(const std::vector<std::string>& targets) {
    std::vector<std::string> networks;
    std::ranges::copy_if(targets, std::back_inserter(networks), is_network);
    return NetworkSet(networks);
}

std::set<std::string, std::less<>> hosts_among(const std::vector<std::string>& targets) {
    std::set<std::string, std::less<>> hosts;
    for (const std::string& target : targets) {
        if (is_network(target))
            continue;
        if (!is_plain_name(target))
            throw std::invalid_argument("\"" + target + "\" is neither a host nor a network");
        hosts.insert(lower_case(target));
    }
    return hosts;
}

}  // namespace

bool is_private_target(const std::string& text) {
    try {
        return is_network(text) ? (static_cast<void>(NetworkSet({&text, 1})), true) : is_plain_name(text);
    } catch (const std::invalid_argument&) {
        return false;
    }
}

EgressGuard::EgressGuard(const EgressPolicy& policy)
    : allow_loopback_http_(policy.allow_loopback_http),
      operators_own_server_(policy.operators_own_server),
      private_networks_(networks_among(policy.private_targets)),
      private_hosts_(hosts_among(policy.private_targets)) {}

bool EgressGuard::names(std::string_view host) const {
    return private_hosts_.contains(lower_case(host));
}

Result<void> EgressGuard::check_url(std::string_view url) const {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || !parsed->has_authority())
        return failure(Errc::egress_denied, "The address to call is not a complete URL; check the provider's entry.");
    if (parsed->has_userinfo())
        return failure(Errc::egress_denied, "The address to call holds a user name or password; remove them.");
    if (parsed->has_port() && parsed->port_number() == 0)
        return failure(Errc::egress_denied, "The port of the address to call is not a port.");
    const auto host = host_of(*parsed);
    if (!host)
        return failure(Errc::egress_denied, "The host of the address to call is neither a plain name nor an address.");

    const bool loopback = host->address ? is_loopback(as_sockaddr(*host->address)) : is_localhost(host->name);
    const bool is_web =
        parsed->scheme_id() == boost::urls::scheme::http || parsed->scheme_id() == boost::urls::scheme::https;
    if (is_web && (operators_own_server_ || (loopback && allow_loopback_http_)))
        return {};
    if (parsed->scheme_id() != boost::urls::scheme::https)
        return failure(Errc::egress_denied, "Only https addresses may be called.");
    const bool allowed =
        host->address ? allows_address(as_sockaddr(*host->address)) : !is_of_local_use(host->name) || names(host->name);
    if (!allowed)
        return failure(Errc::egress_denied, "The host of the address to call is in a network that may not be called.");
    return {};
}

bool EgressGuard::allows_address(const sockaddr& address, std::string_view host) const {
    if (address.sa_family != AF_INET && address.sa_family != AF_INET6)
        return false;
    if (operators_own_server_)
        return true;
    if (is_loopback(address))
        return allow_loopback_http_;
    if (is_private(address) && (names(host) || private_networks_.contains(as_asio(address))))
        return true;
    return address.sa_family == AF_INET ? is_public(read_ipv4(address)) : is_public(read_ipv6(address));
}

bool EgressGuard::allows_http_to(const sockaddr& address) const noexcept {
    return operators_own_server_ || is_loopback(address);
}

bool EgressGuard::is_loopback(const sockaddr& address) noexcept {
    if (address.sa_family == AF_INET)
        return contains(loopback4, read_ipv4(address));
    return address.sa_family == AF_INET6 && read_ipv6(address).is_loopback();
}

}  // namespace evergrant::net
