#include "storage/sqlite/revocations.h"

#include "storage/revocation_columns.h"
#include "storage/sqlite/connections.h"

#include <string>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

std::uint64_t last_id(Session& session) {
    Statement row = session.database().query("SELECT last_insert_rowid()");
    row.step();
    return row.number<std::uint64_t>();
}

}  // namespace

std::optional<PendingRevocation> begin_revocation(Session& session, const ConnectionKey& key,
                                                  std::chrono::milliseconds claim) {
    const Instant now = session.now();
    const std::size_t kept = session.database().change(
        "INSERT INTO pending_revocations (tenant_id, integration_id, provider, generation, since, next_try_at, params,"
        " access_token, refresh_token) SELECT tenant_id, integration_id, provider, generation, ?3, ?4, params,"
        " access_token, refresh_token FROM oauth_tokens WHERE tenant_id = ?1 AND integration_id = ?2",
        key.tenant.str(), key.integration.str(), now, now + claim);
    if (kept == 0)
        return std::nullopt;
    PendingRevocation pending;
    pending.id = last_id(session);
    if (std::optional<Connection> removed = remove_connection(session, key))
        pending.connection = std::move(*removed);
    return pending;
}

PendingRevocation add_revocation(Session& session, const Connection& gone, std::chrono::milliseconds claim) {
    const Instant now = session.now();
    const ConnectionSummary& summary = gone.summary;
    const auto sealed = seal_tokens(session, summary.key, summary.generation, gone.tokens);
    session.database().change(
        "INSERT INTO pending_revocations (tenant_id, integration_id, provider, generation, since, next_try_at, params,"
        " access_token, refresh_token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        summary.key.tenant.str(), summary.key.integration.str(), summary.provider.str(), summary.generation, now,
        now + claim, to_column(gone.params), sealed.access_token.column(), sealed.refresh_token.column());
    PendingRevocation pending;
    pending.id = last_id(session);
    pending.connection = gone.clone();
    return pending;
}

std::vector<PendingRevocation> claim_revocations(Session& session, std::chrono::milliseconds claim, std::size_t limit) {
    static const std::string sql = "SELECT " + std::string(revocation_columns) +
                                   " FROM pending_revocations p WHERE p.next_try_at <= ?1"
                                   " ORDER BY p.next_try_at, p.id LIMIT ?2";
    const Instant now = session.now();
    std::vector<SealedRevocation> due;
    {
        Statement row = session.database().query(sql, now, limit);
        while (row.step())
            due.push_back(read_sealed_revocation(row));
    }
    std::vector<PendingRevocation> claimed;
    for (SealedRevocation& one : due) {
        session.database().change("UPDATE pending_revocations SET next_try_at = ?2 WHERE id = ?1", one.id, now + claim);
        claimed.push_back(opened(session, std::move(one), now));
    }
    return claimed;
}

bool postpone_revocation(Session& session, std::uint64_t id, unsigned tries, std::chrono::milliseconds pause) {
    return session.database().change("UPDATE pending_revocations SET tries = ?2, next_try_at = ?3 WHERE id = ?1", id,
                                     tries, session.now() + pause) == 1;
}

bool end_revocation(Session& session, std::uint64_t id) {
    return session.database().change("DELETE FROM pending_revocations WHERE id = ?1", id) == 1;
}

RevocationsWaiting revocations_waiting(Session& session, const ConnectionFilter& filter) {
    std::string sql = "SELECT count(*), coalesce(min(since), ?1) FROM pending_revocations WHERE TRUE";
    if (filter.tenant)
        sql += " AND tenant_id = ?";
    if (filter.provider)
        sql += " AND provider = ?";
    const Instant now = session.now();
    Statement row = session.database().query(sql, now);
    if (filter.tenant)
        row.bind(filter.tenant->str());
    if (filter.provider)
        row.bind(filter.provider->str());
    row.step();
    RevocationsWaiting waiting;
    waiting.count = row.number<std::uint64_t>();
    waiting.oldest = now - row.instant();
    return waiting;
}

std::size_t remove_revocations_of(Session& session, const TenantId& tenant) {
    return session.database().change("DELETE FROM pending_revocations WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
