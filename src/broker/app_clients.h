#pragma once
//
// App clients: which OAuth client we are at a provider for a tenant. The tenant's own credentials come before the
// deployment's, and those kept in the store before those of the environment.
//
#include "async/task.h"
#include "base/clock.h"
#include "base/ids.h"
#include "broker/known_keys.h"
#include "catalog/template.h"
#include "oauth/client_authentication.h"
#include "oauth/failure.h"
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
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
    bool of_tenant{false};                      ///< registered for the tenant, not for the deployment
    std::vector<SecretString> other_secrets{};  ///< to be tried in this order when the provider refuses the first

    /// Whether `failure` says that our secret is wrong, and there is another, which the registration then holds.
    /// A provider that answers invalid_client has spent nothing (RFC 6749 5.2): the same code or token may be sent
    /// again.
    [[nodiscard]] bool takes_another_secret_after(const oauth::ProviderFailure& failure);

    [[nodiscard]] AppClient clone() const;
};

/// What the store has said is good for at most twice `good_for`, and until this replica hears that credentials have
/// changed: a refresh does not ask for them each time. Thread: any shard.
class AppClients {
public:
    static constexpr std::chrono::seconds good_for{10};

    AppClients(storage::Store& store, const EnvironmentClients& environment, const KeyRevision& revision,
               const Clock& clock)
        : store_(store), environment_(environment), revision_(revision), clock_(clock) {}

    /// Errors: missing_app_credentials, saying what to set; store_unavailable.
    [[nodiscard]] async::Task<Result<AppClient>> find(TenantId tenant, ProviderId provider) const;
    /// The same for who knows already what the tenant has of its own. Errors: as above.
    [[nodiscard]] async::Task<Result<AppClient>> choose(std::optional<storage::AppCredentials> own,
                                                        ProviderId provider) const;

private:
    struct Known {
        AppClient client;
        std::uint64_t revision{0};
        std::chrono::milliseconds asked_at{0};
    };
    async::Task<Result<AppClient>> the_deployments(ProviderId provider, std::string redirect_uri) const;
    [[nodiscard]] Known asking() const;
    [[nodiscard]] std::optional<AppClient> known(const std::string& name) const;
    void keep(const std::string& name, Known known) const;

    storage::Store& store_;
    const EnvironmentClients& environment_;
    const KeyRevision& revision_;
    const Clock& clock_;
    mutable std::mutex mutex_;  // of what follows
    mutable std::unordered_map<std::string, Known> known_;
};

}  // namespace evergrant::broker
