#pragma once
//
// SharedCache: what replicas keep together so that the store is asked less: copies of token sets, and counts. It is an
// accelerator alone: lost, slow, full, restarted or lying, it costs time and nothing else. `RedisCache` (redis_cache.h)
// is the real one.
//
#include "async/task.h"
#include "base/clock.h"
#include "base/ids.h"
#include "oauth/token_set.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace evergrant::cache {

/// Enough of a connection to serve its access token. Never a refresh token.
struct SharedCopy {
    ConnectionKey key;
    ProviderId provider;
    std::uint64_t generation{0};
    oauth::TokenSet tokens;  ///< its refresh_token is empty
    bool renewable{false};   ///< the connection has a refresh token
    Instant read_at;         ///< when the store was asked, by the clock of who asked
};

/// Thread: one shard's. No method fails, and none waits longer than a bound well below a second.
class SharedCache {
public:
    virtual ~SharedCache() = default;

    /// Nothing if there is none, or it does not open, or there is no telling in time.
    [[nodiscard]] virtual async::Task<std::optional<SharedCopy>> find(ConnectionKey key) = 0;

    /// How long a copy is kept at most, counted by the cache itself.
    static constexpr std::chrono::seconds copy_life{30};

    /// Keeps a copy, sealed, for `copy_life`, and not until its token expires if that is sooner. Does not wait. An
    /// older generation never replaces a newer one, nor comes in after its removal.
    virtual void put(SharedCopy copy) = 0;

    /// Forgets the copy of `generation` and of those before, and for `copy_life` takes none of them again: another
    /// replica may have read one just before it was removed. 0: forgets whatever is there. Does not wait.
    virtual void remove(ConnectionKey key, std::uint64_t generation) = 0;

    /// Takes up to `wanted` of `limit` in the present window of all replicas together. Nothing: there is no telling;
    /// ask the store.
    struct Count {
        std::uint64_t granted{0};
        std::chrono::milliseconds window_left{0};
    };
    [[nodiscard]] virtual async::Task<std::optional<Count>> take(std::string name, std::chrono::seconds window,
                                                                 std::uint64_t limit, std::uint64_t wanted) = 0;
};

}  // namespace evergrant::cache
