#pragma once
//
// Claims: the functions on refresh_claims. They run in the writer's transaction, one at a time, so two who ask at once
// get different connections.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <chrono>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

/// The abandoned come first, then the due; neither while claimed.
[[nodiscard]] std::vector<DueConnection> claim_due_connections(Session& session, const DueClaim& claim);
[[nodiscard]] bool postpone_due_connection(Session& session, const DueConnection& due, std::chrono::milliseconds pause);
void end_claim(Session& session, const ConnectionKey& key);
void end_claims_of(Session& session, const TenantId& tenant);
/// Ends all claims, of alerts' deliveries too, and lets all leases run out: their owner was an earlier process. Whose
/// they were stays known.
void break_leases(Session& session);

/// The statements behind claim_due_connections, for the test that they go by their indexes.
inline constexpr std::string_view due_sql =
    "SELECT t.tenant_id, t.integration_id, t.generation FROM oauth_tokens t WHERE t.next_try_at <= ?1"
    " AND NOT EXISTS (SELECT 1 FROM refresh_intents i WHERE i.tenant_id = t.tenant_id"
    " AND i.integration_id = t.integration_id AND i.lease_expires_at > ?1)"
    " AND NOT EXISTS (SELECT 1 FROM refresh_claims c WHERE c.tenant_id = t.tenant_id"
    " AND c.integration_id = t.integration_id AND c.claimed_until > ?1)"
    " ORDER BY t.next_try_at, t.tenant_id, t.integration_id LIMIT ?2";
inline constexpr std::string_view abandoned_sql =
    "SELECT i.tenant_id, i.integration_id, t.generation FROM refresh_intents i"
    " CROSS JOIN oauth_tokens t USING (tenant_id, integration_id)"
    " WHERE i.lease_expires_at <= ?1 AND t.status <> 'invalid'"
    " AND NOT EXISTS (SELECT 1 FROM refresh_claims c WHERE c.tenant_id = i.tenant_id"
    " AND c.integration_id = i.integration_id AND c.claimed_until > ?1)"
    " ORDER BY i.lease_expires_at LIMIT ?2";

}  // namespace evergrant::storage::sqlite
