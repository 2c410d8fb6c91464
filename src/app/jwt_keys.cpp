#include "app/jwt_keys.h"

#include <utility>

namespace evergrant::app {

namespace {

constexpr std::chrono::seconds time_to_fetch{10};

crypto::JwtExpectations expectations_of(const JwtSettings& settings) {
    crypto::JwtExpectations expectations;
    expectations.issuer = settings.issuer;
    expectations.audience = settings.audience;
    return expectations;
}

async::Task<Result<crypto::JwtKeys>> fetch(std::string url, async::Shard* shard, net::CurlOptions options) {
    net::CurlClient client(shard->context(), std::move(options));
    net::ClientRequest request;
    request.method = "GET";
    request.url = url;
    const auto answer = co_await client.send(std::move(request), async::Deadline::after(time_to_fetch));
    if (!answer)
        co_return failure(Errc::provider_unreachable,
                          "jwt.jwks_url " + url + " cannot be fetched: " + answer.error().message);
    constexpr unsigned ok = 200;
    if (answer->status != ok)
        co_return failure(Errc::provider_error,
                          "jwt.jwks_url " + url + " answered " + std::to_string(answer->status) + ".");
    co_return crypto::JwtKeys::from_jwks(answer->body);
}

}  // namespace

async::Task<Result<std::optional<crypto::JwtVerifier>>> load_jwt_verifier(const JwtSettings* settings,
                                                                          async::Shard* shard,
                                                                          net::CurlOptions options) {
    using Verifier = std::optional<crypto::JwtVerifier>;
    if (!settings->secret.empty())
        co_return Verifier(
            crypto::JwtVerifier(crypto::JwtKeys::shared_secret(settings->secret.clone()), expectations_of(*settings)));
    if (settings->jwks_url.empty())
        co_return Verifier();
    auto keys = co_await fetch(settings->jwks_url, shard, std::move(options));
    if (!keys)
        co_return std::unexpected(std::move(keys).error());
    co_return Verifier(crypto::JwtVerifier(std::move(*keys), expectations_of(*settings)));
}

}  // namespace evergrant::app
