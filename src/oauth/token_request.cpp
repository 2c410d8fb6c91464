#include "oauth/token_request.h"

#include "crypto/encoding.h"
#include "oauth/form.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace evergrant::oauth {

namespace {

/// What the protocol itself sends: a provider's own parameters never speak in its place, nor add a second way to
/// authenticate (RFC 6749 2.3).
bool is_reserved(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 11> reserved{
        "grant_type", "code",          "redirect_uri",     "code_verifier",         "refresh_token", "client_id",
        "scope",      "client_secret", "client_assertion", "client_assertion_type", "assertion",
    };
    return std::ranges::find(reserved, name) != reserved.end();
}

std::string basic(const ClientRegistration& client) {
    std::string pair;
    const std::string id = form_encode(client.client_id);
    const SecretString secret(form_encode(client.client_secret.reveal()));
    pair.reserve(id.size() + 1 + secret.reveal().size());
    pair.append(id).append(1, ':').append(secret.reveal());
    const SecretString kept(std::move(pair));
    return "Basic " + crypto::to_base64(crypto::bytes_of(kept.reveal()));
}

/// Exactly one way to authenticate, whatever else the registration holds.
void authenticate(BackChannelRequest& request, FormWriter& form, ClientAuthMethod method,
                  const ClientRegistration& client) {
    switch (method) {
        case ClientAuthMethod::client_secret_basic:
            request.headers.emplace_back("Authorization", basic(client));
            return;
        case ClientAuthMethod::client_secret_post:
            form.add("client_id", client.client_id);
            form.add("client_secret", client.client_secret.reveal());
            return;
        case ClientAuthMethod::private_key_jwt:
            form.add("client_id", client.client_id);
            if (!client.client_assertion.empty())
                form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            form.add("client_assertion", client.client_assertion.reveal());
            return;
        case ClientAuthMethod::tls_client_auth:
            request.with_client_certificate = true;
            form.add("client_id", client.client_id);
            return;
        case ClientAuthMethod::none: form.add("client_id", client.client_id); return;
    }
}

BackChannelRequest form_request(const std::string& url) {
    BackChannelRequest request;
    request.url = url;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.headers.emplace_back("Accept", "application/json");
    return request;
}

void add_own_parameters(FormWriter& form, const TokenEndpoint& endpoint) {
    for (const auto& [name, value] : endpoint.extra) {
        if (!is_reserved(name))
            form.add(name, value);
    }
}

BackChannelRequest token_request(const TokenEndpoint& endpoint, const ClientRegistration& client, FormWriter& form) {
    BackChannelRequest request = form_request(endpoint.url);
    add_own_parameters(form, endpoint);
    authenticate(request, form, endpoint.client_auth, client);
    request.body = form.take();
    return request;
}

BackChannelRequest rfc7009_request(const RevocationEndpoint& endpoint, const ClientRegistration& client,
                                   const SecretString& token, std::string_view token_type_hint) {
    BackChannelRequest request = form_request(endpoint.url);
    FormWriter form;
    form.add("token", token.reveal());
    form.add("token_type_hint", token_type_hint);
    authenticate(request, form, endpoint.client_auth, client);
    request.body = form.take();
    return request;
}

BackChannelRequest delete_request(const std::string& url, const SecretString& token) {
    BackChannelRequest request;
    request.method = "DELETE";
    request.url = url;
    if (!request.url.ends_with('/'))
        request.url += '/';
    request.url += url_encode(token.reveal());
    request.url_is_secret = true;
    return request;
}

}  // namespace

BackChannelRequest authorization_code_request(const TokenEndpoint& endpoint, const ClientRegistration& client,
                                              const CodeGrant& grant) {
    FormWriter form;
    form.add("grant_type", "authorization_code");
    form.add("code", grant.code.reveal());
    form.add("redirect_uri", grant.redirect_uri);
    form.add("code_verifier", grant.code_verifier.reveal());
    return token_request(endpoint, client, form);
}

BackChannelRequest refresh_request(const TokenEndpoint& endpoint, const ClientRegistration& client,
                                   const SecretString& refresh_token) {
    FormWriter form;
    form.add("grant_type", "refresh_token");
    form.add("refresh_token", refresh_token.reveal());
    return token_request(endpoint, client, form);
}

BackChannelRequest client_credentials_request(const TokenEndpoint& endpoint, const ClientRegistration& client,
                                              const std::string& scope) {
    FormWriter form;
    form.add("grant_type", "client_credentials");
    form.add("scope", scope);
    return token_request(endpoint, client, form);
}

BackChannelRequest jwt_bearer_request(const TokenEndpoint& endpoint, const SecretString& assertion,
                                      const std::string& scope) {
    BackChannelRequest request = form_request(endpoint.url);
    FormWriter form;
    form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    form.add("assertion", assertion.reveal());
    form.add("scope", scope);
    add_own_parameters(form, endpoint);
    request.body = form.take();
    return request;
}

BackChannelRequest revocation_request(const RevocationEndpoint& endpoint, const ClientRegistration& client,
                                      const SecretString& token, std::string_view token_type_hint) {
    BackChannelRequest request;
    switch (endpoint.style) {
        case RevocationStyle::rfc7009: return rfc7009_request(endpoint, client, token, token_type_hint);
        case RevocationStyle::query_token:
            request.url = with_query(endpoint.url, "token=" + url_encode(token.reveal()));
            request.url_is_secret = true;
            break;
        case RevocationStyle::bearer:
            request.url = endpoint.url;
            request.headers.emplace_back("Authorization", "Bearer " + token.reveal());
            break;
        case RevocationStyle::delete_path: request = delete_request(endpoint.url, token); break;
    }
    request.headers.emplace_back("Accept", "application/json");
    return request;
}

}  // namespace evergrant::oauth
