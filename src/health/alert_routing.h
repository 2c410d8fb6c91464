#pragma once
//
// Alert routing: which channels an alert takes. Pure. By severity, unless a route is set for its rule or tenant; a
// tenant's own wins over a rule's.
//
#include "base/error.h"
#include "storage/alerts.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::health {

namespace channel {
inline constexpr std::string_view slack = "slack";
inline constexpr std::string_view webhook = "webhook";
inline constexpr std::string_view email = "email";
inline constexpr std::string_view pagerduty = "pagerduty";
inline constexpr std::string_view sms = "sms";
}  // namespace channel

/// Those that keep open what an alert opened, until that alert's end: they hear of no other recovery.
[[nodiscard]] std::vector<std::string> incident_channels();

/// For a rule, or for a tenant at all: these channels and no others.
struct AlertRoute {
    std::string rule;  ///< empty: any
    TenantId tenant;   ///< empty: any
    std::vector<std::string> channels;
};

/// `connection_dead=slack+email`, `tenant:acme=pagerduty`, `test=` (none). Errors: invalid_request with a predicate,
/// such as `must be …`; a rule that there is not.
[[nodiscard]] Result<AlertRoute> parse_route(std::string_view text);
[[nodiscard]] std::string to_text(const AlertRoute& route);

/// Of the channels that are configured, in their order.
[[nodiscard]] std::vector<std::string> channels_for(const std::vector<AlertRoute>& routes, const storage::Alert& alert,
                                                    storage::Severity severity,
                                                    const std::vector<std::string>& configured);

/// Keeps what is told of a tenant that has a route of its own from folding with others': an alert takes one route.
void keep_apart(const std::vector<AlertRoute>& routes, storage::Telling& telling);

}  // namespace evergrant::health
