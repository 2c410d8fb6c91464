#include "storage/postgres/connect_sessions.h"

#include "storage/connect_session_columns.h"
#include "storage/postgres/row_reader.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

Task<Result<std::optional<ConnectSession>>> first_of(Session* session, Statement finding) {
    const auto rows = co_await session->read(std::move(finding));
    if (!rows)
        co_return std::unexpected(rows.error());
    if (rows->empty())
        co_return std::optional<ConnectSession>();
    RowReader row(*rows);
    co_return std::optional<ConnectSession>(read_connect_session(row));
}

Task<Result<bool>> changed(Session* session, Statement changing) {
    const auto rows = co_await session->write(std::move(changing));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() != 0;
}

}  // namespace

/// The tenant's row is held, so that a removal comes before or after, and then takes the session along.
Task<Result<void>> save_connect_session(Session* session, ConnectSession saved) {
    Statement saving(
        "INSERT INTO connect_sessions (id, tenant_id, providers, integration_id, scopes, return_origin, created_by,"
        " may_replace, created_at, expires_at)"
        " SELECT $1, held.id, $3, $4, $5, $6, $7, $8, $9::bigint, $10::bigint"
        " FROM (SELECT id FROM tenants WHERE id = $2 FOR KEY SHARE) held",
        saved.id, saved.tenant.str(), ids_to_column(saved.providers),
        saved.integration ? saved.integration->str() : std::string(), to_column(saved.scopes), saved.return_origin,
        saved.created_by, ids_to_column(saved.may_replace), saved.created_at, saved.expires_at);
    const auto inserted = co_await changed(session, std::move(saving));
    if (!inserted)
        co_return std::unexpected(inserted.error());
    if (!*inserted)
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + saved.tenant.str() + "\".");
    co_return Result<void>();
}

Task<Result<std::optional<ConnectSession>>> find_connect_session(Session* session, std::string id) {
    static const std::string sql = "SELECT " + connect_session_columns + " FROM connect_sessions WHERE id = $1";
    Statement finding(sql, id);
    co_return co_await first_of(session, std::move(finding));
}

Task<Result<std::optional<ConnectSession>>> find_connect_session_of(Session* session, std::string state_hash) {
    static const std::string sql =
        "SELECT " + connect_session_columns + " FROM connect_sessions WHERE state_hash = $1 AND state_hash <> ''";
    Statement finding(sql, state_hash);
    co_return co_await first_of(session, std::move(finding));
}

Task<Result<bool>> bind_connect_session(Session* session, std::string id, std::string browser_hash, Instant now) {
    Statement binding(
        "UPDATE connect_sessions SET browser_hash = $2"
        " WHERE id = $1 AND browser_hash = '' AND expires_at > $3::bigint",
        id, browser_hash, now);
    co_return co_await changed(session, std::move(binding));
}

Task<Result<bool>> begin_connect_session(Session* session, std::string id, std::string state_hash, ProviderId provider,
                                         Instant now) {
    Statement beginning(
        "UPDATE connect_sessions SET state_hash = $2, provider = $3, outcome = 'pending', error = ''"
        " WHERE id = $1 AND outcome <> 'connected' AND expires_at > $4::bigint",
        id, state_hash, provider.str(), now);
    co_return co_await changed(session, std::move(beginning));
}

Task<Result<bool>> end_connect_session(Session* session, std::string state_hash, ConnectOutcome outcome,
                                       std::string error) {
    Statement ending(
        "UPDATE connect_sessions SET state_hash = '', outcome = $2, error = $3"
        " WHERE state_hash = $1 AND state_hash <> ''",
        state_hash, name_of(outcome), error);
    co_return co_await changed(session, std::move(ending));
}

}  // namespace evergrant::storage::postgres
