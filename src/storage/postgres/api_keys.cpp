#include "storage/postgres/api_keys.h"

#include "storage/columns.h"
#include "storage/postgres/row_reader.h"
#include "storage/record_columns.h"

#include <algorithm>

namespace evergrant::storage::postgres {

namespace {

ApiKey read_key(const Rows& rows, std::size_t at) {
    RowReader row(rows, at);
    return read_api_key(row);
}

}  // namespace

Task<Result<void>> save_api_key(Session* session, ApiKey key) {
    Statement saving(
        "INSERT INTO api_keys (id, name, role, secret_hash, tenants, providers, expires_at_s, last_used_at_s,"
        " revoked_at_s, created_at, call_methods, call_paths) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
        "$12)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role,"
        " secret_hash = excluded.secret_hash, tenants = excluded.tenants, providers = excluded.providers,"
        " expires_at_s = excluded.expires_at_s, last_used_at_s = excluded.last_used_at_s,"
        " revoked_at_s = excluded.revoked_at_s, created_at = excluded.created_at,"
        " call_methods = excluded.call_methods, call_paths = excluded.call_paths",
        key.id, key.name, name_of(key.role), Bytes{key.secret_hash}, ids_to_column(key.tenants),
        ids_to_column(key.providers), key.expires_at, key.last_used_at, key.revoked_at, key.created_at,
        to_column(key.limits.methods), to_column(key.limits.paths));
    const auto rows = co_await session->write(std::move(saving));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

Task<Result<std::optional<ApiKey>>> find_api_key(Session* session, std::string id) {
    static const std::string sql = "SELECT " + api_key_columns + " FROM api_keys WHERE id = $1";
    Statement finding(sql, id);
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<ApiKey>();
    co_return std::optional<ApiKey>(read_key(*rows, 0));
}

Task<Result<std::vector<ApiKey>>> list_api_keys(Session* session) {
    static const std::string sql = "SELECT " + api_key_columns + " FROM api_keys ORDER BY id";
    Statement listing(sql);
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<ApiKey> keys;
    for (std::size_t row = 0; row < rows->size(); ++row)
        keys.push_back(read_key(*rows, row));
    co_return keys;
}

Task<Result<std::vector<EndingKey>>> ending_api_keys(Session* session, std::chrono::seconds within, std::size_t limit) {
    Statement asking(
        "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at)"
        " SELECT k.id, k.name, k.expires_at_s, k.created_at, m.at FROM api_keys k, moment m"
        " WHERE k.revoked_at_s IS NULL AND k.expires_at_s * 1000 > m.at"
        " AND k.expires_at_s * 1000 <= m.at + $1::bigint * 1000 ORDER BY k.expires_at_s, k.id LIMIT $2::bigint",
        std::int64_t{within.count()}, std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<EndingKey> keys;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        EndingKey key;
        key.id = row.text();
        key.name = row.text();
        key.expires_at = row.optional_seconds().value_or(sys_seconds());
        key.created_at = row.instant();
        key.now = row.instant();
        keys.push_back(std::move(key));
    }
    co_return keys;
}

Task<Result<bool>> revoke_api_key(Session* session, std::string id, sys_seconds at) {
    Statement revoking("UPDATE api_keys SET revoked_at_s = coalesce(revoked_at_s, $2::bigint) WHERE id = $1", id, at);
    const auto rows = co_await session->write(std::move(revoking));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() != 0;
}

Task<Result<void>> touch_api_keys(Session* session, std::vector<std::pair<std::string, sys_seconds>> last_used) {
    if (last_used.empty())
        co_return Result<void>();
    std::ranges::sort(last_used);  // replicas that touch the same keys lock them in the same order
    Batch batch;
    for (const auto& [id, at] : last_used)
        batch.statements.emplace_back(
            "UPDATE api_keys SET last_used_at_s = greatest(last_used_at_s, $2::bigint) WHERE id = $1", id, at);
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    co_return Result<void>();
}

}  // namespace evergrant::storage::postgres
