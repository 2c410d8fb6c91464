#include "storage/sqlite/connections.h"

#include "storage/columns.h"
#include "storage/connection_columns.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/store_exception.h"

#include <algorithm>
#include <string>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

/// No generation is ever given twice to a key, not even across its removal: otherwise a refresh under way could write
/// over a grant obtained after the removal.
Generation next_generation(Session& session, const ConnectionKey& key) {
    Statement highest = session.database().query(
        "SELECT max(coalesce((SELECT generation FROM oauth_tokens WHERE tenant_id = ?1 AND integration_id = ?2), 0),"
        " coalesce((SELECT value FROM store_state WHERE name = 'generation_floor'), 0))",
        key.tenant.str(), key.integration.str());
    highest.step();
    return generation_after(highest.number<Generation>());
}

/// A row that does not open can still be removed; it comes without its tokens.
std::optional<Connection> find_even_if_damaged(Session& session, const ConnectionKey& key) {
    try {
        return find_connection(session, key);
    } catch (const StoreException& exception) {
        if (exception.error().code != Errc::internal_error)
            throw;
    }
    static const std::string sql =
        "SELECT " + summary_columns + summary_tables + " WHERE t.tenant_id = ?1 AND t.integration_id = ?2";
    Statement row = session.database().query(sql, key.tenant.str(), key.integration.str());
    row.step();
    Connection connection;
    connection.summary = read_summary(row);
    return connection;
}

std::string list_sql(const ConnectionFilter& filter) {
    std::string sql =
        "SELECT " + summary_columns + summary_tables + " WHERE (t.tenant_id, t.integration_id) > (?1, ?2)";
    if (filter.tenant)
        sql += " AND t.tenant_id = ?";
    if (filter.provider)
        sql += " AND t.provider = ?";
    if (filter.status)
        sql += " AND t.status = ?";
    return sql + " ORDER BY t.tenant_id, t.integration_id LIMIT ?";
}

}  // namespace

const std::string summary_tables = " FROM oauth_tokens t LEFT JOIN refresh_intents i USING (tenant_id, integration_id)";

std::optional<Connection> find_connection(Session& session, const ConnectionKey& key) {
    static const std::string sql =
        "SELECT " + connection_columns + summary_tables + " WHERE t.tenant_id = ?1 AND t.integration_id = ?2";
    Statement row = session.database().query(sql, key.tenant.str(), key.integration.str());
    if (!row.step())
        return std::nullopt;
    return opened(session, read_sealed(row));
}

Result<Page<ConnectionSummary>> list_connections(Session& session, const ConnectionFilter& filter,
                                                 std::string_view cursor, std::size_t limit) {
    auto after = parts_of(cursor, 2);
    if (!after)
        return std::unexpected(std::move(after).error());
    Statement row = session.database().query(list_sql(filter), (*after)[0], (*after)[1]);
    if (filter.tenant)
        row.bind(filter.tenant->str());
    if (filter.provider)
        row.bind(filter.provider->str());
    if (filter.status)
        row.bind(name_of(*filter.status));
    const std::size_t size = std::max<std::size_t>(limit, 1);
    row.bind(size + 1);

    Page<ConnectionSummary> page;
    while (row.step()) {
        if (page.items.size() == size) {
            const ConnectionKey& last = page.items.back().key;
            page.next_cursor = cursor_after({last.tenant.str(), last.integration.str()});
            break;
        }
        page.items.push_back(read_summary(row));
    }
    return page;
}

