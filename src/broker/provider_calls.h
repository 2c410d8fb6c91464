#pragma once
//
// Provider calls: sends what oauth/ builds and hands what comes back to what oauth/ reads. Knows neither grants nor the
// store. One for each shard.
//
#include "async/deadline.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/trace_context.h"
#include "broker/circuit_breaker.h"
#include "broker/client_proof.h"
#include "broker/signing_keys.h"
#include "catalog/provider.h"
#include "net/http_client.h"
#include "oauth/discovery.h"
#include "oauth/token_request.h"
#include "oauth/token_response.h"

#include <chrono>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace evergrant::broker {

using ProviderAnswer = std::expected<oauth::BackChannelAnswer, oauth::ProviderFailure>;

/// Endpoints that the operator sets in place of the catalogue's (EPIC_TOKEN_URL and its like); empty members do not.
using EndpointOverrides = std::map<ProviderId, catalog::Endpoints>;

/// Puts the trace of whoever caused a request into it, under a span of its own.
void hand_on(const std::optional<TraceContext>& trace, oauth::BackChannelRequest* request);

class ProviderCalls {
public:
    /// `keys`: null: nothing can be signed. `client_certificate`: whether the HTTP client has one to show.
    ProviderCalls(net::HttpClient& http, const Clock& clock, const EndpointOverrides& overrides,
                  SigningKeys* keys = nullptr, bool client_certificate = false)
        : http_(http), clock_(clock), overrides_(overrides), keys_(keys), client_certificate_(client_certificate) {}

    /// Sends a back-channel request once, unless the circuit of the provider's host is open: of a provider with a host
    /// for each customer, one that is away stops no other. A failure here is one of transport:
    /// not_sent, answer_unknown or provider_unavailable; what an answer means is for its reader.
    [[nodiscard]] async::Task<ProviderAnswer> send(ProviderId provider, oauth::BackChannelRequest request,
                                                   async::Deadline deadline);

    /// How long the circuit of the provider's host in `url` stays open. Nothing: a request would be sent.
    [[nodiscard]] std::optional<std::chrono::milliseconds> rest_of(const ProviderId& provider,
                                                                   std::string_view url) const;

    /// Endpoints for a connection: from the provider's file, or discovered from its issuer and kept for as long as that
    /// says. Errors: provider_*, when discovery fails.
    [[nodiscard]] async::Task<Result<catalog::Endpoints>> endpoints(const catalog::Provider* provider,
                                                                    catalog::Parameters params,
                                                                    async::Deadline deadline);

    /// How our client proves itself there. `type`: of the grant that is asked for. Errors: missing_app_credentials: no
    /// key of ours signs, or there is no certificate, with what to do; store_unavailable.
    [[nodiscard]] async::Task<Result<ClientProof>> proof(const catalog::Provider* provider, catalog::Parameters params,
                                                         catalog::Endpoints endpoints, oauth::GrantType type);

private:
    struct Discovered {
        catalog::Endpoints endpoints;
        Instant fresh_until;
    };
    async::Task<Result<catalog::Endpoints>> from_catalogue(const catalog::Provider* provider,
                                                           catalog::Parameters params, async::Deadline deadline);
    async::Task<Result<catalog::Endpoints>> discover(const catalog::Provider* provider, std::string base,
                                                     async::Deadline deadline);

    net::HttpClient& http_;
    const Clock& clock_;
    const EndpointOverrides& overrides_;
    SigningKeys* keys_;
    bool client_certificate_;
    CircuitBreaker& breaker_of(const std::string& circuit);

    std::unordered_map<std::string, CircuitBreaker> breakers_;  // by provider and host
    std::unordered_map<std::string, Discovered> discovered_;    // by where it was asked for
};

}  // namespace evergrant::broker
