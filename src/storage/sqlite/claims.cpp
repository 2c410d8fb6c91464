#include "storage/sqlite/claims.h"

#include <utility>

namespace evergrant::storage::sqlite {

namespace {

std::vector<ConnectionKey> keys_from(Statement rows) {
    std::vector<ConnectionKey> keys;
    while (rows.step()) {
        TenantId tenant(rows.text());
        IntegrationId integration(rows.text());
        keys.push_back({std::move(tenant), std::move(integration)});
    }
    return keys;
}

/// Claims what `sql` offers, up to the claim's limit.
void claim_offered(Session& session, std::string_view sql, const DueClaim& claim, std::vector<ConnectionKey>& claimed) {
    const Instant now = session.now();
    std::vector<ConnectionKey> offered = keys_from(session.database().query(sql, now, claim.limit - claimed.size()));
    for (ConnectionKey& key : offered) {
        session.database().change(
            "INSERT INTO refresh_claims (tenant_id, integration_id, claimed_by, claimed_until) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET claimed_by = excluded.claimed_by,"
            " claimed_until = excluded.claimed_until",
            key.tenant.str(), key.integration.str(), claim.owner, now + claim.duration);
        claimed.push_back(std::move(key));
    }
}

}  // namespace

std::vector<ConnectionKey> claim_due_connections(Session& session, const DueClaim& claim) {
    std::vector<ConnectionKey> claimed;
    claim_offered(session, abandoned_sql, claim, claimed);
    if (!claim.abandoned_only)
        claim_offered(session, due_sql, claim, claimed);
    return claimed;
}

void end_claim(Session& session, const ConnectionKey& key) {
    session.database().change("DELETE FROM refresh_claims WHERE tenant_id = ?1 AND integration_id = ?2",
                              key.tenant.str(), key.integration.str());
}

void end_claims_of(Session& session, const TenantId& tenant) {
    session.database().change("DELETE FROM refresh_claims WHERE tenant_id = ?1", tenant.str());
}

void break_leases(Session& session) {
    session.database().change("DELETE FROM refresh_claims");
    session.database().change("UPDATE refresh_intents SET lease_expires_at = ?1 WHERE lease_expires_at > ?1",
                              session.now());
}

}  // namespace evergrant::storage::sqlite
