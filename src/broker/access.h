#pragma once
//
// Access: who calls, and what they may do. Pure. Authenticating a caller is authenticator.h's.
//
#include "base/ids.h"
#include "storage/records.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// Whether a list of the providers that a caller may use has this one; empty: all.
[[nodiscard]] bool includes(const std::vector<ProviderId>& providers, const ProviderId& provider) noexcept;

/// A caller who has proved who they are.
struct Principal {
    storage::Role role{storage::Role::app};
    std::string subject;                           ///< key id or JWT subject, for logs
    std::optional<std::vector<TenantId>> tenants;  ///< nothing: all
    std::vector<ProviderId> providers;             ///< empty: all
    storage::CallLimits limits{};                  ///< not empty: may call providers' APIs within them, and no more

    [[nodiscard]] bool is_admin() const noexcept { return role == storage::Role::admin; }

    /// Whether the tenant exists at all as far as this caller may know.
    [[nodiscard]] bool may_see(std::string_view tenant) const noexcept;
    [[nodiscard]] bool may_use(const ProviderId& provider) const noexcept;

    /// Tokens are for admins and applications; an auditor never gets one.
    /// Nor does who may make some calls only: a token would allow them all.
    [[nodiscard]] bool may_read_tokens() const noexcept { return role != storage::Role::auditor && limits.empty(); }
    /// Health, statuses, metrics: admins and auditors.
    [[nodiscard]] bool may_audit() const noexcept { return role != storage::Role::app; }
};

}  // namespace evergrant::broker
