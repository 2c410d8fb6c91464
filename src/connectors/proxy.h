#pragma once
//
// Proxy: passes one caller's request on to the API behind a connection, with the token put in, and its answer back.
// Bodies stream both ways; each side waits for the other, and nothing is gathered but a small request body, so that it
// can be sent again. Never calls a place that the catalogue does not name for the connection. One for each shard.
//
#include "base/clock.h"
#include "connectors/api_figures.h"
#include "connectors/api_grants.h"
#include "connectors/api_rests.h"
#include "connectors/proxy_headers.h"
#include "crypto/random.h"
#include "net/http_message.h"
#include "net/stream_client.h"

#include <chrono>
#include <string>
#include <unordered_map>

namespace evergrant::connectors {

/// How patient the proxy is.
struct ProxyTimes {
    std::chrono::milliseconds patience{60'000};  ///< for a provider that sends or takes nothing
    std::chrono::seconds longest{3600};          ///< a call, however much goes on
};

/// What a caller wants, without the body, which the exchange brings.
struct ProxyCall {
    ConnectionKey key;
    ApiCaller caller;
    std::string method;
    std::string target;  ///< path and query at the provider, from `/`, as the caller wrote it
    net::Headers headers;
    std::string proxy_base;  ///< the path before the target, for redirects
};

/// What came of it, for the audit log.
struct ProxyOutcome {
    unsigned status{0};
    std::string credential{};  ///< the key that stood in for a connection; empty: none did
};

class Proxy {
public:
    struct Parts {
        ApiGrants& grants;
        ApiRests& rests;
        ApiFigures& figures;
        net::StreamClient& streams;
        crypto::Random& random;
        ProxyTimes times{};
    };

    explicit Proxy(Parts parts) : parts_(parts) {}

    /// Answers through `exchange`. A 401 of the provider has the token renewed, and the request is made again if its
    /// body was small enough to be kept (64 KiB) or there is none. With the caller's wish, what may be repeated is
    /// repeated after 502, 503, 504 and when there was no answer; so is any kept request after a 429. Errors, as long
    /// as nothing has been answered: invalid_request, forbidden, those of ApiGrants::grant and of HttpStream;
    /// afterwards the answer has been broken off.
    [[nodiscard]] async::Task<Result<ProxyOutcome>> forward(ProxyCall call, net::Exchange* exchange);

private:
    class UnderWay;
    struct Attempt;
    async::Task<Result<void>> keep_small_body(net::Exchange* exchange, Attempt* attempt) const;
    async::Task<Result<void>> ask_until_answered(const ProxyCall* call, Attempt* attempt);
    async::Task<Result<void>> ask(const ProxyCall* call, Attempt* attempt);
    async::Task<Result<bool>> wants_another(const ProxyCall* call, Attempt* attempt, Result<void> asked);
    async::Task<Result<bool>> renewed(const ProxyCall* call, Attempt* attempt);
    async::Task<bool> has_paused(Attempt* attempt, std::optional<std::chrono::seconds> wait);
    async::Task<Result<ProxyOutcome>> stream_both(const ProxyCall* call, net::Exchange* exchange, Attempt* attempt);
    async::Task<void> await_answer(const ProxyCall* call, net::Exchange* exchange, Attempt* attempt,
                                   Result<ProxyOutcome>* outcome);
    async::Task<void> pass_body_up(net::Exchange* exchange, Attempt* attempt) const;
    async::Task<Result<ProxyOutcome>> pass_answer_down(const ProxyCall* call, net::Exchange* exchange,
                                                       Attempt* attempt) const;

    Parts parts_;
    std::size_t under_way_{0};
    std::unordered_map<ConnectionKey, std::size_t> of_connections_;
};

}  // namespace evergrant::connectors
