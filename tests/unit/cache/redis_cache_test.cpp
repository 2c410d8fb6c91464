#include "redis_cache_fixture.h"

#include "cache/shared_copy.h"

#include <gmock/gmock.h>

namespace evergrant::cache {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TEST_F(RedisCacheTest, what_one_replica_keeps_another_finds_whole) {
    auto* const one = replica();
    auto* const two = replica();
    const SharedCopy kept = copy_of(7);

    EXPECT_FALSE(find(*two));
    put(*one, copy_of(7));
    const auto found = find(*two);

    ASSERT_TRUE(found);
    EXPECT_EQ(found->key, kept.key);
    EXPECT_EQ(found->provider, kept.provider);
    EXPECT_EQ(found->generation, 7U);
    EXPECT_EQ(found->tokens.access_token.reveal(), "access-token-7");
    EXPECT_TRUE(found->tokens.refresh_token.empty());
    EXPECT_EQ(found->tokens.token_type, "Bearer");
    EXPECT_EQ(found->tokens.expires_at, kept.tokens.expires_at);
    EXPECT_EQ(found->tokens.lifetime, kept.tokens.lifetime);
    EXPECT_EQ(found->tokens.scopes, kept.tokens.scopes);
    EXPECT_EQ(found->tokens.metadata, kept.tokens.metadata);
    EXPECT_TRUE(found->renewable);
    EXPECT_EQ(found->read_at, kept.read_at);
    EXPECT_THAT(shard_.metrics().render(), HasSubstr("evergrant_shared_cache_lookups_total{outcome=\"hit\"} 1"));
    EXPECT_THAT(shard_.metrics().render(), HasSubstr("evergrant_shared_cache_lookups_total{outcome=\"miss\"} 1"));
}

TEST_F(RedisCacheTest, a_copy_goes_before_its_token_expires) {
    auto* const cache = replica();

    put(*cache, copy_of(1, 20s));

    EXPECT_LE(std::stol(server_.cli("pttl '" + token_key() + "'")), 15'000);
    EXPECT_GT(std::stol(server_.cli("pttl '" + token_key() + "'")), 5'000);
}

TEST_F(RedisCacheTest, nothing_is_kept_for_longer_than_a_copy_lives_or_for_next_to_no_time) {
    auto* const cache = replica();

    put(*cache, copy_of(1, 14s));
    EXPECT_EQ(token_key(), "");

    put(*cache, copy_of(1, 24h));
    EXPECT_LE(std::stol(server_.cli("ttl '" + token_key() + "'")), SharedCache::copy_life.count());

    SharedCopy lasting = copy_of(1);
    lasting.tokens.expires_at.reset();
    put(*cache, std::move(lasting));
    EXPECT_LE(std::stol(server_.cli("ttl '" + token_key() + "'")), SharedCache::copy_life.count());
    EXPECT_TRUE(find(*cache));
}

TEST_F(RedisCacheTest, an_older_generation_does_not_replace_a_newer_one) {
    auto* const cache = replica();

    put(*cache, copy_of(9));
    put(*cache, copy_of(8));
    EXPECT_EQ(find(*cache)->generation, 9U);

    put(*cache, copy_of(10));
    EXPECT_EQ(find(*cache)->generation, 10U);
}

TEST_F(RedisCacheTest, what_is_removed_is_gone_and_a_straggler_does_not_bring_it_back) {
    auto* const cache = replica();
    put(*cache, copy_of(3));

    remove(*cache, 3);
    EXPECT_FALSE(find(*cache));
    put(*cache, copy_of(3));
    EXPECT_FALSE(find(*cache));

    remove(*cache, 0);
    put(*cache, copy_of(2));
    EXPECT_FALSE(find(*cache));
    put(*cache, copy_of(4));
    EXPECT_TRUE(find(*cache));
}

TEST_F(RedisCacheTest, a_late_removal_leaves_a_newer_copy_and_one_of_no_generation_leaves_none) {
    auto* const cache = replica();
    put(*cache, copy_of(5));

    remove(*cache, 4);
    EXPECT_TRUE(find(*cache));

    remove(*cache, 0);
    EXPECT_FALSE(find(*cache));
    put(*cache, copy_of(5));
    EXPECT_TRUE(find(*cache));
}

TEST_F(RedisCacheTest, redis_sees_no_token_and_no_name) {
    auto* const cache = replica();
    put(*cache, copy_of(1));

    const std::string everything = token_key() + server_.cli("--no-raw get '" + token_key() + "'");

    EXPECT_THAT(everything, HasSubstr("c:1:"));
    for (const char* secret : {"access-token", "tenant-a", "crm", "demo-provider", "one.example", "Bearer"})
        EXPECT_THAT(everything, Not(HasSubstr(secret)));
}

TEST_F(RedisCacheTest, a_refresh_token_is_never_kept) {
    auto* const cache = replica();
    SharedCopy copy = copy_of(1);
    copy.tokens.refresh_token = SecretString("never");

    put(*cache, std::move(copy));

    EXPECT_EQ(token_key(), "");
}

TEST_F(RedisCacheTest, a_box_that_was_changed_is_nothing_and_is_thrown_away) {
    auto* const cache = replica();
    put(*cache, copy_of(4));
    const std::string key = token_key();
    links_ = shard_.shard().work_under_way();

    // The box of generation 4 does not open as one of 5.
    ASSERT_EQ(server_.cli("setrange '" + key + "' 2 5"),
              std::to_string(std::stol(server_.cli("strlen '" + key + "'"))));
    EXPECT_FALSE(find(*cache));
    settle();

    EXPECT_EQ(token_key(), "");
    for (const char* nonsense : {"nonsense", "c:", "c:1", "c:99999999999999999999:x", "c:1:"}) {
        ASSERT_EQ(server_.cli("set '" + key + "' " + nonsense), "OK");
        EXPECT_FALSE(find(*cache)) << nonsense;
    }
}

TEST_F(RedisCacheTest, a_box_of_another_connection_is_nothing) {
    auto* const cache = replica();
    put(*cache, copy_of(4));
    const std::string key = token_key();
    ASSERT_TRUE(find(*cache));

    connection_.integration = IntegrationId("mail");
    put(*cache, copy_of(4));
    const std::string both = server_.cli("keys 'evergrant:token:*'");
    const std::string other =
        both.substr(0, key.size()) == key ? both.substr(key.size() + 1) : both.substr(0, key.size());
    ASSERT_EQ(server_.cli("copy '" + key + "' '" + other + "' replace"), "1");

    EXPECT_FALSE(find(*cache));
}

TEST_F(RedisCacheTest, every_key_of_the_ring_opens_and_no_other) {
    auto* const old_key = replica({1});
    auto* const new_key = replica({2, 1});
    auto* const stranger = replica({3});
    put(*old_key, copy_of(1));

    EXPECT_TRUE(find(*new_key));
    put(*new_key, copy_of(2));
    EXPECT_TRUE(find(*new_key));
    EXPECT_FALSE(find(*stranger));
}

TEST_F(RedisCacheTest, an_expired_copy_is_nothing) {
    auto* const cache = replica();
    put(*cache, copy_of(1, 60s));

    clock_.advance(61s);

    EXPECT_FALSE(find(*cache));
}

TEST_F(RedisCacheTest, a_full_server_costs_nothing_but_misses_and_still_forgets) {
    auto* const cache = replica();
    put(*cache, copy_of(1));
    ASSERT_EQ(server_.cli("config set maxmemory 1000 maxmemory-policy noeviction"), "OK");

    for (std::uint64_t generation = 2; generation < 8; ++generation)
        put(*cache, copy_of(generation));
    EXPECT_EQ(find(*cache)->generation, 1U);
    EXPECT_FALSE(shard_.run(cache->take("app", 60s, 10, 1)));
    remove(*cache, 1);
    EXPECT_FALSE(find(*cache));

    ASSERT_EQ(server_.cli("config set maxmemory 0"), "OK");
    EXPECT_TRUE(shard_.run_until([&] {
        put(*cache, copy_of(9));
        return find(*cache).has_value();
    }));
}

TEST_F(RedisCacheTest, a_server_that_hangs_or_is_away_costs_a_bounded_time_and_then_none) {
    auto* const cache = replica();
    put(*cache, copy_of(1));
    server_.suspend();

    const auto begun = std::chrono::steady_clock::now();
    for (int lookups = 0; lookups < 1'000; ++lookups)
        EXPECT_FALSE(find(*cache));
    const auto took = std::chrono::steady_clock::now() - begun;
    server_.resume();

    EXPECT_LT(took, 1500ms);
    EXPECT_TRUE(shard_.run_until([&] { return find(*cache).has_value(); }));
    server_.kill();
    EXPECT_TRUE(shard_.run_until([&] { return !find(*cache).has_value(); }));
    EXPECT_FALSE(shard_.run(cache->take("app", 60s, 10, 1)));
}

TEST_F(RedisCacheTest, no_more_writes_are_under_way_than_may_be) {
    auto* const cache = replica();
    server_.suspend();
    const std::size_t before = shard_.shard().work_under_way();

    for (std::uint64_t generation = 0; generation < 1'500; ++generation)
        cache->put(copy_of(generation));
    shard_.shard().context().poll();

    EXPECT_LE(shard_.shard().work_under_way() - before, 1'000U);
    server_.resume();
}

TEST_F(RedisCacheTest, replicas_share_a_budget) {
    auto* const one = replica();
    auto* const two = replica();
    constexpr auto long_window = std::chrono::seconds(100'000'000);  // none ends within the test

    const auto first = shard_.run(one->take("app", long_window, 10, 7));
    const auto second = shard_.run(two->take("app", long_window, 10, 7));
    const auto third = shard_.run(one->take("app", long_window, 10, 1));
    const auto other = shard_.run(one->take("other", long_window, 10, 1));

    ASSERT_TRUE(first && second && third && other);
    EXPECT_EQ(first->granted, 7U);
    EXPECT_EQ(second->granted, 3U);
    EXPECT_EQ(third->granted, 0U);
    EXPECT_EQ(other->granted, 1U);
    EXPECT_GT(third->window_left, 0ms);
    EXPECT_LE(third->window_left, long_window);
}

TEST_F(RedisCacheTest, a_budget_is_whole_again_in_the_next_window) {
    auto* const cache = replica();
    ASSERT_TRUE(shard_.run(cache->take("app", 1s, 5, 5)));

    EXPECT_TRUE(shard_.run_until([&] {
        const auto taken = shard_.run(cache->take("app", 1s, 5, 5));
        return taken && taken->granted == 5;
    }));
    EXPECT_LE(std::stol(server_.cli("pttl 'evergrant:budget:{" + blind_name("app") + "}:1'")), 2'000);
}

}  // namespace
}  // namespace evergrant::cache
