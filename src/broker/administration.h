#pragma once
//
// Administration: tenants, app credentials and API keys. What is refused is named by field. Who may do it is decided by
// the caller of these (api/). One for each shard.
//
#include "async/task.h"
#include "base/clock.h"
#include "broker/authenticator.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// What a caller may change of a tenant; nothing: leave it.
struct TenantChange {
    std::optional<std::string> name;
    std::optional<std::string> time_zone;
    std::optional<boost::json::array> contacts;
    std::optional<boost::json::object> settings;
};

struct CredentialsGiven {
    std::optional<TenantId> tenant;
    std::string provider;
    std::string client_id;
    std::vector<SecretString> client_secrets;  ///< empty on a change of the id alone: those stored stay
    catalog::Parameters params;
};

class Administration {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        TokenVendors& vendors;
        KeyRevision& key_revision;
        FleetNews& news;
        KnownKeys& known_keys;
        const Clock& clock;
        crypto::Random& random;
    };

    explicit Administration(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: invalid_request (name, time zone), conflict.
    [[nodiscard]] async::Task<Result<storage::Tenant>> create_tenant(TenantId id, TenantChange described);
    /// Errors: tenant_not_found, invalid_request.
    [[nodiscard]] async::Task<Result<storage::Tenant>> change_tenant(TenantId id, TenantChange change, bool replace);
    /// Errors: tenant_not_found.
    [[nodiscard]] async::Task<Result<storage::Tenant>> tenant(TenantId id);
    [[nodiscard]] async::Task<Result<storage::Page<storage::Tenant>>> tenants(std::string cursor, std::size_t limit);
    /// Removes it with all it holds. Errors: tenant_not_found.
    [[nodiscard]] async::Task<Result<void>> remove_tenant(TenantId id);

    /// Errors: unknown_provider, tenant_not_found, invalid_request.
    [[nodiscard]] async::Task<Result<storage::AppCredentials>> save_credentials(CredentialsGiven given);
    /// Errors: unknown_provider, missing_app_credentials.
    [[nodiscard]] async::Task<Result<storage::AppCredentials>> credentials(std::optional<TenantId> tenant,
                                                                           std::string provider);
    [[nodiscard]] async::Task<Result<void>> remove_credentials(std::optional<TenantId> tenant, std::string provider);

    /// `described` holds name, role, tenants, providers and expiry. Errors: invalid_request, unknown_provider.
    [[nodiscard]] async::Task<Result<MintedKey>> create_key(storage::ApiKey described);
    [[nodiscard]] async::Task<Result<std::vector<storage::ApiKey>>> keys();
    /// Errors: not_found.
    [[nodiscard]] async::Task<Result<void>> revoke_key(std::string id);

private:
    async::Task<Result<void>> withdraw_all(TenantId tenant);

    Parts parts_;
};

}  // namespace evergrant::broker
