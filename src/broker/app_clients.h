#pragma once
//
// App clients: which OAuth client we are at a provider for a tenant. The tenant's own credentials come before the
// deployment's, and those kept in the store before those of the environment.
//
#include "async/task.h"
#include "base/ids.h"
#include "catalog/template.h"
#include "oauth/client_authentication.h"
#include "oauth/failure.h"
#include "storage/store.h"

#include <map>
#include <string>
#include <vector>

namespace evergrant::broker {

/// App credentials as the environment gives them (ZOHO_CLIENT_ID and its like).
struct EnvironmentClient {
    oauth::ClientRegistration registration;
    std::string redirect_uri;    ///< empty: the server's own
    catalog::Parameters params;  ///< defaults for every connection
};

using EnvironmentClients = std::map<ProviderId, EnvironmentClient>;

struct AppClient {
    oauth::ClientRegistration registration;
    std::string redirect_uri;  ///< empty: the server's own
    catalog::Parameters params;
    std::vector<SecretString> other_secrets{};  ///< to be tried in this order when the provider refuses the first

    /// Whether `failure` says that our secret is wrong, and there is another, which the registration then holds.
    /// A provider that answers invalid_client has spent nothing (RFC 6749 5.2): the same code or token may be sent
    /// again.
    [[nodiscard]] bool takes_another_secret_after(const oauth::ProviderFailure& failure);
};

/// Thread: any shard; immutable.
class AppClients {
public:
    AppClients(storage::Store& store, const EnvironmentClients& environment)
        : store_(store), environment_(environment) {}

    /// Errors: missing_app_credentials, saying what to set; store_unavailable.
    [[nodiscard]] async::Task<Result<AppClient>> find(TenantId tenant, ProviderId provider) const;

private:
    storage::Store& store_;
    const EnvironmentClients& environment_;
};

}  // namespace evergrant::broker
