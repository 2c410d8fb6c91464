#pragma once
//
// RedisCache: the shared cache in Redis. Redis is not trusted with anything: copies are sealed under a key it never
// sees, and whatever it does wrong is a miss. One for each shard.
//
// In Redis: `evergrant:token:{<hash>}` is a text `c:<generation>:<box>`, or for a while after a removal
// `r:<generation>`; `evergrant:budget:{<hash>}:<seconds>` is a text `<window's number>:<taken>`.
//
#include "base/metrics.h"
#include "cache/redis_health.h"
#include "cache/shared_cache.h"
#include "crypto/aead.h"
#include "net/redis_client.h"
#include "net/redis_script.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::cache {

struct RedisCacheLimits {
    std::chrono::milliseconds patience{100};          ///< for a copy or a count
    std::chrono::milliseconds write_patience{1'000};  ///< nobody waits for these
    std::size_t max_writes{1'000};                    ///< under way; what comes beyond is dropped
    std::size_t max_box{64UL * 1024};                 ///< bytes; a larger copy is not kept
    std::chrono::seconds margin{5};                   ///< a copy goes this long before its token expires
    std::chrono::seconds least_kept{10};              ///< what would be kept for less is not
};

/// Thread: one shard's. Lifetime: goes after the shard has drained.
class RedisCache final : public SharedCache {
public:
    /// `keys`: the first seals, all open; at least one.
    RedisCache(async::Shard& shard, std::shared_ptr<net::RedisClient> redis, std::vector<crypto::AeadKey> keys,
               const Clock& clock, crypto::Random& random, Metrics& metrics, RedisCacheLimits limits = {});

    [[nodiscard]] async::Task<std::optional<SharedCopy>> find(ConnectionKey key) override;
    void put(SharedCopy copy) override;
    void remove(ConnectionKey key, std::uint64_t generation) override;
    [[nodiscard]] async::Task<std::optional<Count>> take(std::string name, std::chrono::seconds window,
                                                         std::uint64_t limit, std::uint64_t wanted) override;

private:
    struct Write {
        const net::RedisScript* script;
        std::string key;
        net::RedisWords arguments;
        bool always{false};  // also while Redis is left alone
    };
    void write(Write write);
    async::Task<void> carry_out(Write write);
    [[nodiscard]] std::optional<std::chrono::seconds> time_to_keep(const oauth::TokenSet& tokens) const;
    [[nodiscard]] std::optional<SharedCopy> read(const std::string& value, const ConnectionKey& key) const;

    async::Shard& shard_;
    std::shared_ptr<net::RedisClient> redis_;
    std::vector<crypto::AeadKey> keys_;
    const Clock& clock_;
    crypto::Random& random_;
    RedisCacheLimits limits_;

    net::RedisScript put_script_;
    net::RedisScript remove_script_;
    net::RedisScript discard_script_;
    net::RedisScript take_script_;

    RedisHealth reading_{"find"};
    RedisHealth writing_{"put"};
    RedisHealth removing_{"remove"};
    RedisHealth counting_{"take"};
    std::size_t writes_{0};

    Counter& hits_;
    Counter& misses_;
    Counter& unavailable_;
};

}  // namespace evergrant::cache
