#pragma once
//
// Egress guard: decides which URLs and which resolved addresses this server may call. Pure; http_client asks it at
// every connect. Redirects are not followed, so there is none to ask about.
//
#include "base/error.h"
#include "net/network_set.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace evergrant::net {

struct EgressPolicy {
    bool allow_loopback_http{false};  ///< --dev: http, and loopback addresses

    /// What an operator names as his own: hosts, addresses and networks that may be called by https although they are
    /// private (10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7). No entry opens anything else, nor the addresses at
    /// which clouds serve their metadata.
    std::vector<std::string> private_targets{};

    bool operators_own_server{false};  ///< the command line's: any address, by http too
};

/// Whether an entry of `private_targets` is one: an address, a network, or a plain name.
[[nodiscard]] bool is_private_target(const std::string& text);

class EgressGuard {
public:
    /// Throws std::invalid_argument if one of its private targets is none.
    explicit EgressGuard(const EgressPolicy& policy);

    /// https with a host and no user information; http only for loopback under --dev. An address as host must be
    /// allowed and in its canonical form (no octal, hexadecimal or shortened IPv4); a name must not be one of those
    /// that never leave a network (localhost, .local, .internal …) nor end in a dot. Errors: egress_denied.
    [[nodiscard]] Result<void> check_url(std::string_view url) const;

    /// Refuses private, link-local, loopback, multicast, unspecified, documentation, benchmarking, carrier NAT and
    /// metadata addresses, also as IPv4-mapped, IPv4-compatible, 6to4, Teredo or NAT64 forms. The NAT64 form of a
    /// public address is allowed: it is how a network without IPv4 reaches one. `host` is the name in the URL, if it is
    /// one.
    [[nodiscard]] bool allows_address(const sockaddr& address, std::string_view host = {}) const;

    [[nodiscard]] bool allows_http_to(const sockaddr& address) const noexcept;

    /// Whether `address` is this host's own: 127.0.0.0/8, also IPv4-mapped, or ::1.
    [[nodiscard]] static bool is_loopback(const sockaddr& address) noexcept;

private:
    [[nodiscard]] bool names(std::string_view host) const;

    bool allow_loopback_http_;
    bool operators_own_server_;
    NetworkSet private_networks_;
    std::set<std::string, std::less<>> private_hosts_;  // in lower case
};

}  // namespace evergrant::net
