#include "connectors/proxy.h"

#include "async/for_each_index.h"
#include "async/sleep.h"
#include "connectors/api_target.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace evergrant::connectors {

namespace {

using std::chrono::seconds;

constexpr unsigned unauthorized = 401;
constexpr unsigned too_many_requests = 429;
constexpr unsigned bad_gateway = 502;
constexpr unsigned unavailable = 503;
constexpr unsigned gateway_timeout = 504;
constexpr std::size_t largest_kept_body = 64 * 1024;

bool is_idempotent(std::string_view method) {
    constexpr std::array<std::string_view, 5> known{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    return std::ranges::find(known, method) != known.end();
}

bool says_try_again(unsigned status) {
    return status == bad_gateway || status == unavailable || status == gateway_timeout;
}

std::unexpected<Error> too_many_at_once() {
    Error error{.code = Errc::overloaded,
                .message = "Too many calls are under way, of this connection or of all; try again shortly.",
                .retry_after = seconds(1)};
    return std::unexpected(std::move(error));
}

}  // namespace

/// Counts one call for as long as it lives: no connection, and not all of them, take what others need.
class Proxy::UnderWay {
public:
    UnderWay(Proxy& proxy, const ConnectionKey& key) : proxy_(proxy), key_(key) {
        admitted_ = proxy_.under_way_ < most_calls && proxy_.of_connections_[key_] < most_calls_of_a_connection;
        if (!admitted_)
            return;
        ++proxy_.under_way_;
        ++proxy_.of_connections_[key_];
    }
    ~UnderWay() {
        const auto own = proxy_.of_connections_.find(key_);
        if (admitted_) {
            --proxy_.under_way_;
            --own->second;
        }
        if (own != proxy_.of_connections_.end() && own->second == 0)
            proxy_.of_connections_.erase(own);
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

    [[nodiscard]] bool admitted() const noexcept { return admitted_; }

private:
    static constexpr std::size_t most_calls = 768;
    static constexpr std::size_t most_calls_of_a_connection = 128;

    Proxy& proxy_;
    ConnectionKey key_;
    bool admitted_{false};
};

/// One call on its way, with all that is tried for it.
struct Proxy::Attempt {
    ProxyWishes wishes;
    bool has_body{false};
    std::optional<std::uint64_t> length;
    bool kept{false};  ///< the body is in `body`, and may be sent again
    std::string body;
    ApiGrant grant;
    std::unique_ptr<net::HttpStream> stream;
    std::optional<net::StreamHead> head;
    bool renewed{false};
    unsigned retries{0};
    seconds waited{0};
};

async::Task<Result<ProxyOutcome>> Proxy::forward(ProxyCall call, net::Exchange* exchange) {
    auto allowed = check_target(call.target);
    if (allowed)
        allowed = check_limits(call.caller.audit.principal->limits, call.method, call.target);
    if (!allowed)
        co_return std::unexpected(std::move(allowed).error());
    const auto wishes = wishes_of(call.headers);
    if (!wishes)
        co_return failure(Errc::invalid_request,
                          "X-Evergrant-Retries is a number from 0 to 5, X-Evergrant-Max-Wait one of seconds, 0 to 60.");
    const UnderWay under_way(*this, call.key);
    if (!under_way.admitted())
        co_return too_many_at_once();
    Attempt attempt;
    attempt.wishes = *wishes;
    attempt.has_body = announces_body(call.headers) && call.method != "HEAD";  // what follows a HEAD means nothing
    attempt.length = body_length_of(call.headers);
    auto grant = co_await parts_.grants.grant(call.key, call.caller);
    if (!grant)
        co_return std::unexpected(std::move(grant).error());
    attempt.grant = std::move(*grant);
    const auto read = co_await keep_small_body(exchange, &attempt);
    if (!read)
        co_return std::unexpected(read.error());
    const auto asked = co_await ask_until_answered(&call, &attempt);
    if (!asked)
        co_return std::unexpected(asked.error());
    if (attempt.kept)
        co_return co_await pass_answer_down(&call, exchange, &attempt);
    co_return co_await stream_both(&call, exchange, &attempt);
}

async::Task<Result<void>> Proxy::keep_small_body(net::Exchange* exchange, Attempt* attempt) const {
    attempt->kept = !attempt->has_body || (attempt->length && *attempt->length <= largest_kept_body);
    while (attempt->has_body && attempt->kept) {
        const auto piece = co_await exchange->read();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty())
            break;
        attempt->body.append(*piece);
    }
    co_return Result<void>();
}

/// Afterwards there is a head, or for a body that streams a request begun.
async::Task<Result<void>> Proxy::ask_until_answered(const ProxyCall* call, Attempt* attempt) {
    for (;;) {
        auto asked = co_await ask(call, attempt);
        const auto again = co_await wants_another(call, attempt, std::move(asked));
        if (!again)
            co_return std::unexpected(again.error());
        if (!*again)
            co_return Result<void>();
    }
}

async::Task<Result<void>> Proxy::ask(const ProxyCall* call, Attempt* attempt) {
    const ApiGrant& grant = attempt->grant;
    attempt->head.reset();
    attempt->stream.reset();
    const auto admitted = co_await parts_.rests.admit(grant.provider, call->key);
    if (!admitted)
        co_return std::unexpected(admitted.error());
    net::StreamRequest request;
    request.method = call->method;
    request.url = grant.base + call->target;
    request.headers = headers_for_provider(call->headers, grant.header_name);
    request.headers.emplace_back(grant.header_name, grant.header_value.reveal());
    request.has_body = attempt->has_body;
    request.body_length = attempt->length;
    request.repeatable = is_idempotent(call->method);
    request.longest = parts_.times.longest;
    auto stream = parts_.streams.open(std::move(request));
    if (!stream)
        co_return std::unexpected(std::move(stream).error());
    attempt->stream = std::move(*stream);
    if (!attempt->kept)
        co_return Result<void>();
    const auto begun = std::chrono::steady_clock::now();
    if (attempt->has_body)
        static_cast<void>(co_await attempt->stream->write(attempt->body, true, parts_.times.patience));
    auto head = co_await attempt->stream->head(parts_.times.patience);
    parts_.figures.note(grant.provider->id, head ? head->status : 0, std::chrono::steady_clock::now() - begun);
    if (!head)
        co_return std::unexpected(std::move(head).error());
    attempt->head = std::move(*head);
    co_return Result<void>();
}

/// Whether it is to be asked again, with all that has to be done before.
async::Task<Result<bool>> Proxy::wants_another(const ProxyCall* call, Attempt* attempt, Result<void> asked) {
    const bool repeatable = attempt->kept && is_idempotent(call->method);
    if (!asked) {
        const Errc code = asked.error().code;
        const bool not_sent = code == Errc::provider_unreachable || code == Errc::rate_limited;
        const bool passes = attempt->kept && (not_sent || (repeatable && traits_of(code).retryable));
        bool again = false;
        if (passes)
            again = co_await has_paused(attempt, asked.error().retry_after);
        if (again)
            co_return true;
        co_return std::unexpected(std::move(asked).error());
    }
    if (!attempt->head)
        co_return false;
    const unsigned status = attempt->head->status;
    if (status == unauthorized)
        co_return co_await renewed(call, attempt);
    std::string_view said;
    for (const auto& [name, value] : attempt->head->headers)
        if (name == "retry-after")
            said = value;
    const auto wait = parts_.rests.note(call->key, status, said);
    const bool may_pass = attempt->kept && (status == too_many_requests || (repeatable && says_try_again(status)));
    if (!may_pass)
        co_return false;
    co_return co_await has_paused(attempt, wait);
}

/// Whether there is another token to ask with.
async::Task<Result<bool>> Proxy::renewed(const ProxyCall* call, Attempt* attempt) {
    if (attempt->grant.generation == 0 || std::exchange(attempt->renewed, true))
        co_return false;
    auto fresh = co_await parts_.grants.another(call->key, call->caller, attempt->grant.generation);
    if (!fresh) {
        // What else keeps it from being renewed is less than what the provider itself has answered.
        if (fresh.error().code == Errc::reauthorization_required || fresh.error().code == Errc::no_connection)
            co_return std::unexpected(std::move(fresh).error());
        co_return false;
    }
    if (!attempt->kept)
        co_return false;
    attempt->grant = std::move(*fresh);
    co_return true;
}

/// Whether the caller's wishes allow another try, after the pause that comes before it.
async::Task<bool> Proxy::has_paused(Attempt* attempt, std::optional<seconds> wait) {
    if (attempt->retries == attempt->wishes.retries)
        co_return false;
    const seconds asked = wait.value_or(seconds(0));
    if (attempt->waited + asked > attempt->wishes.max_wait)
        co_return false;
    attempt->waited += asked;
    const async::Backoff backoff;
    const auto jitter = backoff.pause(attempt->retries++, parts_.random.dice());
    attempt->stream.reset();
    co_await async::sleep_for(asked + jitter);
    co_return true;
}

/// Both ways at once: an answer may begin before the request has ended.
async::Task<Result<ProxyOutcome>> Proxy::stream_both(const ProxyCall* call, net::Exchange* exchange, Attempt* attempt) {
    Result<ProxyOutcome> outcome = failure(Errc::internal_error, "The answer was not passed on.");
    const auto way = [this, call, exchange, attempt, to = &outcome](std::size_t index) {
        if (index == 0)
            return pass_body_up(exchange, attempt);
        return await_answer(call, exchange, attempt, to);
    };
    const std::function<async::Task<void>(std::size_t)> ways = way;
    co_await async::for_each_index(2, ways);
    co_return outcome;
}

async::Task<void> Proxy::await_answer(const ProxyCall* call, net::Exchange* exchange, Attempt* attempt,
                                      Result<ProxyOutcome>* outcome) {
    const auto begun = std::chrono::steady_clock::now();
    auto head = co_await attempt->stream->head(parts_.times.patience);
    parts_.figures.note(attempt->grant.provider->id, head ? head->status : 0, std::chrono::steady_clock::now() - begun);
    if (!head) {
        *outcome = std::unexpected(std::move(head).error());
        attempt->stream->give_up();
        exchange->stop_reading();
        co_return;
    }
    attempt->head = std::move(*head);
    // What has streamed cannot be sent again; the next call finds a token that works, and knows of a pause.
    const Result<void> streamed;
    static_cast<void>(co_await wants_another(call, attempt, streamed));
    *outcome = co_await pass_answer_down(call, exchange, attempt);
    exchange->stop_reading();
}

async::Task<void> Proxy::pass_body_up(net::Exchange* exchange, Attempt* attempt) const {
    for (;;) {
        auto piece = co_await exchange->read();
        if (!piece) {
            attempt->stream->give_up();
            co_return;
        }
        const bool last = piece->empty();
        const bool wanted = co_await attempt->stream->write(std::move(*piece), last, parts_.times.patience);
        if (last || !wanted)
            co_return;
    }
}

async::Task<Result<ProxyOutcome>> Proxy::pass_answer_down(const ProxyCall* call, net::Exchange* exchange,
                                                          Attempt* attempt) const {
    net::HttpStream& stream = *attempt->stream;
    net::ResponseHead head;
    head.status = attempt->head->status;
    head.headers = headers_for_caller(attempt->head->headers, attempt->grant.base, call->proxy_base);
    head.headers.emplace_back("X-Evergrant-Provider", attempt->grant.provider->id.str());
    const bool by_another_key = attempt->grant.generation == 0;
    if (by_another_key)
        head.headers.emplace_back("X-Evergrant-Credential", attempt->grant.credential);
    head.length = body_length_of(attempt->head->headers);
    ProxyOutcome outcome;
    outcome.status = head.status;
    if (by_another_key)
        outcome.credential = attempt->grant.credential;
    const auto begun = exchange->begin(std::move(head));
    if (!begun)
        co_return std::unexpected(begun.error());
    for (bool last = false; !last;) {
        auto piece = co_await stream.read(parts_.times.patience);
        if (!piece)
            co_return std::unexpected(std::move(piece).error());
        last = piece->empty() || stream.at_end();
        const auto written = co_await exchange->write(std::move(*piece), last);
        if (!written) {
            stream.give_up();
            co_return std::unexpected(written.error());
        }
    }
    co_return outcome;
}

}  // namespace evergrant::connectors
