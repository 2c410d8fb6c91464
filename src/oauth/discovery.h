#pragma once
//
// Authorization server metadata, RFC 8414 and OpenID Connect Discovery: where to ask, and what the answer says. Pure.
//
#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

struct ServerMetadata {
    std::string issuer;
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string revocation_endpoint;  ///< empty: none
    std::string jwks_uri;             ///< empty: none
    std::vector<std::string> code_challenge_methods;
    std::vector<std::string> token_endpoint_auth_methods;
    bool issuer_in_callback{false};  ///< authorization_response_iss_parameter_supported, RFC 9207
};

/// `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery 4).
[[nodiscard]] std::string openid_configuration_url(std::string_view issuer);

/// Errors: provider_error when the document is not JSON, lacks an endpoint, or names another issuer than `issuer`
/// (RFC 8414 3.3: compared byte for byte).
[[nodiscard]] Result<ServerMetadata> read_server_metadata(std::string_view document, std::string_view issuer);

}  // namespace evergrant::oauth
