#pragma once
//
// Egress guard: decides which URLs and which resolved addresses this server may call. Pure; http_client asks it at
// every connect. Redirects are not followed, so there is none to ask about.
//
#include "base/error.h"

#include <string>
#include <string_view>

struct sockaddr;

namespace evergrant::net {

struct EgressPolicy {
    bool allow_loopback_http{false};  ///< --dev: http, and loopback addresses
};

class EgressGuard {
public:
    explicit EgressGuard(EgressPolicy policy) : policy_(policy) {}

    /// https with a host and no user information; http only for loopback under --dev. An address as host must be
    /// allowed and in its canonical form (no octal, hexadecimal or shortened IPv4); a name must not be one of those
    /// that never leave a network (localhost, .local, .internal …) nor end in a dot. Errors: egress_denied.
    [[nodiscard]] Result<void> check_url(std::string_view url) const;

    /// Refuses private, link-local, loopback, multicast, unspecified, documentation, benchmarking, carrier NAT and
    /// metadata addresses, also as IPv4-mapped, IPv4-compatible, 6to4, Teredo or NAT64 forms. The NAT64 form of a
    /// public address is allowed: it is how a network without IPv4 reaches one.
    [[nodiscard]] bool allows_address(const sockaddr& address) const noexcept;

    /// Whether `address` is this host's own: 127.0.0.0/8, also IPv4-mapped, or ::1.
    [[nodiscard]] static bool is_loopback(const sockaddr& address) noexcept;

private:
    EgressPolicy policy_;
};

}  // namespace evergrant::net
