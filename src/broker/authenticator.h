#pragma once
//
// Authenticator: turns an Authorization header into a Principal. API keys are looked up once and remembered; secrets
// are compared as hashes in constant time, and an unknown key takes the same way as a wrong one. Row S4 of
// docs/security.md. One for each shard.
//
#include "async/shard.h"
#include "async/task.h"
#include "base/clock.h"
#include "broker/access.h"
#include "broker/rate_limit.h"
#include "crypto/jwt.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace evergrant::broker {

/// Grows whenever an API key is made, changed or revoked: what shards remember of keys is then looked up again.
/// Shared by all shards.
class KeyRevision {
public:
    void changed() noexcept { revision_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] std::uint64_t current() const noexcept { return revision_.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> revision_{1};
};

class Authenticator {
public:
    struct Parts {
        storage::Store& store;
        const Clock& clock;
        const KeyRevision& revision;
        const crypto::JwtVerifier* jwt{nullptr};  ///< null: no JWT is accepted
        RateLimit limit_per_key;                  ///< this shard's share
    };

    explicit Authenticator(Parts parts) : parts_(std::move(parts)) {}

    /// The caller, if this shard can tell without waiting and the caller is within its rate; else null: then ask
    /// `authenticate`. Valid until the next call. No allocation.
    [[nodiscard]] const Principal* known(std::string_view authorization);

    /// Errors: authentication_required, invalid_credentials, token_expired, rate_limited, store_unavailable.
    [[nodiscard]] async::Task<Result<Principal>> authenticate(std::string authorization);

    /// When each key was last used since this was last called, for the store.
    [[nodiscard]] std::vector<std::pair<std::string, sys_seconds>> take_last_used();

private:
    struct KnownKey {
        storage::ApiKey key;
        Principal principal;
        std::uint64_t revision{0};
        TokenBucket bucket;
        sys_seconds last_used;
    };
    struct PresentedKey {
        std::string_view id;
        std::string_view secret;
    };
    struct IdHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    static std::optional<PresentedKey> parse_api_key(std::string_view credentials);
    KnownKey* find_current(std::string_view id);
    Result<Principal> check(KnownKey& known, std::string_view secret);
    async::Task<Result<Principal>> authenticate_key(std::string credentials);
    Result<Principal> authenticate_jwt(std::string_view credentials) const;

    Parts parts_;
    std::unordered_map<std::string, KnownKey, IdHash, std::equal_to<>> keys_;
};

/// A new API key: what is stored, and the one text that is shown once.
struct MintedKey {
    storage::ApiKey key;
    SecretString text;
};
[[nodiscard]] MintedKey mint_api_key(storage::ApiKey description, crypto::Random& random, Instant now);

}  // namespace evergrant::broker
