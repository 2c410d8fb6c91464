#include "storage/postgres/refreshes.h"

#include "storage/columns.h"
#include "storage/postgres/app_credentials.h"
#include "storage/postgres/connections.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

/// Of an UPDATE of oauth_tokens: nobody but $4 holds the lease of the generation that stands.
const std::string unless_another_holds_it =
    " AND NOT EXISTS (SELECT 1 FROM refresh_intents i WHERE i.tenant_id = $1 AND i.integration_id = $2"
    " AND i.generation = oauth_tokens.generation AND i.lease_owner <> $4"
    " AND i.lease_expires_at > (SELECT at FROM moment))";
/// A failure speaks of that generation alone. A token set is newer than any before it, too: those stand again after a
/// failover that has lost commits.
const std::string may_write_failure =
    " WHERE tenant_id = $1 AND integration_id = $2 AND generation = $3::bigint" + unless_another_holds_it;
const std::string may_write_refreshed =
    " WHERE tenant_id = $1 AND integration_id = $2 AND generation <= $3::bigint" + unless_another_holds_it;
const std::string moment = "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at), ";
const std::string where_written =
    " WHERE tenant_id = $1 AND integration_id = $2 AND EXISTS (SELECT 1 FROM written)) SELECT 1 FROM written";

/// Takes the lease if there is something to spend and nobody holds it; answers the connection as it stands, the intent
/// as it was, until when its lease is held, and last the intent and the lease if they were taken.
Statement take(const LeaseRequest& request) {
    static const std::string sql =
        moment +
        "taken AS (INSERT INTO refresh_intents AS i (tenant_id, integration_id, generation, since, owner, attempts,"
        " lease_owner, lease_expires_at)"
        " SELECT t.tenant_id, t.integration_id, t.generation, moment.at, $3, 1, $3, moment.at + $4::bigint"
        " FROM oauth_tokens t, moment WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.status <> 'invalid'"
        " AND (t.refresh_token IS NOT NULL OR t.grant_type <> 'authorization_code')"
        " AND ($5::bigint = 0 OR t.generation <= $5::bigint)"
        " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET generation = excluded.generation,"
        " since = CASE WHEN i.generation = excluded.generation THEN i.since ELSE excluded.since END,"
        " attempts = CASE WHEN i.generation = excluded.generation THEN i.attempts + 1 ELSE 1 END,"
        " owner = excluded.owner, lease_owner = excluded.lease_owner, lease_expires_at = excluded.lease_expires_at"
        " WHERE i.generation <> excluded.generation OR i.lease_owner IS NULL OR i.lease_owner = excluded.lease_owner"
        " OR i.lease_expires_at <= (SELECT at FROM moment)"
        " RETURNING generation, since, owner, attempts, lease_expires_at)"
        " SELECT " +
        connection_columns +
        ", coalesce(i.lease_expires_at, (SELECT at FROM moment)), taken.generation, taken.since, taken.owner,"
        " taken.attempts, taken.lease_expires_at FROM oauth_tokens t" +
        std::string(with_intent) + "LEFT JOIN taken ON true WHERE t.tenant_id = $1 AND t.integration_id = $2";
    return Statement(sql, request.key.tenant.str(), request.key.integration.str(), request.owner,
                     std::int64_t{request.duration.count()}, request.newer_than);
}

LeaseAnswer answer_of(const LeaseRequest& request, const Rows& rows, Connection connection) {
    RowReader row(rows);
    row.seek(connection_width);
    const Instant held_until = row.instant();
    if (auto intent = read_intent(row)) {
        connection.summary.intent = std::move(intent);
        Lease lease{request.key, request.owner, connection.summary.generation, row.instant()};
        return LeaseTaken{std::move(lease), std::move(connection)};
    }
    const ConnectionSummary& summary = connection.summary;
    const bool refreshed = request.newer_than != 0 && summary.generation > request.newer_than;
    if (refreshed || summary.status == ConnectionStatus::invalid || !summary.renewable)
        return AlreadyRefreshed{std::move(connection)};
    return LeaseHeld{held_until};
}

Statement write_refreshed(const RefreshedGrant& refreshed, const SealedTokens& sealed) {
    static const std::string sql =
        moment +
        "written AS (UPDATE oauth_tokens SET status = 'healthy', generation = $5::bigint, scopes = $6,"
        " expires_at_s = $7::bigint, last_error = '', failures = 0, next_try_at = $8::bigint, claimed_by = NULL,"
        " claimed_until = NULL, last_refresh = (SELECT at FROM moment), updated_at = (SELECT at FROM moment),"
        " token_type = $9, lifetime_s = $10::bigint, access_token = $11::bytea, refresh_token = $12::bytea,"
        " metadata = $13::bytea, last_check_at = (SELECT at FROM moment),"
        " next_check_at = least(next_check_at, $15::bigint), dies_at_s = coalesce($16::bigint, dies_at_s),"
        " renewal_notice = CASE WHEN $16::bigint > dies_at_s + 86400 THEN 0 ELSE renewal_notice END,"
        " told_notice = CASE WHEN $16::bigint > dies_at_s + 86400 THEN 0 ELSE told_notice END,"
        " notice_alert = CASE WHEN $16::bigint > dies_at_s + 86400 THEN '' ELSE notice_alert END,"
        " dies_moved_at = CASE WHEN $16::bigint > dies_at_s + 60 THEN (SELECT at FROM moment) ELSE dies_moved_at END" +
        may_write_refreshed +
        " AND ($14::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $14::bigint)) RETURNING 1),"
        " ended AS (DELETE FROM refresh_intents" +
        where_written;
    const Lease& lease = refreshed.lease;
    const oauth::TokenSet& tokens = refreshed.tokens;
    return Statement(sql, lease.key.tenant.str(), lease.key.integration.str(), lease.generation, lease.owner,
                     lease.generation + 1, to_column(tokens.scopes), tokens.expires_at, refreshed.refresh_due_at,
                     tokens.token_type, std::int64_t{tokens.lifetime.count()}, sealed.access_token.column(),
                     sealed.refresh_token.column(), sealed.metadata.column(), sealed.key, refreshed.check_at,
                     refreshed.dies_at);
}

