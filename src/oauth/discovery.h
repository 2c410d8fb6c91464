#pragma once
//
// Authorization server metadata, RFC 8414 and OpenID Connect Discovery: where to ask, and what the answer says. Pure.
//
#include "base/error.h"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

struct ServerMetadata {
    std::string issuer;
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string revocation_endpoint;       ///< empty: none
    std::string jwks_uri;                  ///< empty: none
    std::string mtls_token_endpoint;       ///< mtls_endpoint_aliases, RFC 8705 section 5; empty: none
    std::string mtls_revocation_endpoint;  ///< the same
    std::vector<std::string> code_challenge_methods;
    std::vector<std::string> token_endpoint_auth_methods;
    bool issuer_in_callback{false};         ///< authorization_response_iss_parameter_supported, RFC 9207
    std::vector<std::string> capabilities;  ///< of a SMART server
};

/// `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery 4).
[[nodiscard]] std::string openid_configuration_url(std::string_view issuer);

/// Errors: provider_error when the document is not JSON, lacks an endpoint, or names another issuer than `issuer`
/// (RFC 8414 3.3: compared byte for byte).
[[nodiscard]] Result<ServerMetadata> read_server_metadata(std::string_view document, std::string_view issuer);

/// What the two kinds of metadata have in common, as it is written. Errors: provider_error for an address that is no
/// https URL; http only if `asked_at` is one itself, which the egress guard allows on loopback in development alone.
[[nodiscard]] Result<ServerMetadata> read_endpoints(const boost::json::object& members, std::string_view asked_at);

}  // namespace evergrant::oauth
