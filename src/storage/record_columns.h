#pragma once
//
// How tenants, API keys and pending authorizations stand in columns, in both engines alike: which columns, and how a
// row of them is read. Pure. Errors: StoreException when a column holds what was never written.
//
#include "storage/columns.h"
#include "storage/records.h"
#include "storage/sealer.h"

#include <optional>
#include <string>
#include <string_view>

namespace evergrant::storage {

inline const std::string tenant_columns = "id, name, time_zone, contacts, settings, created_at, updated_at";

template <class Row>
[[nodiscard]] Tenant read_tenant(Row& row) {
    Tenant tenant;
    tenant.id = TenantId(row.text());
    tenant.name = row.text();
    tenant.time_zone = row.text();
    tenant.contacts = array_from(row.text());
    tenant.settings = object_from(row.text());
    tenant.created_at = row.instant();
    tenant.updated_at = row.instant();
    return tenant;
}

inline const std::string api_key_columns =
    "id, name, role, secret_hash, tenants, providers, expires_at_s, last_used_at_s, revoked_at_s, created_at,"
    " call_methods, call_paths";

/// Never guessed: it says what a key may do.
[[nodiscard]] Role role_from(std::string_view column);

template <class Row>
[[nodiscard]] ApiKey read_api_key(Row& row) {
    ApiKey key;
    key.id = row.text();
    key.name = row.text();
    key.role = role_from(row.text());
    key.secret_hash = row.bytes().value_or("");
    key.tenants = ids_from<TenantId>(row.text());
    key.providers = ids_from<ProviderId>(row.text());
    key.expires_at = row.optional_seconds();
    key.last_used_at = row.optional_seconds();
    key.revoked_at = row.optional_seconds();
    key.created_at = row.instant();
    key.limits.methods = list_from(row.text());
    key.limits.paths = list_from(row.text());
    return key;
}

/// Three that are sealed stand last.
inline const std::string authorization_columns =
    "tenant_id, integration_id, provider, client_id, params, scopes, redirect_uri, issuer, issuer_required, nonce,"
    " redirect_to, started_by, ticket_hash, browser_hash, created_at, expires_at, code_verifier, authorization_url,"
    " held";

/// All but what is sealed; `row` then stands before that.
template <class Row>
[[nodiscard]] PendingAuthorization read_authorization(Row& row, std::string_view state_hash) {
    PendingAuthorization pending;
    pending.state_hash = state_hash;
    pending.key.tenant = TenantId(row.text());
    pending.key.integration = IntegrationId(row.text());
    pending.provider = ProviderId(row.text());
    pending.client_id = row.text();
    pending.params = parameters_from(row.text());
    pending.scopes = list_from(row.text());
    pending.redirect_uri = row.text();
    pending.issuer = row.text();
    pending.issuer_required = row.boolean();
    pending.nonce = row.text();
    pending.redirect_to = row.text();
    pending.started_by = row.text();
    pending.ticket_hash = row.bytes().value_or("");
    pending.browser_hash = row.bytes().value_or("");
    pending.created_at = row.instant();
    pending.expires_at = row.instant();
    return pending;
}

/// What is sealed as one field of a pending authorization opens as nothing else.
[[nodiscard]] inline SealedPlace place_of(const PendingAuthorization& pending, std::string_view field) {
    return {pending.key.tenant.str(), pending.state_hash, field, 0};
}

}  // namespace evergrant::storage