Statement write_failure(const Lease& lease, const RefreshFailure& failure) {
    static const std::string update =
        moment +
        "written AS (UPDATE oauth_tokens SET status = $5, last_error = $6, failures = failures + 1,"
        " next_try_at = $7::bigint, claimed_by = NULL, claimed_until = NULL, updated_at = (SELECT at FROM moment),"
        " last_check_at = (SELECT at FROM moment),"
        " next_check_at = CASE WHEN $5 = 'invalid' THEN NULL ELSE next_check_at END" +
        may_write_failure + " RETURNING 1), ended AS (";
    static const std::string ending_intent = update + "DELETE FROM refresh_intents" + where_written;
    static const std::string ending_lease =
        update + "UPDATE refresh_intents SET lease_owner = NULL, lease_expires_at = NULL" + where_written;
    const bool dead = failure.status == ConnectionStatus::invalid;
    return Statement(failure.keep_intent ? ending_lease : ending_intent, lease.key.tenant.str(),
                     lease.key.integration.str(), lease.generation, lease.owner, name_of(failure.status), failure.error,
                     dead ? std::nullopt : failure.next_try_at);
}

Batch refreshed_batch(const RefreshedGrant& refreshed, const SealedTokens& sealed) {
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.push_back(lock_connection(refreshed.lease.key));
    batch.statements.push_back(write_refreshed(refreshed, sealed));
    return batch;
}

}  // namespace

Task<Result<std::optional<RefreshBasis>>> find_refresh_basis(Session* session, ConnectionKey key) {
    static const std::string sql = "SELECT " + connection_columns + ", " + app_credentials_columns +
                                   " FROM oauth_tokens t" + std::string(with_intent) +
                                   "LEFT JOIN oauth_configurations c ON c.tenant_id = t.tenant_id"
                                   " AND c.provider = t.provider WHERE t.tenant_id = $1 AND t.integration_id = $2";
    Statement finding(sql, key.tenant.str(), key.integration.str());
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<RefreshBasis>();
    auto connection = co_await read_connection(session, &*rows);
    if (!connection)
        co_return std::unexpected(std::move(connection).error());
    const ProviderId provider = connection->summary.provider;
    auto own = co_await read_app_credentials(session, &*rows, connection_width, std::move(key.tenant), provider);
    if (!own)
        co_return std::unexpected(std::move(own).error());
    RefreshBasis basis{std::move(*connection), std::move(*own)};
    co_return std::optional<RefreshBasis>(std::move(basis));
}

Task<Result<LeaseAnswer>> take_lease(Session* session, LeaseRequest request) {
    Batch batch;
    batch.statements.push_back(lock_connection(request.key));
    batch.statements.push_back(take(request));
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    const Rows& rows = answers->back();
    if (rows.empty())
        co_return failure(Errc::no_connection, "The tenant holds no grant there.");
    auto connection = co_await read_connection(session, &rows);
    if (!connection)
        co_return std::unexpected(std::move(connection).error());
    co_return answer_of(request, rows, std::move(*connection));
}

Task<Result<bool>> renew_lease(Session* session, Lease lease, std::chrono::milliseconds duration) {
    Statement renewing(
        "UPDATE refresh_intents SET lease_expires_at = (SELECT evergrant_now()) + $5::bigint"
        " WHERE tenant_id = $1 AND integration_id = $2 AND generation = $3::bigint AND lease_owner = $4"
        " AND lease_expires_at > (SELECT evergrant_now())",
        lease.key.tenant.str(), lease.key.integration.str(), lease.generation, lease.owner,
        std::int64_t{duration.count()});
    const auto rows = co_await session->write(std::move(renewing));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

Task<Result<bool>> complete_refresh(Session* session, RefreshedGrant refreshed) {
    const ConnectionKey& key = refreshed.lease.key;
    const Generation next = refreshed.lease.generation + 1;
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        const auto sealed = co_await seal_tokens(session, key, next, &refreshed.tokens);
        if (!sealed)
            co_return std::unexpected(sealed.error());
        Batch batch = refreshed_batch(refreshed, *sealed);
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        if (!sealed->key || !answers->front().empty())
            co_return !answers->back().empty();
        session->forget(key.tenant.str());  // the key was destroyed meanwhile
    }
    co_return Session::out_of_tries();
}

Task<Result<bool>> fail_refresh(Session* session, Lease lease, RefreshFailure failure) {
    Batch batch;
    batch.statements.push_back(lock_connection(lease.key));
    batch.statements.push_back(write_failure(lease, failure));
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return !answers->back().empty();
}

}  // namespace evergrant::storage::postgres
