#include "storage/sqlite/connect_sessions.h"

#include "storage/connect_session_columns.h"

#include <string>

namespace evergrant::storage::sqlite {

namespace {

std::optional<ConnectSession> first_of(Statement row) {
    if (!row.step())
        return std::nullopt;
    return read_connect_session(row);
}

}  // namespace

Result<void> save_connect_session(Session& session, const ConnectSession& saved) {
    const std::size_t inserted = session.database().change(
        "INSERT INTO connect_sessions (id, tenant_id, providers, integration_id, scopes, return_origin, created_by,"
        " may_replace, created_at, expires_at)"
        " SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM tenants WHERE id = ?2",
        saved.id, saved.tenant.str(), ids_to_column(saved.providers),
        saved.integration ? saved.integration->str() : std::string(), to_column(saved.scopes), saved.return_origin,
        saved.created_by, ids_to_column(saved.may_replace), saved.created_at, saved.expires_at);
    if (inserted == 0)
        return failure(Errc::tenant_not_found, "There is no tenant \"" + saved.tenant.str() + "\".");
    return {};
}

std::optional<ConnectSession> find_connect_session(Session& session, std::string_view id) {
    static const std::string sql = "SELECT " + connect_session_columns + " FROM connect_sessions WHERE id = ?1";
    return first_of(session.database().query(sql, id));
}

std::optional<ConnectSession> find_connect_session_of(Session& session, std::string_view state_hash) {
    static const std::string sql =
        "SELECT " + connect_session_columns + " FROM connect_sessions WHERE state_hash = ?1 AND state_hash <> ''";
    return first_of(session.database().query(sql, state_hash));
}

bool bind_connect_session(Session& session, std::string_view id, std::string_view browser_hash, Instant now) {
    return session.database().change(
               "UPDATE connect_sessions SET browser_hash = ?2"
               " WHERE id = ?1 AND browser_hash = '' AND expires_at > ?3",
               id, browser_hash, now) != 0;
}

bool begin_connect_session(Session& session, std::string_view id, std::string_view state_hash,
                           const ProviderId& provider, Instant now) {
    return session.database().change(
               "UPDATE connect_sessions SET state_hash = ?2, provider = ?3, outcome = 'pending', error = ''"
               " WHERE id = ?1 AND outcome <> 'connected' AND expires_at > ?4",
               id, state_hash, provider.str(), now) != 0;
}

bool end_connect_session(Session& session, std::string_view state_hash, ConnectOutcome outcome,
                         std::string_view error) {
    return session.database().change(
               "UPDATE connect_sessions SET state_hash = '', outcome = ?2, error = ?3"
               " WHERE state_hash = ?1 AND state_hash <> ''",
               state_hash, name_of(outcome), error) != 0;
}

void sweep_connect_sessions(Session& session, Instant now) {
    session.database().change("DELETE FROM connect_sessions WHERE expires_at <= ?1", now - connect_sessions_are_kept);
}

void remove_connect_sessions_of(Session& session, const TenantId& tenant) {
    session.database().change("DELETE FROM connect_sessions WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
