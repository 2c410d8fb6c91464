#include "storage/sqlite/app_credentials.h"

#include "storage/columns.h"

#include <string>

namespace evergrant::storage::sqlite {

namespace {

std::string tenant_column(const std::optional<TenantId>& tenant) {
    return tenant ? tenant->str() : std::string();
}

SealedPlace place_of(std::string_view tenant, const ProviderId& provider, std::uint64_t generation) {
    return {tenant, provider.str(), "client_secrets", generation};
}

std::uint64_t next_generation(Session& session, std::string_view tenant, const ProviderId& provider) {
    Statement row = session.database().query(
        "SELECT generation FROM oauth_configurations WHERE tenant_id = ?1 AND provider = ?2", tenant, provider.str());
    return row.step() ? row.number<std::uint64_t>() + 1 : 1;
}

}  // namespace

void save_app_credentials(Session& session, const AppCredentials& credentials, Instant updated_at) {
    const std::string tenant = tenant_column(credentials.tenant);
    const std::uint64_t generation = next_generation(session, tenant, credentials.provider);
    const SecretString packed = pack(credentials.client_secrets);
    const Box secrets = session.seal(place_of(tenant, credentials.provider, generation), packed.reveal());
    session.database().change(
        "INSERT OR REPLACE INTO oauth_configurations"
        " (tenant_id, provider, client_id, params, generation, updated_at, client_secrets)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        tenant, credentials.provider.str(), credentials.client_id, to_column(credentials.params), generation,
        updated_at, secrets.column());
}

std::optional<AppCredentials> find_app_credentials(Session& session, const std::optional<TenantId>& tenant,
                                                   const ProviderId& provider) {
    const std::string scope = tenant_column(tenant);
    Statement row = session.database().query(
        "SELECT client_id, params, generation, updated_at, client_secrets FROM oauth_configurations"
        " WHERE tenant_id = ?1 AND provider = ?2",
        scope, provider.str());
    if (!row.step())
        return std::nullopt;
    AppCredentials credentials;
    credentials.tenant = tenant;
    credentials.provider = provider;
    credentials.client_id = row.text();
    credentials.params = parameters_from(row.text());
    const auto generation = row.number<std::uint64_t>();
    credentials.updated_at = row.instant();
    const SecretString packed = session.open(place_of(scope, provider, generation), row.blob());
    credentials.client_secrets = unpack(packed);
    return credentials;
}

bool remove_app_credentials(Session& session, const std::optional<TenantId>& tenant, const ProviderId& provider) {
    return session.database().change("DELETE FROM oauth_configurations WHERE tenant_id = ?1 AND provider = ?2",
                                     tenant_column(tenant), provider.str()) != 0;
}

std::size_t remove_app_credentials_of(Session& session, const TenantId& tenant) {
    return session.database().change("DELETE FROM oauth_configurations WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
