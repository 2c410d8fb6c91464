#include "storage/sqlite/authorizations.h"

#include "storage/columns.h"

#include <string>

namespace evergrant::storage::sqlite {

namespace {

SealedPlace place_of(std::string_view tenant, std::string_view state_hash, std::string_view field) {
    return {tenant, state_hash, field, 0};
}

std::optional<Blob> hash_column(std::string_view hash) {
    return hash.empty() ? std::nullopt : std::optional(Blob{hash});
}

}  // namespace

Result<void> save_authorization(Session& session, const PendingAuthorization& pending) {
    const std::string& tenant = pending.key.tenant.str();
    const Box verifier =
        session.seal(place_of(tenant, pending.state_hash, "code_verifier"), pending.code_verifier.reveal());
    const Box url =
        session.seal(place_of(tenant, pending.state_hash, "authorization_url"), pending.authorization_url.reveal());
    const std::size_t saved = session.database().change(
        "INSERT INTO oauth_states (state_hash, tenant_id, integration_id, provider, client_id, params, scopes,"
        " redirect_uri, issuer, issuer_required, nonce, redirect_to, started_by, ticket_hash, browser_hash, created_at,"
        " expires_at, code_verifier, authorization_url)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
        " ON CONFLICT DO NOTHING",
        Blob{pending.state_hash}, tenant, pending.key.integration.str(), pending.provider.str(), pending.client_id,
        to_column(pending.params), to_column(pending.scopes), pending.redirect_uri, pending.issuer,
        pending.issuer_required, pending.nonce, pending.redirect_to, pending.started_by,
        hash_column(pending.ticket_hash), hash_column(pending.browser_hash), pending.created_at, pending.expires_at,
        verifier.column(), url.column());
    if (saved == 0)
        return failure(Errc::conflict, "An authorization with this state or ticket is already under way.");
    return {};
}

std::optional<PendingAuthorization> spend_authorization(Session& session, std::string_view state_hash, Instant now) {
    Statement row = session.database().query(
        "DELETE FROM oauth_states WHERE state_hash = ?1 RETURNING tenant_id, integration_id, provider, client_id,"
        " params, scopes, redirect_uri, issuer, issuer_required, nonce, redirect_to, started_by, ticket_hash, "
        "browser_hash, created_at,"
        " expires_at, code_verifier, authorization_url",
        Blob{state_hash});
    if (!row.step())
        return std::nullopt;
    PendingAuthorization spent;
    spent.state_hash = state_hash;
    spent.key.tenant = TenantId(row.text());
    spent.key.integration = IntegrationId(row.text());
    spent.provider = ProviderId(row.text());
    spent.client_id = row.text();
    spent.params = parameters_from(row.text());
    spent.scopes = list_from(row.text());
    spent.redirect_uri = row.text();
    spent.issuer = row.text();
    spent.issuer_required = row.integer() != 0;
    spent.nonce = row.text();
    spent.redirect_to = row.text();
    spent.started_by = row.text();
    spent.ticket_hash = row.text();
    spent.browser_hash = row.text();
    spent.created_at = row.instant();
    spent.expires_at = row.instant();
    if (spent.expires_at <= now)
        return std::nullopt;
    const std::string& tenant = spent.key.tenant.str();
    spent.code_verifier = session.open(place_of(tenant, state_hash, "code_verifier"), row.blob());
    spent.authorization_url = session.open(place_of(tenant, state_hash, "authorization_url"), row.blob());
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
    const std::string tenant = row.text();
    const std::string state_hash = row.text();
    return session.open(place_of(tenant, state_hash, "authorization_url"), row.blob());
}

std::size_t sweep_authorizations(Session& session, Instant now) {
    return session.database().change("DELETE FROM oauth_states WHERE expires_at <= ?1", now);
}

std::size_t remove_authorizations_of(Session& session, const TenantId& tenant) {
    return session.database().change("DELETE FROM oauth_states WHERE tenant_id = ?1", tenant.str());
}

}  // namespace evergrant::storage::sqlite
