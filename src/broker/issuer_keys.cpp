#include "broker/issuer_keys.h"

#include "oauth/cache_lifetime.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

async::Task<Result<SharedJwtKeys>> IssuerKeys::keys(ProviderId provider, std::string url, async::Deadline deadline) {
    const auto known = known_.find(url);
    if (known != known_.end() && known->second.keys != nullptr && clock_.now() < known->second.fresh_until)
        co_return known->second.keys;
    co_return co_await fetch(std::move(provider), std::move(url), deadline);
}

async::Task<Result<SharedJwtKeys>> IssuerKeys::keys_ahead_of_time(ProviderId provider, std::string url,
                                                                  async::Deadline deadline) {
    Known& known = place_for(url);
    if (known.keys != nullptr && clock_.now() < known.may_fetch_ahead)
        co_return known.keys;
    // Noted before it is asked: who comes meanwhile asks for nothing more.
    known.may_fetch_ahead = clock_.now() + between_fetches_ahead;
    co_return co_await fetch(std::move(provider), std::move(url), deadline);
}

async::Task<Result<SharedJwtKeys>> IssuerKeys::fetch(ProviderId provider, std::string url, async::Deadline deadline) {
    oauth::BackChannelRequest request;
    request.method = "GET";
    request.url = url;
    request.headers.emplace_back("Accept", "application/jwk-set+json, application/json");
    const auto answer = co_await calls_.send(std::move(provider), std::move(request), deadline);
    if (!answer)
        co_return failure(Errc::provider_unreachable, "The issuer's keys cannot be read: " + answer.error().reason,
                          answer.error().detail);
    constexpr unsigned ok = 200;
    if (answer->status != ok)
        co_return failure(Errc::provider_error,
                          "The issuer's keys cannot be read: it answered " + std::to_string(answer->status) + ".");
    auto read = crypto::JwtKeys::from_jwks(answer->body);
    if (!read)
        co_return failure(Errc::provider_error, "The issuer's keys cannot be read: " + read.error().message);
    Known& known = place_for(url);
    known.keys = std::make_shared<const crypto::JwtKeys>(std::move(*read));
    known.fresh_until = clock_.now() + oauth::kept_for(answer->cache_control);
    co_return known.keys;
}

/// When there is no room, the sets that would have been asked for soonest go.
IssuerKeys::Known& IssuerKeys::place_for(const std::string& url) {
    if (known_.size() >= most_issuers && !known_.contains(url)) {
        std::erase_if(known_, [now = clock_.now()](const auto& entry) { return entry.second.fresh_until <= now; });
        if (known_.size() >= most_issuers)
            known_.erase(
                std::ranges::min_element(known_, {}, [](const auto& entry) { return entry.second.fresh_until; }));
    }
    return known_[url];
}

}  // namespace evergrant::broker
