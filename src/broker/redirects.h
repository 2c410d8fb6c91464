#pragma once
//
// Redirects: where a browser may be sent, and which redirect URI a provider is told. Pure. Row S2 and C5 of
// docs/security.md: exact allow-list of origins, parsed by the URL library, nothing reflected.
//
#include "base/error.h"
#include "base/ids.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

/// Whether all providers share one redirect URI or each (tenant, provider) has its own.
enum class RedirectUriMode : std::uint8_t { shared, per_provider, per_context };

struct RedirectRules {
    std::string base_url;                      ///< this server as browsers see it, without a slash at the end
    std::string frontend_url;                  ///< the console that people are sent back to
    std::vector<std::string> allowed_origins;  ///< for `redirectTo`, besides the frontend's
    RedirectUriMode mode{RedirectUriMode::shared};
};

/// The redirect URI for an authorization; `registered` (ZOHO_REDIRECT_URI) wins when it is not empty.
[[nodiscard]] std::string redirect_uri(const RedirectRules& rules, std::string_view registered,
                                       const ProviderId& provider, const TenantId& tenant);

/// Errors: invalid_request when `url` is not an absolute http(s) URL of an allowed origin, without user information.
[[nodiscard]] Result<void> check_redirect_to(const RedirectRules& rules, std::string_view url);

/// The origin as browsers write it. Errors: invalid_request when `text` is more or less than an origin, or is not an
/// allowed one.
[[nodiscard]] Result<std::string> check_return_origin(const RedirectRules& rules, std::string_view text);

/// `url` with the parameters added to its query, each encoded.
[[nodiscard]] std::string with_query(std::string_view url,
                                     const std::vector<std::pair<std::string_view, std::string_view>>& parameters);

/// Where on this server an administrator begins the authorization that renews this connection.
[[nodiscard]] std::string authorize_path(const ConnectionKey& key, const ProviderId& provider);

/// Whether there is a console apart from this server, for people who sign in there.
[[nodiscard]] bool has_console(const RedirectRules& rules);

/// `${FRONTEND_URL}/admin`.
[[nodiscard]] std::string console_page(const RedirectRules& rules);

/// `${FRONTEND_URL}/admin/clients/<tenant>`. Without a console it is this server's own page (api/visitor_pages.h).
[[nodiscard]] std::string tenant_page(const RedirectRules& rules, const TenantId& tenant);

}  // namespace evergrant::broker
