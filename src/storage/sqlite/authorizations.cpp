#include "storage/sqlite/authorizations.h"

#include "storage/columns.h"
#include "storage/record_columns.h"
#include "storage/sqlite/connect_sessions.h"
#include "storage/sqlite/turns.h"

#include <string>

namespace evergrant::storage::sqlite {

namespace {

std::optional<Blob> hash_column(std::string_view hash) {
    return hash.empty() ? std::nullopt : std::optional(Blob{hash});
}

void open_secrets(Session& session, Statement& row, PendingAuthorization& pending) {
    pending.code_verifier = session.open(place_of(pending, "code_verifier"), row.blob());
    pending.authorization_url = session.open(place_of(pending, "authorization_url"), row.blob());
    pending.held = session.open(place_of(pending, "held"), row.blob());
}

}  // namespace

Result<void> save_authorization(Session& session, const PendingAuthorization& pending) {
    const std::string& tenant = pending.key.tenant.str();
    const Box verifier = session.seal(place_of(pending, "code_verifier"), pending.code_verifier.reveal());
    const Box url = session.seal(place_of(pending, "authorization_url"), pending.authorization_url.reveal());
    const Box held = session.seal(place_of(pending, "held"), pending.held.reveal());
    const std::size_t saved = session.database().change(
        "INSERT INTO oauth_states (state_hash, tenant_id, integration_id, provider, client_id, params, scopes,"
        " redirect_uri, issuer, issuer_required, nonce, redirect_to, started_by, ticket_hash, browser_hash, created_at,"
        " expires_at, code_verifier, authorization_url, held)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
        " ON CONFLICT DO NOTHING",
        Blob{pending.state_hash}, tenant, pending.key.integration.str(), pending.provider.str(), pending.client_id,
        to_column(pending.params), to_column(pending.scopes), pending.redirect_uri, pending.issuer,
        pending.issuer_required, pending.nonce, pending.redirect_to, pending.started_by,
        hash_column(pending.ticket_hash), hash_column(pending.browser_hash), pending.created_at, pending.expires_at,
        verifier.column(), url.column(), held.column());
    if (saved == 0)
        return failure(Errc::conflict, "An authorization with this state or ticket is already under way.");
    return {};
}

std::optional<PendingAuthorization> find_authorization(Session& session, std::string_view state_hash) {
    static const std::string sql = "SELECT " + authorization_columns + " FROM oauth_states WHERE state_hash = ?1";
    Statement row = session.database().query(sql, Blob{state_hash});
    if (!row.step())
        return std::nullopt;
    PendingAuthorization found = read_authorization(row, state_hash);
    open_secrets(session, row, found);
    return found;
}

std::optional<PendingAuthorization> spend_authorization(Session& session, std::string_view state_hash, Instant now) {
    static const std::string sql = "DELETE FROM oauth_states WHERE state_hash = ?1 RETURNING " + authorization_columns;
    Statement row = session.database().query(sql, Blob{state_hash});
    if (!row.step())
        return std::nullopt;
    PendingAuthorization spent = read_authorization(row, state_hash);
    if (spent.expires_at <= now)
        return std::nullopt;
    open_secrets(session, row, spent);
    return spent;
}

std::optional<SecretString> open_ticket(Session& session, std::string_view ticket_hash, std::string_view browser_hash,
                                        Instant now) {
    Statement row = session.database().query(
        "UPDATE oauth_states SET browser_hash = ?2 WHERE ticket_hash = ?1 AND browser_hash IS NULL AND expires_at > ?3"
        " RETURNING tenant_id, state_hash, authorization_url",
        Blob{ticket_hash}, Blob{browser_hash}, now);
    if (!row.step())
        return std::nullopt;
    PendingAuthorization pending;
    pending.key.tenant = TenantId(row.text());
    pending.state_hash = row.text();
    return session.open(place_of(pending, "authorization_url"), row.blob());
}

std::size_t sweep_authorizations(Session& session, Instant now) {
    sweep_connect_sessions(session, now);
    sweep_turns(session);
    return session.database().change("DELETE FROM oauth_states WHERE expires_at <= ?1", now);
}

std::size_t remove_authorizations_of(Session& session, const TenantId& tenant) {
    return session.database().change("DELETE FROM oauth_states WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
