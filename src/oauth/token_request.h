#pragma once
//
// Builds the requests that a client sends to a provider's back-channel endpoints. Pure: values in, a request out.
//
#include "base/secret.h"
#include "oauth/client_authentication.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::oauth {

/// A back-channel request, ready to be sent. `url` never holds a secret unless `url_is_secret`: then it is never
/// logged.
struct BackChannelRequest {
    std::string method{"POST"};
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;  ///< values may be secret (Authorization)
    SecretString body;
    bool url_is_secret{false};
    bool with_client_certificate{false};  ///< the client proves itself by TLS (RFC 8705)
};

/// Where and as whom. `extra` holds the provider's own form parameters (expiring=1, resource …), sent with every grant.
struct TokenEndpoint {
    std::string url;
    ClientAuthMethod client_auth{ClientAuthMethod::client_secret_basic};
    std::map<std::string, std::string> extra;
};

/// RFC 6749 4.1.3 with RFC 7636 4.5. An empty `code_verifier` is left out (providers without PKCE).
struct CodeGrant {
    SecretString code;
    std::string redirect_uri;
    SecretString code_verifier;
};
[[nodiscard]] BackChannelRequest authorization_code_request(const TokenEndpoint& endpoint,
                                                            const ClientRegistration& client, const CodeGrant& grant);

/// RFC 6749 section 6. No scope is sent: the grant keeps what it has.
[[nodiscard]] BackChannelRequest refresh_request(const TokenEndpoint& endpoint, const ClientRegistration& client,
                                                 const SecretString& refresh_token);

/// RFC 6749 4.4.2. `scope` is already joined; empty is left out.
[[nodiscard]] BackChannelRequest client_credentials_request(const TokenEndpoint& endpoint,
                                                            const ClientRegistration& client, const std::string& scope);

/// RFC 7523 2.1. The assertion says who asks: no client authentication is sent beside it. `scope` is already joined;
/// empty is left out.
[[nodiscard]] BackChannelRequest jwt_bearer_request(const TokenEndpoint& endpoint, const SecretString& assertion,
                                                    const std::string& scope);

/// How a provider wants a token revoked.
enum class RevocationStyle : std::uint8_t {
    rfc7009,      ///< POST form `token`, `token_type_hint`, with client authentication
    query_token,  ///< POST with `?token=` (Zoho)
    bearer,       ///< POST authorized by the access token itself (Clio)
    delete_path,  ///< DELETE <url>/<refresh token> (HubSpot)
};

struct RevocationEndpoint {
    std::string url;
    RevocationStyle style{RevocationStyle::rfc7009};
    ClientAuthMethod client_auth{ClientAuthMethod::client_secret_basic};
};

/// RFC 7009 2.1. `token_type_hint` is "refresh_token" or "access_token".
[[nodiscard]] BackChannelRequest revocation_request(const RevocationEndpoint& endpoint,
                                                    const ClientRegistration& client, const SecretString& token,
                                                    std::string_view token_type_hint);

}  // namespace evergrant::oauth
