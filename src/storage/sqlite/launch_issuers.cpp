#include "storage/sqlite/launch_issuers.h"

#include "storage/launch_issuer_columns.h"

#include <string>

namespace evergrant::storage::sqlite {

std::vector<LaunchIssuer> list_launch_issuers(Session& session) {
    static const std::string sql =
        "SELECT " + std::string(launch_issuer_columns) + " FROM launch_issuers ORDER BY provider, issuer";
    Statement row = session.database().query(sql);
    std::vector<LaunchIssuer> issuers;
    while (row.step())
        issuers.push_back(read_launch_issuer(row));
    return issuers;
}

std::optional<LaunchIssuer> find_launch_issuer(Session& session, const ProviderId& provider, std::string_view issuer) {
    static const std::string sql =
        "SELECT " + std::string(launch_issuer_columns) + " FROM launch_issuers WHERE provider = ?1 AND issuer = ?2";
    Statement row = session.database().query(sql, provider.str(), issuer);
    if (!row.step())
        return std::nullopt;
    return read_launch_issuer(row);
}

bool save_launch_issuer(Session& session, const LaunchIssuer& issuer) {
    return session.database().change(
               "INSERT INTO launch_issuers (provider, issuer, tenant_id, integration_id, params, scopes)"
               " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM launch_issuers) < ?7"
               " ON CONFLICT (provider, issuer) DO UPDATE SET integration_id = excluded.integration_id,"
               " params = excluded.params, scopes = excluded.scopes WHERE tenant_id = excluded.tenant_id",
               issuer.provider.str(), issuer.issuer, issuer.tenant.str(), issuer.integration.str(),
               to_column(issuer.params), to_column(issuer.scopes), most_launch_issuers) == 1;
}

bool remove_launch_issuer(Session& session, const ProviderId& provider, std::string_view issuer) {
    return session.database().change("DELETE FROM launch_issuers WHERE provider = ?1 AND issuer = ?2", provider.str(),
                                     issuer) == 1;
}

void remove_launch_issuers_of(Session& session, const TenantId& tenant) {
    session.database().change("DELETE FROM launch_issuers WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
