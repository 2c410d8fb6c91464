#pragma once
//
// Egress guard: decides which URLs and which resolved addresses this server may call. Pure; http_client asks it at
// every connect and every redirect.
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

    /// https with a host and no user information; http only for loopback under --dev. Errors: egress_denied.
    [[nodiscard]] Result<void> check_url(std::string_view url) const;

    /// Refuses private, link-local, loopback, multicast, unspecified, documentation, benchmarking, carrier NAT and
    /// metadata addresses, also as IPv4-mapped, IPv4-compatible, 6to4, Teredo or NAT64 forms.
    [[nodiscard]] bool allows_address(const sockaddr& address) const noexcept;

private:
    EgressPolicy policy_;
};

}  // namespace evergrant::net
