#include "connectors/api_grants.h"

#include <algorithm>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr std::size_t most_places = 50'000;

std::unexpected<Error> no_connection(const IntegrationId& integration) {
    return failure(Errc::no_connection, "There is no connection \"" + integration.str() + "\" for this tenant.");
}

SecretString header_value(const catalog::Provider& provider, const SecretString& token) {
    std::string value = provider.authorization_scheme;
    value.reserve(value.size() + 1 + token.reveal().size());  // at once, so that growing leaves no copy behind
    if (!value.empty())
        value += ' ';
    value += token.reveal();
    return SecretString(std::move(value));
}

std::string without_last_slash(std::string base) {
    if (base.ends_with('/'))
        base.pop_back();
    return base;
}

Result<ApiGrant> of_key(const FallbackKey& key, const catalog::Provider& provider) {
    std::string base = key.api_base;
    if (base.empty()) {
        auto resolved = catalog::resolve_api_base(provider, {}, {});
        if (!resolved)
            return std::unexpected(std::move(resolved).error());
        base = std::move(*resolved);
    }
    ApiGrant grant;
    grant.provider = &provider;
    grant.base = without_last_slash(std::move(base));
    grant.header_name = provider.authorization_header;
    grant.header_value = header_value(provider, key.key);
    grant.credential = key.name;
    return grant;
}

}  // namespace

async::Task<Result<ApiGrant>> ApiGrants::grant(ConnectionKey key, ApiCaller caller) {
    const broker::Principal& principal = *caller.audit.principal;
    if (!principal.may_see(key.tenant.str()))
        co_return no_connection(key.integration);
    broker::TokenQuery query;
    query.key = key;
    query.providers = principal.providers;
    query.trace = caller.trace;
    auto token = co_await parts_.broker.tokens.token(std::move(query));
    if (token) {
        if (!principal.may_use((*token)->provider))
            co_return no_connection(key.integration);
        co_return co_await of_token(std::move(key), std::move(caller), std::move(*token));
    }
    if (token.error().code == Errc::forbidden)
        co_return no_connection(key.integration);
    if (token.error().code != Errc::no_connection)
        co_return std::unexpected(std::move(token).error());
    // Where a tenant has no connection of the name of a provider, a key of the deployment's may stand in.
    const auto stands_in = std::ranges::find(parts_.fallback_keys, key.integration.str(),
                                             [](const FallbackKey& known) { return known.provider.str(); });
    const catalog::Provider* provider =
        stands_in == parts_.fallback_keys.end() ? nullptr : parts_.catalog.find(stands_in->provider);
    if (provider == nullptr || !principal.may_use(provider->id))
        co_return std::unexpected(std::move(token).error());
    co_return of_key(*stands_in, *provider);
}

async::Task<Result<ApiGrant>> ApiGrants::of_token(ConnectionKey key, ApiCaller caller, cache::SharedToken token) {
    const auto known = places_.find(key);
    if (known != places_.end() && known->second.generation == token->generation)
        co_return of_place(known->second, token->access_token);
    // From here on all is of one row: the token of one grant never goes to the place of another.
    const auto found = co_await parts_.store.find_connection(key);
    if (!found)
        co_return std::unexpected(found.error());
    if (!*found)
        co_return no_connection(key.integration);
    const storage::Connection& row = **found;
    Place place;
    place.generation = row.summary.generation;
    place.provider = parts_.catalog.find(row.summary.provider);
    if (place.provider == nullptr || !caller.audit.principal->may_use(row.summary.provider))
        co_return no_connection(key.integration);
    auto base = catalog::resolve_api_base(*place.provider, row.params, row.tokens.metadata);
    if (!base)
        co_return std::unexpected(std::move(base).error());
    if (base->empty())
        co_return failure(Errc::invalid_request,
                          "The catalogue's entry does not say where the provider's API is (api_base_url).");
    place.base = without_last_slash(std::move(*base));
    if (places_.size() >= most_places)
        places_.clear();
    places_.insert_or_assign(std::move(key), place);
    co_return of_place(place, row.tokens.access_token);
}

ApiGrant ApiGrants::of_place(const Place& place, const SecretString& token) {
    ApiGrant grant;
    grant.provider = place.provider;
    grant.base = place.base;
    grant.header_name = place.provider->authorization_header;
    grant.header_value = header_value(*place.provider, token);
    grant.generation = place.generation;
    grant.credential = "connection";
    return grant;
}

async::Task<Result<ApiGrant>> ApiGrants::another(ConnectionKey key, ApiCaller caller, storage::Generation refused) {
    if (refused == 0)
        co_return failure(Errc::provider_error,
                          "The provider's API has refused the key that stands in for a connection.");
    const auto treated = co_await parts_.health.reported(key, refused);
    auto fresh = co_await grant(std::move(key), std::move(caller));
    if (!fresh || fresh->generation != refused)
        co_return fresh;
    if (!treated)
        co_return std::unexpected(treated.error());
    Error error{.code = Errc::provider_error,
                .message =
                    "The provider's API has refused this token, and it could not be renewed yet; that is tried "
                    "again.",
                .retry_after = std::chrono::seconds(10)};
    co_return std::unexpected(std::move(error));
}

}  // namespace evergrant::connectors
