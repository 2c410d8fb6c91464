#include "broker/provider_calls.h"

#include "oauth/cache_lifetime.h"
#include "oauth/smart_configuration.h"

#include <utility>

namespace evergrant::broker {

namespace {

using oauth::FailureClass;

constexpr std::chrono::hours longest_stale{24};
constexpr std::size_t most_circuits = 10'000;
constexpr std::size_t most_discovered_issuers = 10'000;

/// A broken transport says whether the request may have arrived; only that matters to a refresh token.
FailureClass class_of(Errc code) {
    switch (code) {
        case Errc::provider_unreachable:
        case Errc::egress_denied: return FailureClass::not_sent;
        default: return FailureClass::answer_unknown;
    }
}

oauth::ProviderFailure from_transport(Error error) {
    oauth::ProviderFailure failure;
    failure.failure = class_of(error.code);
    failure.code = traits_of(error.code).name;
    failure.reason = std::move(error.message);
    failure.detail = std::move(error.detail);
    return failure;
}

/// A request that does not prove who we are would look like a wrong client, and might spend what it carries.
std::unexpected<Error> cannot_sign(const catalog::Provider& provider) {
    return failure(Errc::missing_app_credentials,
                   "Provider \"" + provider.id.str() + "\" wants assertions that are signed, and there is no key.");
}

std::unexpected<Error> no_certificate(const catalog::Provider& provider) {
    return failure(Errc::missing_app_credentials,
                   "Provider \"" + provider.id.str() +
                       "\" is to be shown who we are by tls_client_auth: set tls_client.certificate and "
                       "tls_client.key to the files of the client certificate registered there.");
}

/// A provider and one of its hosts.
std::string circuit_of(const ProviderId& provider, std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + std::string_view("://").size();
    return provider.str() + ' ' + std::string(url.substr(host, url.find_first_of("/?#", host) - host));
}

/// What is kept of one base: of both kinds each has its own.
std::string place_of(const catalog::Provider& provider, const std::string& base) {
    return (provider.smart_discovery ? "smart " : "openid ") + base;
}

bool provider_is_away(const ProviderAnswer& answer) {
    constexpr unsigned first_server_error = 500;
    return !answer || answer->status >= first_server_error;
}

}  // namespace

void hand_on(const std::optional<TraceContext>& trace, oauth::BackChannelRequest* request) {
    if (trace)
        request->headers.emplace_back("traceparent", trace->header_of_a_child());
}

async::Task<ProviderAnswer> ProviderCalls::send(ProviderId provider, oauth::BackChannelRequest request,
                                                async::Deadline deadline) {
    const std::string circuit = circuit_of(provider, request.url);
    if (const auto rest = breaker_of(circuit).ask(std::chrono::steady_clock::now())) {
        oauth::ProviderFailure failure;
        failure.failure = FailureClass::not_sent;
        failure.code = "circuit_open";
        failure.reason = "The provider has not answered lately; the next try is made shortly.";
        failure.retry_after = std::chrono::ceil<std::chrono::seconds>(*rest);
        co_return std::unexpected(std::move(failure));
    }

    net::ClientRequest outgoing;
    outgoing.method = std::move(request.method);
    outgoing.url = std::move(request.url);
    outgoing.headers = std::move(request.headers);
    outgoing.body = std::move(request.body);
    outgoing.with_client_certificate = request.with_client_certificate;
    auto received = co_await http_.send(std::move(outgoing), deadline);

    ProviderAnswer answer;
    if (received) {
        answer->status = received->status;
        answer->content_type = received->header("content-type");
        answer->retry_after = received->header("retry-after");
        answer->dpop_nonce = received->header("dpop-nonce");
        answer->cache_control = received->header("cache-control");
        answer->body = std::move(received->body);
    } else {
        answer = std::unexpected(from_transport(std::move(received).error()));
    }
    if (provider_is_away(answer))
        breaker_of(circuit).failed(std::chrono::steady_clock::now());
    else
        breaker_of(circuit).succeeded();
    co_return answer;
}

CircuitBreaker& ProviderCalls::breaker_of(const std::string& circuit) {
    if (breakers_.size() >= most_circuits && !breakers_.contains(circuit))
        std::erase_if(breakers_, [](const auto& entry) { return !entry.second.open(); });
    return breakers_[circuit];
}

std::optional<std::chrono::milliseconds> ProviderCalls::rest_of(const ProviderId& provider,
                                                                std::string_view url) const {
    const auto breaker = breakers_.find(circuit_of(provider, url));
    return breaker == breakers_.end() ? std::nullopt : breaker->second.rest(std::chrono::steady_clock::now());
}

async::Task<Result<catalog::Endpoints>> ProviderCalls::endpoints(const catalog::Provider* provider,
                                                                 catalog::Parameters params, async::Deadline deadline) {
    const auto set = overrides_.find(provider->id);
    // What the operator names need not be asked for.
    const bool all_set = set != overrides_.end() && !set->second.authorization_url.empty() &&
                         !set->second.token_url.empty() && provider->smart_discovery;
    if (all_set)
        co_return set->second;
    const bool by_certificate = catalog::client_auth_for(*provider, params) == oauth::ClientAuthMethod::tls_client_auth;
    auto endpoints = co_await from_catalogue(provider, std::move(params), deadline);
    if (endpoints && by_certificate && !endpoints->mtls_token_url.empty())
        endpoints->token_url = endpoints->mtls_token_url;
    if (endpoints && by_certificate && !endpoints->mtls_revocation_url.empty())
        endpoints->revocation_url = endpoints->mtls_revocation_url;
    if (!endpoints || set == overrides_.end())
        co_return endpoints;
    for (const auto member : {&catalog::Endpoints::authorization_url, &catalog::Endpoints::token_url,
                              &catalog::Endpoints::revocation_url, &catalog::Endpoints::issuer})
        if (!(set->second.*member).empty())
            (*endpoints).*member = set->second.*member;
    co_return endpoints;
}

async::Task<Result<ClientProof>> ProviderCalls::proof(const catalog::Provider* provider, catalog::Parameters params,
                                                      catalog::Endpoints endpoints, oauth::GrantType type) {
    const bool by_grant = type == oauth::GrantType::jwt_bearer;
    const auto method = catalog::client_auth_for(*provider, params);
    ClientProof proof;
    if (!by_grant && method == oauth::ClientAuthMethod::tls_client_auth && !client_certificate_)
        co_return no_certificate(*provider);
    if (!by_grant && method != oauth::ClientAuthMethod::private_key_jwt)
        co_return proof;
    if (keys_ == nullptr)
        co_return cannot_sign(*provider);
    if (by_grant)
        proof.assertion = catalog::grant_assertion_for(*provider, params, endpoints);
    else
        proof.assertion = catalog::client_assertion_for(*provider, params, endpoints);
    auto signer = co_await keys_->signer(proof.assertion.algorithm, proof.assertion.key_id);
    if (!signer)
        co_return std::unexpected(std::move(signer).error());
    proof.signer = std::move(*signer);
    proof.names_client = !provider->smart_discovery;
    co_return proof;
}

async::Task<Result<catalog::Endpoints>> ProviderCalls::from_catalogue(const catalog::Provider* provider,
                                                                      catalog::Parameters params,
                                                                      async::Deadline deadline) {
    auto endpoints = catalog::resolve_endpoints(*provider, params);
    const bool is_discovered = provider->discovery || provider->smart_discovery;
    if (!endpoints || !is_discovered)
        co_return endpoints;
    std::string base = endpoints->issuer;
    if (provider->smart_discovery) {
        const auto fhir_base = catalog::resolve_api_base(*provider, params, {});
        if (!fhir_base)
            co_return std::unexpected(fhir_base.error());
        base = *fhir_base;
    }
    const std::string place = place_of(*provider, base);
    const auto known = discovered_.find(place);
    if (known != discovered_.end() && clock_.now() < known->second.fresh_until)
        co_return known->second.endpoints;
    auto fresh = co_await discover(provider, std::move(base), deadline);
    if (fresh)
        co_return fresh;
    // Endpoints seldom move; metadata that are away for a while stop no refresh.
    const auto stale = discovered_.find(place);
    if (stale == discovered_.end() || clock_.now() >= stale->second.fresh_until + longest_stale)
        co_return fresh;
    co_return stale->second.endpoints;
}

async::Task<Result<catalog::Endpoints>> ProviderCalls::discover(const catalog::Provider* provider, std::string base,
                                                                async::Deadline deadline) {
    const bool smart = provider->smart_discovery;
    oauth::BackChannelRequest request;
    request.method = "GET";
    request.url = smart ? oauth::smart_configuration_url(base) : oauth::openid_configuration_url(base);
    request.headers.emplace_back("Accept", "application/json");
    const auto answer = co_await send(provider->id, std::move(request), deadline);
    if (!answer)
        co_return failure(Errc::provider_unreachable, "The server's metadata cannot be read: " + answer.error().reason,
                          answer.error().detail);
    constexpr unsigned ok = 200;
    if (answer->status != ok)
        co_return failure(Errc::provider_error,
                          "The server's metadata cannot be read: it answered " + std::to_string(answer->status) + ".");
    auto metadata =
        smart ? oauth::read_smart_configuration(answer->body, base) : oauth::read_server_metadata(answer->body, base);
    if (!metadata)
        co_return std::unexpected(std::move(metadata).error());

    catalog::Endpoints endpoints;
    endpoints.issuer = std::move(metadata->issuer);
    endpoints.authorization_url = std::move(metadata->authorization_endpoint);
    endpoints.token_url = std::move(metadata->token_endpoint);
    endpoints.revocation_url = std::move(metadata->revocation_endpoint);
    endpoints.mtls_token_url = std::move(metadata->mtls_token_endpoint);
    endpoints.mtls_revocation_url = std::move(metadata->mtls_revocation_endpoint);
    endpoints.jwks_url = std::move(metadata->jwks_uri);
    endpoints.issuer_in_callback = metadata->issuer_in_callback;
    endpoints.capabilities = std::move(metadata->capabilities);
    if (discovered_.size() >= most_discovered_issuers)
        discovered_.clear();
    Discovered entry;
    entry.endpoints = endpoints;
    entry.fresh_until = clock_.now() + oauth::kept_for(answer->cache_control);
    discovered_[place_of(*provider, base)] = std::move(entry);
    co_return endpoints;
}

}  // namespace evergrant::broker
