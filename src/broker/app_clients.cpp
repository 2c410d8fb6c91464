#include "broker/app_clients.h"

#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::size_t most_known = 10'000;

AppClient from_stored(storage::AppCredentials stored, std::string redirect_uri) {
    AppClient client;
    client.registration.client_id = std::move(stored.client_id);
    client.other_secrets = std::move(stored.client_secrets);
    if (!client.other_secrets.empty()) {
        client.registration.client_secret = std::move(client.other_secrets.front());
        client.other_secrets.erase(client.other_secrets.begin());
    }
    client.redirect_uri = std::move(redirect_uri);
    client.params = std::move(stored.params);
    return client;
}

/// RFC 6749 5.2, and Zoho's word.
bool says_that_the_secret_is_wrong(std::string_view code) {
    return code == "invalid_client" || code == "invalid_client_secret";
}

}  // namespace

bool AppClient::takes_another_secret_after(const oauth::ProviderFailure& failure) {
    if (other_secrets.empty() || failure.failure != oauth::FailureClass::app_misconfigured ||
        !says_that_the_secret_is_wrong(failure.code))
        return false;
    registration.client_secret = std::move(other_secrets.front());
    other_secrets.erase(other_secrets.begin());
    return true;
}

AppClient AppClient::clone() const {
    AppClient copy;
    copy.registration = registration.clone();
    copy.redirect_uri = redirect_uri;
    copy.params = params;
    copy.of_tenant = of_tenant;
    for (const SecretString& secret : other_secrets)
        copy.other_secrets.push_back(secret.clone());
    return copy;
}

async::Task<Result<AppClient>> AppClients::find(TenantId tenant, ProviderId provider) const {
    const std::string name = tenant.str() + '\n' + provider.str();
    if (auto client = known(name))
        co_return std::move(*client);
    Known asked = asking();
    auto own = co_await store_.find_app_credentials(std::move(tenant), provider);
    if (!own)
        co_return std::unexpected(std::move(own).error());
    auto client = co_await choose(std::move(*own), std::move(provider));
    if (client) {
        asked.client = client->clone();
        keep(name, std::move(asked));
    }
    co_return client;
}

AppClients::Known AppClients::asking() const {
    Known asked;
    asked.revision = revision_.current();
    asked.asked_at = clock_.steady();
    return asked;
}

std::optional<AppClient> AppClients::known(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    if (found == known_.end() || found->second.revision != revision_.current() ||
        clock_.steady() - found->second.asked_at >= good_for)
        return std::nullopt;
    return found->second.client.clone();
}

void AppClients::keep(const std::string& name, Known known) const {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= most_known)
        known_.clear();
    known_[name] = std::move(known);
}

async::Task<Result<AppClient>> AppClients::choose(std::optional<storage::AppCredentials> own,
                                                  ProviderId provider) const {
    const auto environment = environment_.find(provider);
    const std::string redirect_uri = environment == environment_.end() ? "" : environment->second.redirect_uri;
    if (own) {
        AppClient client = from_stored(std::move(*own), redirect_uri);
        client.of_tenant = true;
        co_return client;
    }
    co_return co_await the_deployments(provider, redirect_uri);
}

/// What all tenants have that have none of their own: asked for once for all of them.
async::Task<Result<AppClient>> AppClients::the_deployments(ProviderId provider, std::string redirect_uri) const {
    const std::string name = '\n' + provider.str();
    if (auto client = known(name))
        co_return std::move(*client);
    Known asked = asking();
    auto shared = co_await store_.find_app_credentials(std::nullopt, provider);
    if (!shared)
        co_return std::unexpected(std::move(shared).error());
    if (*shared) {
        asked.client = from_stored(std::move(**shared), redirect_uri);
        AppClient client = asked.client.clone();
        keep(name, std::move(asked));
        co_return client;
    }

    const auto environment = environment_.find(provider);
    if (environment != environment_.end() && !environment->second.registration.client_id.empty()) {
        AppClient client;
        client.registration = environment->second.registration.clone();
        client.redirect_uri = redirect_uri;
        client.params = environment->second.params;
        co_return client;
    }
    co_return failure(Errc::missing_app_credentials,
                      "No app credentials for provider \"" + provider.str() +
                          "\": register an OAuth client there and store it with PUT /api/credentials/" +
                          provider.str() + ", or set it in the environment.");
}

}  // namespace evergrant::broker
