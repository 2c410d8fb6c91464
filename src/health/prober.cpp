#include "health/prober.h"

#include "oauth/token_response.h"

#include <algorithm>
#include <utility>

namespace evergrant::health {

namespace {

using std::chrono::seconds;

/// A token with less life than this is renewed before it is shown to anybody.
constexpr seconds least_life{30};
constexpr std::chrono::hours longest_wait{24};
constexpr unsigned unauthorized = 401;

oauth::BackChannelRequest request_for(const catalog::Provider& provider, std::string url,
                                      const SecretString& access_token) {
    oauth::BackChannelRequest request;
    request.method = "GET";
    request.url = std::move(url);
    std::string value = provider.authorization_scheme;
    if (!value.empty())
        value += ' ';
    value += access_token.reveal();
    request.headers.emplace_back(provider.authorization_header, std::move(value));
    request.headers.emplace_back("Accept", "application/json");
    return request;
}

Probed unclear(std::string error) {
    return {.answer = Probed::Answer::unclear, .error = std::move(error)};
}

}  // namespace

Probed meaning_of(unsigned http_status) {
    constexpr unsigned forbidden = 403;
    constexpr unsigned too_many = 429;
    if (http_status >= 200 && http_status < 300)
        return {.answer = Probed::Answer::works};
    if (http_status == unauthorized)
        return {.answer = Probed::Answer::refused};
    std::string error = "The provider's API answered the health probe with status " + std::to_string(http_status);
    if (http_status == forbidden)
        error += ": the scopes granted, or the account, may not allow it";
    if (http_status == too_many)
        error += ": it asks to be called less often";
    return unclear(error + ".");
}

async::Task<Result<Probed>> Prober::probe(ConnectionKey key) {
    const auto found = co_await with_living_token(key);
    if (!found)
        co_return std::unexpected(found.error());
    Probed probed;
    if (!*found)
        co_return probed;
    const storage::Connection& connection = **found;
    const catalog::Provider* provider = parts_.catalog.find(connection.summary.provider);
    if (provider == nullptr || provider->health_probe.empty())
        co_return probed;
    const auto base = catalog::resolve_api_base(*provider, connection.params, connection.tokens.metadata);
    if (!base || base->empty()) {
        probed =
            unclear(base ? "It is not known where the provider's API is for this connection." : base.error().message);
        probed.generation = connection.summary.generation;
        co_return probed;
    }
    const auto wait = co_await over_budget(provider, key);
    if (wait) {
        probed.wait = wait;
        co_return probed;
    }
    auto request = request_for(*provider, *base + provider->health_probe, connection.tokens.access_token);
    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    const ProviderId circuit(provider->id.str() + " API");
    const auto answer = co_await parts_.broker.calls.send(circuit, std::move(request), deadline);
    if (answer) {
        probed = meaning_of(answer->status);
        probed.wait = oauth::parse_retry_after(answer->retry_after, parts_.clock.now_seconds());
        if (probed.wait)
            probed.wait = std::min<seconds>(*probed.wait, longest_wait);
    } else if (answer.error().code == "circuit_open") {
        probed.wait = answer.error().retry_after;
    } else {
        probed = unclear("The provider's API did not answer the health probe: " + answer.error().reason);
    }
    probed.generation = connection.summary.generation;
    co_return probed;
}

/// Nothing: it is gone or dead, or its token cannot be renewed now.
async::Task<Result<std::optional<storage::Connection>>> Prober::with_living_token(ConnectionKey key) {
    auto found = co_await parts_.store.find_connection(key);
    if (!found || !*found)
        co_return found;
    const storage::ConnectionSummary& summary = (*found)->summary;
    const bool dead = summary.status == storage::ConnectionStatus::invalid;
    const sys_seconds soon = parts_.clock.now_seconds() + least_life;
    const bool ends = summary.expires_at && *summary.expires_at <= soon;
    std::optional<storage::Connection> none;
    if (dead || (ends && !summary.renewable))
        co_return none;
    if (!ends)
        co_return found;
    broker::TokenQuery query;
    query.key = key;
    query.min_ttl = least_life;
    const auto renewed = co_await parts_.broker.tokens.token(std::move(query));
    if (!renewed || (*renewed)->generation <= summary.generation)
        co_return none;
    co_return co_await parts_.store.find_connection(std::move(key));
}

/// How long to wait; nothing: the request has been taken from the budgets.
async::Task<std::optional<seconds>> Prober::over_budget(const catalog::Provider* provider, ConnectionKey key) {
    std::string client_id;
    if (provider->budgets.app) {
        const auto client = co_await parts_.clients.find(key.tenant, provider->id);
        if (client)
            client_id = client->registration.client_id;
    }
    const auto taken = co_await parts_.broker.budgets.take(provider, std::move(key), std::move(client_id));
    if (taken)
        co_return std::nullopt;
    co_return taken.error().retry_after.value_or(least_life);
}

}  // namespace evergrant::health
