#pragma once
//
// What the store keeps besides connections, as values: tenants, app credentials, API keys, authorization requests.
//
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "catalog/template.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

struct Tenant {
    TenantId id;
    std::string name;
    std::string time_zone;  ///< IANA name; empty: none
    boost::json::array contacts;
    boost::json::object settings;
    Instant created_at;
    Instant updated_at;
};

/// The OAuth client registered at a provider. No tenant: the deployment's.
struct AppCredentials {
    std::optional<TenantId> tenant;
    ProviderId provider;
    std::string client_id;
    std::vector<SecretString> client_secrets;  ///< tried in order; empty for public clients
    catalog::Parameters params;
    Instant updated_at;

    [[nodiscard]] AppCredentials clone() const;
};

enum class Role : std::uint8_t { admin, app, auditor };
[[nodiscard]] std::string_view name_of(Role role) noexcept;
[[nodiscard]] std::optional<Role> parse_role(std::string_view text) noexcept;

/// What a key may call at a provider's API, and with it nothing else here. Both empty: no such limit.
struct CallLimits {
    std::vector<std::string> methods{};  ///< in upper case; empty: all
    std::vector<std::string> paths{};    ///< each with what is below it; empty: all

    [[nodiscard]] bool empty() const noexcept { return methods.empty() && paths.empty(); }
    [[nodiscard]] bool operator==(const CallLimits&) const = default;
};

/// An API key without its secret. `eg_<id>_<secret>`: only SHA-256 of the secret is stored.
struct ApiKey {
    std::string id;
    std::string name;
    Role role{Role::app};
    std::string secret_hash;            ///< 32 bytes
    std::vector<TenantId> tenants;      ///< empty: all
    std::vector<ProviderId> providers;  ///< empty: all
    CallLimits limits{};
    std::optional<sys_seconds> expires_at;
    std::optional<sys_seconds> last_used_at;
    std::optional<sys_seconds> revoked_at;
    Instant created_at;
};

/// One attempt to obtain a grant; spent once. Rows C2 and C3 of docs/security.md.
struct PendingAuthorization {
    std::string state_hash;  ///< SHA-256 of the state; the state itself is not stored
    ConnectionKey key;
    ProviderId provider;
    std::string client_id;  ///< of the app credentials it was begun with
    catalog::Parameters params;
    std::vector<std::string> scopes;
    std::string redirect_uri;
    std::string issuer;           ///< expected in the callback; empty: none known
    bool issuer_required{false};  ///< the server advertises `iss` in its callbacks (RFC 9207)
    SecretString code_verifier;   ///< sealed at rest; empty: no PKCE
    std::string nonce;
    std::string redirect_to;         ///< where the browser goes afterwards; empty: the console's page
    std::string started_by;          ///< the caller's subject, for the audit log
    std::string ticket_hash;         ///< SHA-256 of the start ticket; empty: begun by an admin
    std::string browser_hash;        ///< SHA-256 of the browser's cookie; empty until the ticket is opened
    SecretString authorization_url;  ///< where the ticket leads; sealed at rest
    SecretString held;               ///< what waits for a person's yes, sealed at rest; empty: nothing does
    Instant created_at;
    Instant expires_at;

    [[nodiscard]] PendingAuthorization clone() const;
};

}  // namespace evergrant::storage
