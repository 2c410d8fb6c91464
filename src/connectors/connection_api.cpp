#include "connectors/connection_api.h"

#include "async/sleep.h"
#include "connectors/api_target.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace evergrant::connectors {

namespace {

constexpr unsigned unauthorized = 401;
constexpr unsigned too_many_requests = 429;
constexpr unsigned unavailable = 503;
/// How often a request is made again after a pause the provider asked for.
constexpr int most_pauses = 2;
/// What has to be left of the caller's time after a pause.
constexpr std::chrono::seconds least_left{2};

bool is_repeatable(const ApiRequest& request) {
    constexpr std::array<std::string_view, 4> by_itself{"GET", "HEAD", "PUT", "DELETE"};
    return request.repeatable || std::ranges::find(by_itself, request.method) != by_itself.end();
}

/// `refused`: nothing was done. Of a 503 to what changes something nobody knows.
std::unexpected<Error> asked_to_wait(bool refused, std::optional<std::chrono::seconds> wait) {
    Error error{.code = refused ? Errc::rate_limited : Errc::provider_error,
                .message = "The provider has asked to be called later."};
    error.retry_after = wait.value_or(std::chrono::seconds(1));
    return std::unexpected(std::move(error));
}

class ConnectionApi final : public ProviderApi {
public:
    ConnectionApi(ConnectionApiDesk::Parts parts, ConnectionKey key, ApiCaller caller, async::Deadline deadline)
        : parts_(parts), key_(std::move(key)), caller_(std::move(caller)), deadline_(deadline) {}

    async::Task<Result<ApiAnswer>> send(ApiRequest request) override;

private:
    async::Task<Result<ApiAnswer>> send_with(const ApiRequest* request, const ApiGrant* grant);
    async::Task<Result<ApiAnswer>> send_patiently(const ApiRequest* request, const ApiGrant* grant);

    ConnectionApiDesk::Parts parts_;
    ConnectionKey key_;
    ApiCaller caller_;
    async::Deadline deadline_;
};

async::Task<Result<ApiAnswer>> ConnectionApi::send(ApiRequest request) {
    auto allowed = check_target(request.target);
    if (allowed)
        allowed = check_limits(caller_.audit.principal->limits, request.method, request.target);
    if (!allowed)
        co_return std::unexpected(std::move(allowed).error());
    auto grant = co_await parts_.grants.grant(key_, caller_);
    if (!grant)
        co_return std::unexpected(std::move(grant).error());
    auto answer = co_await send_patiently(&request, &*grant);
    const bool refused = answer && answer->status == unauthorized;
    if (!refused)
        co_return answer;
    auto fresh = co_await parts_.grants.another(key_, caller_, grant->generation);
    if (!fresh)
        co_return std::unexpected(std::move(fresh).error());
    co_return co_await send_patiently(&request, &*fresh);
}

/// Waits for as long as the provider asks, if there is time for it.
async::Task<Result<ApiAnswer>> ConnectionApi::send_patiently(const ApiRequest* request, const ApiGrant* grant) {
    for (int pauses = 0;; ++pauses) {
        auto answer = co_await send_with(request, grant);
        std::optional<std::chrono::seconds> wait;
        if (answer) {
            wait = parts_.rests.note(key_, answer->status, answer->header("retry-after"));
            const bool waits = answer->status == too_many_requests || (answer->status == unavailable && wait);
            if (!waits)
                co_return answer;
        } else if (answer.error().code == Errc::rate_limited) {
            wait = answer.error().retry_after;
        } else {
            co_return answer;
        }
        // A 429 says that nothing was done: any request may be made again.
        const auto pause = wait.value_or(std::chrono::seconds(1));
        const bool may_again = !answer || answer->status == too_many_requests || is_repeatable(*request);
        if (!may_again || pauses == most_pauses || deadline_.left() < pause + least_left)
            co_return asked_to_wait(may_again, wait);
        co_await async::sleep_for(pause);
    }
}

async::Task<Result<ApiAnswer>> ConnectionApi::send_with(const ApiRequest* request, const ApiGrant* grant) {
    const auto admitted = co_await parts_.rests.admit(grant->provider, key_);
    if (!admitted)
        co_return std::unexpected(admitted.error());
    net::ClientRequest outgoing;
    outgoing.method = request->method;
    outgoing.url = grant->base + request->target;
    outgoing.headers = request->headers;
    outgoing.headers.emplace_back(grant->header_name, grant->header_value.reveal());
    outgoing.body = SecretString(request->body);
    outgoing.answer_limit = request->answer_limit;
    outgoing.repeatable = is_repeatable(*request);
    const auto begun = std::chrono::steady_clock::now();
    auto answer = co_await parts_.broker.http->send(std::move(outgoing), deadline_);
    parts_.figures.note(grant->provider->id, answer ? answer->status : 0, std::chrono::steady_clock::now() - begun);
    if (!answer)
        co_return std::unexpected(std::move(answer).error());
    ApiAnswer result;
    result.status = answer->status;
    result.headers = std::move(answer->headers);
    result.body = std::move(answer->body);
    co_return result;
}

}  // namespace

async::Task<Result<OpenApi>> ConnectionApiDesk::open(ConnectionKey key, ApiCaller caller, async::Deadline deadline) {
    const auto grant = co_await parts_.grants.grant(key, caller);
    if (!grant)
        co_return std::unexpected(grant.error());
    OpenApi open;
    open.provider = grant->provider;
    open.credential = grant->credential;
    open.api = std::make_unique<ConnectionApi>(parts_, std::move(key), std::move(caller), deadline);
    co_return open;
}

}  // namespace evergrant::connectors
