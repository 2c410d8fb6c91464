#pragma once
//
// For the tests of what is in Redis: a server, a shard, a clock, and caches as replicas have them.
//
#include "cache/redis_cache.h"

#include "redis_server.h"
#include "redis_shard.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::cache {

class RedisCacheTest : public ::testing::Test {
protected:
    static crypto::AeadKey key_of(unsigned char byte) {
        std::array<std::byte, 32> bytes{};
        bytes.fill(std::byte{byte});
        return crypto::AeadKey(bytes);
    }

    static std::vector<crypto::AeadKey> keys_of(std::initializer_list<unsigned char> bytes) {
        std::vector<crypto::AeadKey> keys;
        for (const unsigned char byte : bytes)
            keys.push_back(key_of(byte));
        return keys;
    }

    void TearDown() override { shard_.drain(); }

    /// Another replica, as it were: its own connection and cache.
    RedisCache* replica(std::initializer_list<unsigned char> keys = {1}) {
        auto options = evergrant::testing::redis_options(server_.url());
        options.silence_limit = std::chrono::milliseconds(300);
        auto client = shard_.connected(std::move(options));
        caches_.push_back(std::make_unique<RedisCache>(shard_.shard(), std::move(client), keys_of(keys), clock_,
                                                       random_, shard_.metrics()));
        return caches_.back().get();
    }

    SharedCopy copy_of(std::uint64_t generation, std::chrono::seconds left = std::chrono::minutes(30)) const {
        SharedCopy copy;
        copy.key = connection_;
        copy.provider = ProviderId("demo-provider");
        copy.generation = generation;
        copy.tokens.access_token = SecretString("access-token-" + std::to_string(generation));
        copy.tokens.token_type = "Bearer";
        copy.tokens.expires_at = clock_.now_seconds() + left;
        copy.tokens.lifetime = std::chrono::hours(1);
        copy.tokens.scopes = {"read", "write"};
        copy.tokens.metadata = {{"instance_url", "https://one.example"}};
        copy.renewable = true;
        copy.read_at = clock_.now();
        return copy;
    }

    std::optional<SharedCopy> find(RedisCache& cache) { return shard_.run(cache.find(connection_)); }

    /// What does not wait has been done then.
    void settle() {
        ASSERT_TRUE(shard_.run_until([&] { return shard_.shard().work_under_way() == links_; }));
    }

    void put(RedisCache& cache, SharedCopy copy) {
        links_ = shard_.shard().work_under_way();
        cache.put(std::move(copy));
        settle();
    }

    void remove(RedisCache& cache, std::uint64_t generation) {
        links_ = shard_.shard().work_under_way();
        cache.remove(connection_, generation);
        settle();
    }

    /// The one key of a copy that there is.
    std::string token_key() const { return server_.cli("keys 'evergrant:token:*'"); }

    testing::RedisServer server_;
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
    ConnectionKey connection_{.tenant = TenantId("tenant-a"), .integration = IntegrationId("crm")};
    testing::RedisShard shard_;
    std::vector<std::unique_ptr<RedisCache>> caches_;
    std::size_t links_{0};
};

}  // namespace evergrant::cache