void raise_generation_floor(Session& session, Generation removed) {
    if (removed == 0)
        return;
    session.database().change(
        "INSERT INTO store_state (name, value) VALUES ('generation_floor', ?1)"
        " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        removed);
}

void put_connection(Session& session, const Connection& connection, bool abandoned) {
    const ConnectionSummary& summary = connection.summary;
    const oauth::TokenSet& tokens = connection.tokens;
    const std::string& tenant = summary.key.tenant.str();
    const std::string& integration = summary.key.integration.str();
    const auto sealed = seal_tokens(session, summary.key, summary.generation, tokens);
    session.database().change(
        "INSERT OR REPLACE INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes,"
        " expires_at_s, last_error, failures, next_try_at, last_refresh, created_at, updated_at, params, token_type,"
        " lifetime_s, access_token, refresh_token, metadata, last_check_at, next_check_at, obtained_at, dies_at_s,"
        " renewal_notice, grant_type, asked_scopes, granted_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
        " ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
        tenant, integration, summary.provider.str(), name_of(summary.status), summary.generation,
        to_column(summary.scopes), summary.expires_at, summary.last_error, summary.failures, summary.next_try_at,
        summary.last_refresh, summary.created_at, summary.updated_at, to_column(connection.params), tokens.token_type,
        tokens.lifetime.count(), sealed.access_token.column(), sealed.refresh_token.column(), sealed.metadata.column(),
        summary.last_check_at, summary.next_check_at, summary.obtained_at, summary.dies_at, summary.renewal_notice,
        name_of(summary.grant_type), to_column(connection.asked_scopes), to_column(summary.granted_by));
    session.database().change("DELETE FROM refresh_intents WHERE tenant_id = ?1 AND integration_id = ?2", tenant,
                              integration);
    end_claim(session, summary.key);
    if (!summary.intent)
        return;
    const Intent& intent = *summary.intent;
    const auto holder = abandoned ? std::optional(intent.owner) : std::nullopt;
    const auto ran_out = abandoned ? std::optional(session.now()) : std::nullopt;
    session.database().change(
        "INSERT INTO refresh_intents (tenant_id, integration_id, generation, since, owner, attempts, lease_owner,"
        " lease_expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        tenant, integration, intent.generation, intent.since, intent.owner, intent.attempts, holder, ran_out);
}

Connection save_grant(Session& session, const NewGrant& grant) {
    const ConnectionKey& key = grant.key;
    const Generation generation = next_generation(session, key);
    const auto sealed = seal_tokens(session, key, generation, grant.tokens);
    session.database().change(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s,"
        " next_try_at, created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata,"
        " last_check_at, obtained_at, next_check_at, dies_at_s, grant_type, asked_scopes, granted_by)"
        " VALUES (?1, ?2, ?3, 'healthy', ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?8, ?8, ?15, ?16, ?17,"
        " ?18, ?19)"
        " ON CONFLICT (tenant_id, integration_id) DO UPDATE SET provider = excluded.provider, status = 'healthy',"
        " generation = excluded.generation, scopes = excluded.scopes, expires_at_s = excluded.expires_at_s,"
        " last_error = '', failures = 0, next_try_at = excluded.next_try_at, last_refresh = NULL,"
        " last_check_at = excluded.last_check_at, obtained_at = excluded.obtained_at,"
        " next_check_at = excluded.next_check_at, dies_at_s = excluded.dies_at_s, renewal_notice = 0, told_notice = 0,"
        " notice_alert = '', dies_moved_at = 0,"
        " updated_at = excluded.updated_at, params = excluded.params, token_type = excluded.token_type,"
        " lifetime_s = excluded.lifetime_s, access_token = excluded.access_token,"
        " refresh_token = excluded.refresh_token, metadata = excluded.metadata,"
        " grant_type = excluded.grant_type, asked_scopes = excluded.asked_scopes,"
        " granted_by = excluded.granted_by",
        key.tenant.str(), key.integration.str(), grant.provider.str(), generation, to_column(grant.tokens.scopes),
        grant.tokens.expires_at, grant.refresh_due_at, session.now(), to_column(grant.params), grant.tokens.token_type,
        grant.tokens.lifetime.count(), sealed.access_token.column(), sealed.refresh_token.column(),
        sealed.metadata.column(), grant.check_at, grant.dies_at, name_of(grant.grant_type),
        to_column(grant.asked_scopes), to_column(grant.granted_by));
    session.database().change("DELETE FROM refresh_intents WHERE tenant_id = ?1 AND integration_id = ?2",
                              key.tenant.str(), key.integration.str());
    end_claim(session, key);
    return find_connection(session, key).value();
}

Connection begin_grant(Session& session, const NewGrant& grant) {
    std::optional<Connection> standing = find_connection(session, grant.key);
    return standing ? std::move(*standing) : save_grant(session, grant);
}

bool abandon_grant(Session& session, const ConnectionKey& key, Generation generation) {
    const std::optional<Connection> standing = find_connection(session, key);
    if (!standing || standing->summary.generation != generation)
        return false;
    return remove_connection(session, key).has_value();
}

std::optional<Connection> remove_connection(Session& session, const ConnectionKey& key) {
    std::optional<Connection> removed = find_even_if_damaged(session, key);
    if (!removed)
        return removed;
    raise_generation_floor(session, removed->summary.generation);
    session.database().change("DELETE FROM oauth_tokens WHERE tenant_id = ?1 AND integration_id = ?2", key.tenant.str(),
                              key.integration.str());
    session.database().change("DELETE FROM refresh_intents WHERE tenant_id = ?1 AND integration_id = ?2",
                              key.tenant.str(), key.integration.str());
    end_claim(session, key);
    return removed;
}

std::size_t remove_connections_of(Session& session, const TenantId& tenant) {
    Database& database = session.database();
    {
        Statement highest =
            database.query("SELECT coalesce(max(generation), 0) FROM oauth_tokens WHERE tenant_id = ?1", tenant.str());
        highest.step();
        raise_generation_floor(session, highest.number<Generation>());
    }
    database.change("DELETE FROM refresh_intents WHERE tenant_id = ?1", tenant.str());
    end_claims_of(session, tenant);
    return database.change("DELETE FROM oauth_tokens WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
