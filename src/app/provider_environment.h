#pragma once
//
// What the environment says of providers: the deployment's app credentials, endpoints in place of the catalogue's, and
// refresh tokens to begin with, and keys that stand in for connections. A provider's variables begin with its id in
// capitals (OAUTH2_CLIENT_ID, and ZOHO_CRM_CLIENT_ID before ZOHO_CLIENT_ID, which serves both of Zoho's).
//
#include "app/environment.h"
#include "app/origin.h"
#include "base/ids.h"
#include "base/secret.h"
#include "broker/app_clients.h"
#include "catalog/provider.h"
#include "connectors/fallback_keys.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::app {

/// OAUTH2_AUTH_URL and OAUTH2_TOKEN_URL. Empty: the catalogue's. Where the provider has a parameter of that name (Epic,
/// Cerner) the variable is the parameter's default instead, so that a connection can still name its own.
struct EndpointOverride {
    std::string authorization_url;
    std::string token_url;
};

/// ZOHO_REFRESH_TOKEN: a grant that one named tenant begins with, once.
struct RefreshTokenSeed {
    ProviderId provider;
    TenantId tenant;
    SecretString refresh_token;
};

struct ProviderEnvironment {
    broker::EnvironmentClients clients;
    std::map<ProviderId, EndpointOverride> endpoints;
    std::vector<RefreshTokenSeed> seeds;
    connectors::FallbackKeys fallback_keys;              ///< the strongest of a provider first
    std::map<ProviderId, std::string> client_variables;  ///< which variable named the client id, for `config show`
    std::vector<ConfigurationProblem> problems;
};

/// `dev` allows http endpoints on this machine.
[[nodiscard]] ProviderEnvironment read_provider_environment(const Environment& environment,
                                                            std::span<const catalog::Provider* const> providers,
                                                            bool dev);

/// What a provider's variables may begin with, strongest first.
[[nodiscard]] std::vector<std::string> variable_prefixes(const ProviderId& provider);

/// `_FHIR_BASE_URL` for the parameter fhirBaseUrl.
[[nodiscard]] std::string variable_suffix(std::string_view parameter);

}  // namespace evergrant::app
