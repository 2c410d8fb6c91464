#pragma once
//
// Builds the URL that sends a person to a provider, and reads what comes back. Pure.
//
#include "base/error.h"
#include "base/secret.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

/// RFC 6749 4.1.1 with RFC 7636 4.3 and OpenID Connect's nonce. Empty members are left out.
struct AuthorizationRequest {
    std::string endpoint;
    std::string client_id;
    std::string redirect_uri;
    std::vector<std::string> scopes;
    std::string scope_separator{" "};
    std::string state;
    std::string code_challenge;  ///< S256
    std::string nonce;
    std::map<std::string, std::string>
        extra;  ///< provider's own: access_type, prompt, aud …; never overrides the above
};

/// The endpoint's own query is kept (RFC 6749 3.1), but for parameters that the request or the protocol itself says;
/// a secret is never put in.
[[nodiscard]] std::string authorization_url(const AuthorizationRequest& request);

/// The query of a callback, each parameter at most once (RFC 6749 3.1: a repeated one is an error). An error wins over
/// a code: never are both there.
struct Callback {
    std::string state;
    SecretString code;
    std::string error;              ///< the provider's code, cut to 64 safe characters; nothing that looks like a token
    std::string error_description;  ///< raw; escape and cut to 200 before showing
    std::string issuer;             ///< RFC 9207 `iss`
    std::map<std::string, std::string> others;  ///< decoded: accounts-server, location, shop, hmac, realmId …
};

/// Reads the raw query (without `?`). Errors: invalid_request for a repeated or badly encoded parameter, none of
/// whose values is repeated in the message; at most 50 parameters and 16 KiB.
[[nodiscard]] Result<Callback> parse_callback(std::string_view query);

/// RFC 9207 2.4: compared byte for byte; missing though advertised is refused; present is compared even if not
/// advertised, unless no issuer was ever recorded. Errors: invalid_request.
[[nodiscard]] Result<void> check_issuer(std::string_view received, std::string_view recorded, bool advertised);

/// Shopify's `hmac`: HMAC-SHA256, hex, over the sorted query without `hmac`, keyed by the client secret; constant time.
/// False for a query that parse_callback refuses, and for an empty secret.
[[nodiscard]] bool hmac_matches(std::string_view query, const SecretString& client_secret);

}  // namespace evergrant::oauth
