#include "app/jwt_keys.h"

#include "async/run_on.h"
#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::app {

namespace {

crypto::JwtExpectations expectations_of(const JwtSettings& settings) {
    crypto::JwtExpectations expectations;
    expectations.issuer = settings.issuer;
    expectations.audience = settings.audience;
    return expectations;
}

}  // namespace

bool accepts_jwts(const JwtSettings& settings) {
    return !settings.secret.empty() || !settings.jwks_url.empty();
}

CallersJwtKeys::CallersJwtKeys(const JwtSettings& settings, async::Shard& shard, MakeClient make_client,
                               JwtKeyTimes times)
    : settings_(settings),
      shard_(shard),
      make_client_(std::move(make_client)),
      times_(times),
      flight_(shard, "jwt-keys") {}

async::Task<Result<void>> CallersJwtKeys::start() {
    if (!settings_.secret.empty()) {
        publish(crypto::JwtKeys::shared_secret(settings_.secret.clone()));
        co_return Result<void>();
    }
    auto fetched = co_await fetch();
    if (!fetched)
        co_return fetched;
    auto work = [this] { return fetch_regularly(); };
    shard_.spawn("jwt-keys-regularly", std::move(work), async::AtDrain::stop);
    co_return Result<void>();
}

std::shared_ptr<const crypto::JwtVerifier> CallersJwtKeys::current() const {
    const std::lock_guard lock(mutex_);
    return verifier_;
}

void CallersJwtKeys::publish(crypto::JwtKeys keys) {
    auto verifier = std::make_shared<const crypto::JwtVerifier>(std::move(keys), expectations_of(settings_));
    const std::lock_guard lock(mutex_);
    verifier_ = std::move(verifier);
}

async::Task<Result<void>> CallersJwtKeys::fetch() {
    const std::string& url = settings_.jwks_url;
    const std::unique_ptr<net::HttpClient> client = make_client_(shard_);
    net::ClientRequest request;
    request.method = "GET";
    request.url = url;
    request.repeatable = true;
    const auto deadline = async::Deadline::after(times_.time_to_fetch);
    const auto answer = co_await client->send(std::move(request), deadline);
    if (!answer)
        co_return failure(Errc::provider_unreachable,
                          "jwt.jwks_url " + url + " cannot be fetched: " + answer.error().message);
    constexpr unsigned ok = 200;
    if (answer->status != ok)
        co_return failure(Errc::provider_error,
                          "jwt.jwks_url " + url + " answered " + std::to_string(answer->status) + ".");
    auto keys = crypto::JwtKeys::from_jwks(answer->body);
    if (!keys)
        co_return std::unexpected(std::move(keys).error());
    publish(std::move(*keys));
    co_return Result<void>();
}

async::Task<bool> CallersJwtKeys::fetch_or_keep() {
    const auto fetched = co_await fetch();
    if (!fetched)
        log(LogLevel::warning, "jwt_keys_not_fetched", {{"error", fetched.error().message}});
    co_return fetched.has_value();
}

async::Task<void> CallersJwtKeys::fetch_regularly() {
    for (;;) {
        co_await async::sleep_for(times_.regular);
        co_await fetch_or_keep();
    }
}

async::Task<bool> CallersJwtKeys::look_again() {
    if (settings_.jwks_url.empty())
        co_return false;
    std::function<async::Task<bool>()> work = [this] { return fetch_unless_lately(); };
    co_return co_await async::run_on(shard_, std::move(work));
}

async::Task<bool> CallersJwtKeys::fetch_unless_lately() {
    const std::string the_set;
    const auto now = std::chrono::steady_clock::now();
    if (!flight_.under_way(the_set)) {
        if (last_look_ && now < *last_look_ + times_.between_looks)
            co_return false;
        last_look_ = now;
    }
    auto work = [this] { return fetch_or_keep(); };
    const auto fetched = co_await flight_.run(the_set, std::move(work));
    co_return fetched.value_or(false);
}

}  // namespace evergrant::app
