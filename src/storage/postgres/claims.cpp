#include "storage/postgres/claims.h"

#include "storage/postgres/connections.h"
#include "storage/postgres/row_reader.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

const std::string moment = "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at), ";
const std::string unclaimed = " AND (t.claimed_until IS NULL OR t.claimed_until <= (SELECT at FROM moment))";
/// Rows that another replica is claiming at this moment are not waited for; those it has claimed are seen so.
const std::string locked = " LIMIT $3::bigint FOR NO KEY UPDATE OF t SKIP LOCKED)";

/// Those whose lease ran out before its holder ended it.
const std::string abandoned =
    "abandoned AS MATERIALIZED (SELECT t.tenant_id, t.integration_id, 0 AS class, i.since AS rank"
    " FROM refresh_intents i JOIN oauth_tokens t ON t.tenant_id = i.tenant_id"
    " AND t.integration_id = i.integration_id AND t.generation = i.generation"
    " WHERE i.lease_owner IS NOT NULL AND i.lease_expires_at <= (SELECT at FROM moment) AND t.status <> 'invalid'" +
    unclaimed + " ORDER BY i.since" + locked;

const std::string due =
    "due AS MATERIALIZED (SELECT t.tenant_id, t.integration_id, 1 AS class, t.next_try_at AS rank"
    " FROM oauth_tokens t WHERE t.next_try_at <= (SELECT at FROM moment) AND t.status <> 'invalid'" +
    unclaimed +
    " AND NOT EXISTS (SELECT 1 FROM refresh_intents i WHERE i.tenant_id = t.tenant_id"
    // Held, or run out: then it is among the abandoned.
    " AND i.integration_id = t.integration_id AND i.generation = t.generation AND i.lease_owner IS NOT NULL)"
    " ORDER BY t.next_try_at" +
    locked;

std::string claim(const std::string& candidates) {
    return ", chosen AS MATERIALIZED (" + candidates +
           " ORDER BY class, rank LIMIT $3::bigint),"
           " claimed AS (UPDATE oauth_tokens o SET claimed_by = $1, claimed_until = (SELECT at FROM moment) +"
           " $2::bigint FROM " +
           keys_of("chosen") +
           " RETURNING o.tenant_id, o.integration_id, o.generation)"
           " SELECT tenant_id, integration_id, generation FROM claimed JOIN chosen USING (tenant_id, integration_id)"
           " ORDER BY class, rank";
}

}  // namespace

const std::string claim_abandoned_sql = moment + abandoned + claim("SELECT * FROM abandoned");
const std::string claim_due_sql =
    moment + abandoned + ", " + due + claim("SELECT * FROM abandoned UNION ALL SELECT * FROM due");

Task<Result<std::vector<DueConnection>>> claim_due_connections(Session* session, DueClaim claim) {
    std::vector<DueConnection> offered;
    if (claim.limit == 0)
        co_return offered;
    Statement claiming(claim.abandoned_only ? claim_abandoned_sql : claim_due_sql, claim.owner,
                       std::int64_t{claim.duration.count()}, std::uint64_t{claim.limit});
    const auto rows = co_await session->write(std::move(claiming));
    if (!rows)
        co_return std::unexpected(rows.error());
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        TenantId tenant(row.text());
        IntegrationId integration(row.text());
        offered.push_back({{std::move(tenant), std::move(integration)}, row.number<Generation>()});
    }
    co_return offered;
}

Task<Result<bool>> postpone_due_connection(Session* session, DueConnection postponed, std::chrono::milliseconds pause) {
    Statement postponing(
        "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at)"
        " UPDATE oauth_tokens SET next_try_at = (SELECT at FROM moment) + $4::bigint, claimed_by = NULL,"
        " claimed_until = NULL WHERE tenant_id = $1 AND integration_id = $2 AND generation = $3::bigint"
        " AND next_try_at <= (SELECT at FROM moment) AND NOT EXISTS (SELECT 1 FROM refresh_intents i"
        " WHERE i.tenant_id = $1 AND i.integration_id = $2 AND i.lease_owner IS NOT NULL)",
        postponed.key.tenant.str(), postponed.key.integration.str(), postponed.generation, std::int64_t{pause.count()});
    const auto rows = co_await session->write(std::move(postponing));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

}  // namespace evergrant::storage::postgres
