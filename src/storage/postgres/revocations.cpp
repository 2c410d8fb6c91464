#include "storage/postgres/revocations.h"

#include "storage/postgres/connections.h"
#include "storage/revocation_columns.h"

#include <array>
#include <string>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

/// Answers the id. A key destroyed meanwhile: nothing.
Batch addition(const Connection& gone, const SealedTokens& sealed, std::chrono::milliseconds claim) {
    const ConnectionSummary& summary = gone.summary;
    Batch batch;
    batch.statements.push_back(lock_key(sealed.key));
    batch.statements.emplace_back(
        "INSERT INTO pending_revocations (tenant_id, integration_id, provider, generation, since, next_try_at, params,"
        " access_token, refresh_token)"
        " SELECT $1, $2, $3, $4::bigint, moment.at, moment.at + $5::bigint, $6, $7::bytea, $8::bytea"
        " FROM (SELECT evergrant_now() AS at) moment"
        " WHERE $9::bigint IS NULL OR EXISTS (SELECT 1 FROM data_keys WHERE id = $9::bigint) RETURNING id",
        summary.key.tenant.str(), summary.key.integration.str(), summary.provider.str(), summary.generation,
        std::int64_t{claim.count()}, to_column(gone.params), sealed.access_token.column(),
        sealed.refresh_token.column(), sealed.key);
    return batch;
}

Statement counting(const ConnectionFilter& filter) {
    static const auto sql_for = [](bool by_tenant, bool by_provider) {
        std::string sql =
            "SELECT count(p.id), coalesce(moment.at - min(p.since), 0) FROM (SELECT evergrant_now() AS at) moment"
            " LEFT JOIN pending_revocations p ON TRUE";
        int last = 0;
        for (const auto& [wanted, column] :
             {std::pair(by_tenant, " AND p.tenant_id = $"), std::pair(by_provider, " AND p.provider = $")})
            if (wanted)
                sql += column + std::to_string(++last);
        return sql + " GROUP BY moment.at";
    };
    static const std::array all{sql_for(false, false), sql_for(true, false), sql_for(false, true), sql_for(true, true)};
    const std::string& sql = all[(filter.tenant ? 1U : 0U) + (filter.provider ? 2U : 0U)];
    Statement statement(sql);
    if (filter.tenant)
        statement.add(filter.tenant->str());
    if (filter.provider)
        statement.add(filter.provider->str());
    return statement;
}

/// Whether a statement on one row found it.
Task<Result<bool>> found_it(Session* session, Statement statement) {
    const auto rows = co_await session->write(std::move(statement));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

}  // namespace

Task<Result<std::optional<PendingRevocation>>> begin_revocation(Session* session, ConnectionKey key,
                                                                std::chrono::milliseconds claim) {
    auto removed = co_await take_out(session, std::move(key), claim);
    if (!removed)
        co_return std::unexpected(std::move(removed).error());
    if (!*removed)
        co_return std::optional<PendingRevocation>();
    PendingRevocation pending;
    pending.id = (*removed)->revocation;
    pending.connection = std::move((*removed)->connection);
    co_return std::optional<PendingRevocation>(std::move(pending));
}

Task<Result<PendingRevocation>> add_revocation(Session* session, Connection gone, std::chrono::milliseconds claim) {
    const ConnectionKey key = gone.summary.key;
    for (int tries = 0; tries < Session::most_tries; ++tries) {
        const auto sealed = co_await seal_tokens(session, key, gone.summary.generation, &gone.tokens);
        if (!sealed)
            co_return std::unexpected(sealed.error());
        Batch batch = addition(gone, *sealed, claim);
        const auto answers = co_await session->run(std::move(batch));
        if (!answers)
            co_return std::unexpected(answers.error());
        const Rows& added = answers->back();
        if (!added.empty()) {
            PendingRevocation pending;
            pending.id = static_cast<std::uint64_t>(added.integer(0, 0));
            pending.connection = std::move(gone);
            co_return pending;
        }
        session->forget(key.tenant.str());
    }
    co_return Session::out_of_tries();
}

Task<Result<std::vector<PendingRevocation>>> claim_revocations(Session* session, std::chrono::milliseconds claim,
                                                               std::size_t limit) {
    // Rows that another replica is claiming at this moment are not waited for.
    static const std::string sql =
        "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at),"
        " due AS MATERIALIZED (SELECT id, next_try_at FROM pending_revocations"
        " WHERE next_try_at <= (SELECT at FROM moment)"
        " ORDER BY next_try_at, id LIMIT $2::bigint FOR NO KEY UPDATE SKIP LOCKED),"
        " p AS (UPDATE pending_revocations r SET next_try_at = (SELECT at FROM moment) + $1::bigint FROM due"
        " WHERE r.id = due.id RETURNING r.*, due.next_try_at AS was_due_at)"
        " SELECT " +
        std::string(revocation_columns) + ", (SELECT at FROM moment) FROM p ORDER BY p.was_due_at, p.id";
    Statement claiming(sql, std::int64_t{claim.count()}, std::uint64_t{limit});
    const auto rows = co_await session->write(std::move(claiming));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<std::pair<SealedRevocation, Instant>> due;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        SealedRevocation read = read_sealed_revocation(row);
        due.emplace_back(std::move(read), row.instant());
    }
    std::vector<const std::optional<std::string>*> boxes;
    for (const auto& [read, now] : due) {
        boxes.push_back(&read.sealed.boxes.access_token);
        boxes.push_back(&read.sealed.boxes.refresh_token);
    }
    auto learned = co_await session->learn_keys_of(std::move(boxes));
    if (!learned)
        co_return std::unexpected(std::move(learned).error());
    std::vector<PendingRevocation> claimed;
    for (auto& [read, now] : due)
        claimed.push_back(storage::opened(*session, std::move(read), now));
    co_return claimed;
}

Task<Result<bool>> postpone_revocation(Session* session, std::uint64_t id, unsigned tries,
                                       std::chrono::milliseconds pause) {
    Statement postponing(
        "UPDATE pending_revocations SET tries = $2::bigint, next_try_at = evergrant_now() + $3::bigint"
        " WHERE id = $1::bigint",
        id, tries, std::int64_t{pause.count()});
    return found_it(session, std::move(postponing));
}

Task<Result<bool>> end_revocation(Session* session, std::uint64_t id) {
    Statement ending("DELETE FROM pending_revocations WHERE id = $1::bigint", id);
    return found_it(session, std::move(ending));
}

Task<Result<RevocationsWaiting>> revocations_waiting(Session* session, ConnectionFilter filter) {
    Statement asking = counting(filter);
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    RowReader row(*rows);
    RevocationsWaiting waiting;
    waiting.count = row.number<std::uint64_t>();
    waiting.oldest = std::chrono::milliseconds(row.integer());
    co_return waiting;
}

}  // namespace evergrant::storage::postgres
