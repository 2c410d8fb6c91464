#pragma once
//
// Authenticator: turns an Authorization header into a Principal. API keys are looked up and remembered, here and in
// KnownKeys, for as long as KeyTimes says; secrets
// are compared as hashes in constant time, and an unknown key takes the same way as a wrong one. Row S4 of
// docs/security.md. One for each shard.
//
#include "async/shard.h"
#include "async/task.h"
#include "base/clock.h"
#include "broker/access.h"
#include "broker/jwt_source.h"
#include "broker/known_keys.h"
#include "broker/rate_limit.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace evergrant::broker {

/// Store::find_api_key, or what stands in for it.
using KeyLookUp = std::function<async::Task<Result<std::optional<storage::ApiKey>>>(std::string id)>;

class Authenticator {
public:
    struct Parts {
        KeyLookUp look_up;
        const Clock& clock;
        const KeyRevision& revision;
        KnownKeys& known;
        JwtSource* jwt{nullptr};  ///< null: no JWT is accepted
        RateLimit limit_per_key;  ///< this shard's share
        KeyTimes times{};
    };

    explicit Authenticator(Parts parts) : parts_(std::move(parts)) {}

    /// The caller, if this shard can tell without waiting and the caller is within its rate; else null: then ask
    /// `authenticate`. Valid until the next call. No allocation.
    [[nodiscard]] const Principal* known(std::string_view authorization);

    /// Errors: authentication_required, invalid_credentials, token_expired, rate_limited, store_unavailable.
    [[nodiscard]] async::Task<Result<Principal>> authenticate(std::string authorization);

    /// A key's request that takes as much as `requests` counts as so many: it is answered, and the next ones wait. For
    /// callers without a key: nothing.
    void charge(const Principal& caller, std::size_t requests);

    /// When each key was last used since this was last called, for the store.
    [[nodiscard]] std::vector<std::pair<std::string, sys_seconds>> take_last_used();

private:
    /// A key as this shard uses it: current while the revision is and the time is within.
    struct KeyInUse {
        storage::ApiKey key;
        Principal principal;
        std::uint64_t revision{0};
        sys_seconds from;
        sys_seconds until;
        TokenBucket bucket;
        sys_seconds last_used;
    };
    struct PresentedKey {
        std::string_view id;
        std::string_view secret;
    };
    static std::optional<PresentedKey> parse_api_key(std::string_view credentials);
    KeyInUse* find_current(std::string_view id, sys_seconds now);
    KeyInUse& use(KnownKey known, std::uint64_t revision, sys_seconds from, std::chrono::seconds life);
    Result<Principal> check(KeyInUse& used, std::string_view secret);
    Result<Principal> check_without_store(PresentedKey presented, Error why);
    async::Task<Result<Principal>> authenticate_key(std::string credentials);
    async::Task<Result<Principal>> authenticate_jwt(std::string credentials) const;

    Parts parts_;
    std::unordered_map<std::string, KeyInUse, IdHash, std::equal_to<>> keys_;
};

/// A new API key: what is stored, and the one text that is shown once.
struct MintedKey {
    storage::ApiKey key;
    SecretString text;
};
[[nodiscard]] MintedKey mint_api_key(storage::ApiKey description, crypto::Random& random, Instant now);

}  // namespace evergrant::broker
