#pragma once
//
// What a FHIR server publishes of its authorization server: SMART App Launch 2.2, conformance. Pure.
//
#include "base/error.h"
#include "oauth/discovery.h"

#include <string>
#include <string_view>

namespace evergrant::oauth {

/// `<FHIR base>/.well-known/smart-configuration`.
[[nodiscard]] std::string smart_configuration_url(std::string_view fhir_base);

/// The issuer is what the document names, and may be empty: it is the authorization server's, not the FHIR base.
/// Errors: provider_error when the document is not JSON, lacks its token endpoint, holds an endpoint that is no https
/// URL (http only from a base that is asked over http itself), or offers PKCE without S256.
[[nodiscard]] Result<ServerMetadata> read_smart_configuration(std::string_view document, std::string_view fhir_base);

}  // namespace evergrant::oauth
