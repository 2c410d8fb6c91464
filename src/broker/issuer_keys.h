#pragma once
//
// Issuer keys: the JWK sets by which issuers' id_tokens are verified, fetched when they are needed and kept for as long
// as the issuer says. One for each shard.
//
#include "async/deadline.h"
#include "async/task.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "broker/provider_calls.h"
#include "crypto/jwt.h"

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

namespace evergrant::broker {

using SharedJwtKeys = std::shared_ptr<const crypto::JwtKeys>;

class IssuerKeys {
public:
    static constexpr std::chrono::seconds between_fetches_ahead{60};
    static constexpr std::size_t most_issuers = 1'000;

    IssuerKeys(ProviderCalls& calls, const Clock& clock) : calls_(calls), clock_(clock) {}

    /// The keys at `url`. Errors: provider_unreachable, provider_error (no JWK set, or none of its keys can verify).
    [[nodiscard]] async::Task<Result<SharedJwtKeys>> keys(ProviderId provider, std::string url,
                                                          async::Deadline deadline);

    /// The keys at `url`, asked for again before their time because a token does not pass by those known: an issuer may
    /// have changed them. At most once a minute for each `url`; until then those known. Errors: as above.
    [[nodiscard]] async::Task<Result<SharedJwtKeys>> keys_ahead_of_time(ProviderId provider, std::string url,
                                                                        async::Deadline deadline);

private:
    struct Known {
        SharedJwtKeys keys;  ///< null: none was had yet
        Instant fresh_until;
        Instant may_fetch_ahead;
    };
    async::Task<Result<SharedJwtKeys>> fetch(ProviderId provider, std::string url, async::Deadline deadline);
    Known& place_for(const std::string& url);

    ProviderCalls& calls_;
    const Clock& clock_;
    std::unordered_map<std::string, Known> known_;
};

}  // namespace evergrant::broker
