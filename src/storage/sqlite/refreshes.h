#pragma once
//
// Refreshes: leases, intents and the writes that end them, on refresh_intents and oauth_tokens. What changes runs in
// the writer's transaction, one at a time, so a look and the write that follows it are one.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] Result<LeaseAnswer> take_lease(Session& session, const LeaseRequest& request);
[[nodiscard]] bool renew_lease(Session& session, const Lease& lease, std::chrono::milliseconds duration);
[[nodiscard]] bool complete_refresh(Session& session, const RefreshedGrant& refreshed);
[[nodiscard]] bool fail_refresh(Session& session, const Lease& lease, const RefreshFailure& failure);
[[nodiscard]] std::vector<ConnectionKey> due_connections(Session& session, Instant now, std::size_t limit);
[[nodiscard]] std::vector<ConnectionKey> in_doubt_connections(Session& session, std::size_t limit);
/// Ends every lease: its owner was an earlier process. Intents stay.
void break_leases(Session& session);

/// The statement behind due_connections, for the test that it goes by the index.
inline constexpr std::string_view due_sql =
    "SELECT t.tenant_id, t.integration_id FROM oauth_tokens t WHERE t.next_try_at <= ?1"
    " AND NOT EXISTS (SELECT 1 FROM refresh_intents i WHERE i.tenant_id = t.tenant_id"
    " AND i.integration_id = t.integration_id AND i.lease_expires_at > ?2)"
    " ORDER BY t.next_try_at, t.tenant_id, t.integration_id LIMIT ?3";

}  // namespace evergrant::storage::sqlite
