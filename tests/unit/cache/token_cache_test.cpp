#include "cache/token_cache.h"

#include <gtest/gtest.h>

namespace evergrant::cache {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr sys_seconds noon{seconds(1'800'000'000)};

std::shared_ptr<CachedToken> token_of(const std::string& tenant) {
    auto token = std::make_shared<CachedToken>();
    token->key = {TenantId(tenant), IntegrationId("demo")};
    token->expires_at = noon + hours(1);
    token->lifetime = hours(1);
    token->serve_until = noon + minutes(55);
    return token;
}

}  // namespace

TEST(CachedTokenTest, serves_until_its_time) {
    const auto token = token_of("a");

    EXPECT_TRUE(token->serves(noon + minutes(54), seconds(0)));
    EXPECT_FALSE(token->serves(noon + minutes(55), seconds(0)));
}

TEST(CachedTokenTest, does_not_serve_who_wants_more_life_than_it_has_left) {
    EXPECT_FALSE(token_of("a")->serves(noon + minutes(30), minutes(31)));
}

TEST(CachedTokenTest, serves_who_wants_more_than_any_token_has_once_it_was_fetched_for_that) {
    const auto token = token_of("a");
    token->asked_ttl = hours(9);

    EXPECT_TRUE(token->serves(noon + minutes(1), hours(9)));
    EXPECT_FALSE(token->serves(noon + minutes(1), hours(10)));
}

TEST(TokenCacheTest, finds_what_was_put_by_tenant_and_integration) {
    TokenCache cache(10);
    cache.put(token_of("a"));

    EXPECT_NE(cache.find("a", "demo"), nullptr);
    EXPECT_EQ(cache.find("a", "other"), nullptr);
    EXPECT_EQ(cache.find("b", "demo"), nullptr);
}

TEST(TokenCacheTest, a_withdrawn_token_is_not_found) {
    TokenCache cache(10);
    const auto token = token_of("a");
    cache.put(token);

    token->withdraw();

    EXPECT_EQ(cache.find("a", "demo"), nullptr);
}

TEST(TokenCacheTest, removing_withdraws_for_every_holder) {
    TokenCache here(10);
    TokenCache elsewhere(10);
    const auto token = token_of("a");
    here.put(token);
    elsewhere.put(token);

    here.remove(token->key);

    EXPECT_EQ(elsewhere.find("a", "demo"), nullptr);
}

TEST(TokenCacheTest, replacing_withdraws_the_token_of_before) {
    TokenCache cache(10);
    const auto before = token_of("a");
    cache.put(before);

    cache.put(token_of("a"));

    EXPECT_TRUE(before->withdrawn());
    EXPECT_FALSE((*cache.find("a", "demo"))->withdrawn());
}

TEST(TokenCacheTest, an_older_generation_never_replaces_a_newer_one) {
    TokenCache cache(10);
    const auto newer = token_of("a");
    newer->generation = 3;
    const auto older = token_of("a");
    older->generation = 2;
    cache.put(newer);

    const SharedToken standing = cache.put(older);

    EXPECT_EQ(standing, newer);
    EXPECT_EQ(*cache.find("a", "demo"), newer);
    EXPECT_FALSE(newer->withdrawn());
}

TEST(TokenCacheTest, holds_no_more_than_its_capacity_and_keeps_what_is_read) {
    TokenCache cache(10);
    cache.put(token_of("favourite"));

    for (int i = 0; i < 100; ++i) {
        cache.put(token_of("t" + std::to_string(i)));
        EXPECT_NE(cache.find("favourite", "demo"), nullptr);
    }

    EXPECT_LE(cache.size(), 12U);
}

TEST(TokenCacheTest, what_has_to_go_goes_withdrawn) {
    TokenCache cache(2);
    const auto first = token_of("first");
    cache.put(first);

    for (int i = 0; i < 10; ++i)
        cache.put(token_of("t" + std::to_string(i)));

    EXPECT_TRUE(first->withdrawn());
}

}  // namespace evergrant::cache
