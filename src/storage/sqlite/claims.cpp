#include "storage/sqlite/claims.h"

#include <utility>

namespace evergrant::storage::sqlite {

namespace {

std::vector<DueConnection> due_from(Statement rows) {
    std::vector<DueConnection> due;
    while (rows.step()) {
        TenantId tenant(rows.text());
        IntegrationId integration(rows.text());
        due.push_back({{std::move(tenant), std::move(integration)}, rows.number<Generation>()});
    }
    return due;
}

/// Claims what `sql` offers, up to the claim's limit.
void claim_offered(Session& session, std::string_view sql, const DueClaim& claim, std::vector<DueConnection>& claimed) {
    const Instant now = session.now();
    std::vector<DueConnection> offered = due_from(session.database().query(sql, now, claim.limit - claimed.size()));
    for (DueConnection& one : offered) {
        session.database().change(
            "INSERT INTO refresh_claims (tenant_id, integration_id, claimed_by, claimed_until) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET claimed_by = excluded.claimed_by,"
            " claimed_until = excluded.claimed_until",
            one.key.tenant.str(), one.key.integration.str(), claim.owner, now + claim.duration);
        claimed.push_back(std::move(one));
    }
}

}  // namespace

std::vector<DueConnection> claim_due_connections(Session& session, const DueClaim& claim) {
    std::vector<DueConnection> claimed;
    claim_offered(session, abandoned_sql, claim, claimed);
    if (!claim.abandoned_only)
        claim_offered(session, due_sql, claim, claimed);
    return claimed;
}

bool postpone_due_connection(Session& session, const DueConnection& due, std::chrono::milliseconds pause) {
    const Instant now = session.now();
    const bool postponed =
        session.database().change(
            "UPDATE oauth_tokens SET next_try_at = ?4 WHERE tenant_id = ?1 AND integration_id = ?2"
            " AND generation = ?3 AND next_try_at <= ?5 AND NOT EXISTS (SELECT 1 FROM refresh_intents i"
            " WHERE i.tenant_id = ?1 AND i.integration_id = ?2 AND i.lease_owner IS NOT NULL)",
            due.key.tenant.str(), due.key.integration.str(), due.generation, now + pause, now) == 1;
    if (postponed)
        end_claim(session, due.key);
    return postponed;
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
    session.database().change("UPDATE alert_deliveries SET next_try_at = ?1 WHERE next_try_at > ?1", session.now());
    session.database().change("UPDATE refresh_intents SET lease_expires_at = ?1 WHERE lease_expires_at > ?1",
                              session.now());
}

}  // namespace evergrant::storage::sqlite
