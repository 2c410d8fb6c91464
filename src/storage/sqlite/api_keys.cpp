#include "storage/sqlite/api_keys.h"

#include "storage/columns.h"
#include "storage/record_columns.h"

namespace evergrant::storage::sqlite {

void save_api_key(Session& session, const ApiKey& key) {
    session.database().change(
        "INSERT OR REPLACE INTO api_keys (id, name, role, secret_hash, tenants, providers, expires_at_s,"
        " last_used_at_s, revoked_at_s, created_at, call_methods, call_paths)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        key.id, key.name, name_of(key.role), Blob{key.secret_hash}, ids_to_column(key.tenants),
        ids_to_column(key.providers), key.expires_at, key.last_used_at, key.revoked_at, key.created_at,
        to_column(key.limits.methods), to_column(key.limits.paths));
}

std::optional<ApiKey> find_api_key(Session& session, std::string_view id) {
    static const std::string sql = "SELECT " + api_key_columns + " FROM api_keys WHERE id = ?1";
    Statement row = session.database().query(sql, id);
    if (!row.step())
        return std::nullopt;
    return read_api_key(row);
}

std::vector<ApiKey> list_api_keys(Session& session) {
    static const std::string sql = "SELECT " + api_key_columns + " FROM api_keys ORDER BY id";
    Statement row = session.database().query(sql);
    std::vector<ApiKey> keys;
    while (row.step())
        keys.push_back(read_api_key(row));
    return keys;
}

std::vector<EndingKey> ending_api_keys(Session& session, std::chrono::seconds within, std::size_t limit) {
    const Instant now = session.now();
    Statement row = session.database().query(
        "SELECT id, name, expires_at_s, created_at FROM api_keys WHERE revoked_at_s IS NULL"
        " AND expires_at_s * 1000 > ?1 AND expires_at_s * 1000 <= ?2 ORDER BY expires_at_s, id LIMIT ?3",
        now, now + within, limit);
    std::vector<EndingKey> keys;
    while (row.step()) {
        EndingKey key;
        key.id = row.text();
        key.name = row.text();
        key.expires_at = row.optional_seconds().value_or(sys_seconds());
        key.created_at = row.instant();
        key.now = now;
        keys.push_back(std::move(key));
    }
    return keys;
}

bool revoke_api_key(Session& session, std::string_view id, sys_seconds at) {
    return session.database().change("UPDATE api_keys SET revoked_at_s = coalesce(revoked_at_s, ?2) WHERE id = ?1", id,
                                     at) != 0;
}

void touch_api_keys(Session& session, const std::vector<std::pair<std::string, sys_seconds>>& last_used) {
    for (const auto& [id, at] : last_used)
        session.database().change(
            "UPDATE api_keys SET last_used_at_s = max(coalesce(last_used_at_s, ?2), ?2) WHERE id = ?1", id, at);
}

}  // namespace evergrant::storage::sqlite
