#include "storage/records.h"

#include <array>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr std::array<std::pair<Role, std::string_view>, 3> names{{
    {Role::admin, "admin"},
    {Role::app, "app"},
    {Role::auditor, "auditor"},
}};

}  // namespace

AppCredentials AppCredentials::clone() const {
    AppCredentials copy;
    copy.tenant = tenant;
    copy.provider = provider;
    copy.client_id = client_id;
    for (const SecretString& secret : client_secrets)
        copy.client_secrets.push_back(secret.clone());
    copy.params = params;
    copy.updated_at = updated_at;
    return copy;
}

std::string_view name_of(Role role) noexcept {
    for (const auto& [value, name] : names)
        if (value == role)
            return name;
    return {};
}

std::optional<Role> parse_role(std::string_view text) noexcept {
    for (const auto& [value, name] : names)
        if (name == text)
            return value;
    return std::nullopt;
}

PendingAuthorization PendingAuthorization::clone() const {
    PendingAuthorization copy;
    copy.state_hash = state_hash;
    copy.key = key;
    copy.provider = provider;
    copy.client_id = client_id;
    copy.params = params;
    copy.scopes = scopes;
    copy.redirect_uri = redirect_uri;
    copy.issuer = issuer;
    copy.issuer_required = issuer_required;
    copy.code_verifier = code_verifier.clone();
    copy.nonce = nonce;
    copy.redirect_to = redirect_to;
    copy.started_by = started_by;
    copy.ticket_hash = ticket_hash;
    copy.browser_hash = browser_hash;
    copy.authorization_url = authorization_url.clone();
    copy.held = held.clone();
    copy.created_at = created_at;
    copy.expires_at = expires_at;
    return copy;
}

}  // namespace evergrant::storage
