#include "cache/redis_news.h"

#include "redis_server.h"
#include "redis_shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace evergrant::cache {
namespace {

using ::evergrant::testing::redis_options;
using ::evergrant::testing::RedisServer;
using ::evergrant::testing::RedisShard;
using ::testing::Contains;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

using Heard = std::vector<std::optional<News>>;

News replaced(std::uint64_t generation, const std::string& tenant = "tenant-a") {
    return {.kind = News::Kind::replaced,
            .key = {.tenant = TenantId(tenant), .integration = IntegrationId("crm")},
            .generation = generation};
}

TEST(NewsTextTest, news_are_a_line_each_and_back) {
    News removed = replaced(12);
    removed.kind = News::Kind::removed;
    const News keys{.kind = News::Kind::keys, .key = {}, .generation = 0};

    EXPECT_EQ(to_text(replaced(3)), "replaced 3 tenant-a crm");
    for (const News& news : {replaced(3), removed, keys})
        EXPECT_EQ(parse_news(to_text(news)), news);
}

TEST(NewsTextTest, what_is_no_news_of_ours_is_nothing) {
    for (const char* text :
         {"", "replaced", "replaced 3", "replaced 3 a", "replaced x a b", "replaced -1 a b", "replaced 3 a b c",
          "replaced 3  a", "replaced 3 a ../b", "keys 1", "other 3 a b", "replaced 99999999999999999999 a b"})
        EXPECT_FALSE(parse_news(text)) << text;
}

class RedisNewsTest : public ::testing::Test {
protected:
    void TearDown() override { shard_.drain(); }

    std::unique_ptr<RedisNews> replica(Heard& heard) {
        auto options = std::make_shared<net::RedisOptions>(redis_options(server_.url()));
        options->silence_limit = 300ms;
        options->connect_timeout = 300ms;
        auto news = std::make_unique<RedisNews>(shard_.shard(), std::move(options), random_, shard_.metrics());
        news->start([&heard](const std::optional<News>& piece) { heard.push_back(piece); });
        return news;
    }

    bool both_live() {
        return shard_.run_until([&] { return one_->live() && two_->live(); });
    }

    RedisServer server_;
    crypto::SystemRandom random_;
    RedisShard shard_;
    Heard heard_by_one_;
    Heard heard_by_two_;
    std::unique_ptr<RedisNews> one_{replica(heard_by_one_)};
    std::unique_ptr<RedisNews> two_{replica(heard_by_two_)};
};

TEST_F(RedisNewsTest, one_tells_the_other_and_does_not_hear_itself) {
    ASSERT_TRUE(both_live());
    EXPECT_THAT(heard_by_two_, ElementsAre(std::nullopt));

    one_->publish(replaced(1));
    one_->publish(replaced(2));
    ASSERT_TRUE(shard_.run_until([&] { return heard_by_two_.size() == 3; }));
    two_->publish(replaced(3));
    ASSERT_TRUE(shard_.run_until([&] { return heard_by_one_.size() == 2; }));

    EXPECT_THAT(heard_by_two_, ElementsAre(std::nullopt, replaced(1), replaced(2)));
    EXPECT_THAT(heard_by_one_, ElementsAre(std::nullopt, replaced(3)));
}

TEST_F(RedisNewsTest, any_thread_may_tell) {
    ASSERT_TRUE(both_live());

    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
        threads.emplace_back([this] {
            for (std::uint64_t generation = 0; generation < 500; ++generation)
                one_->publish(replaced(generation));
        });
    for (std::thread& thread : threads)
        thread.join();

    EXPECT_TRUE(shard_.run_until([&] { return heard_by_two_.size() == 2'001; }));
}

TEST_F(RedisNewsTest, after_a_gap_the_listener_is_told_that_it_may_have_missed_anything) {
    ASSERT_TRUE(both_live());

    server_.kill();
    ASSERT_TRUE(shard_.run_until([&] { return !one_->live() && !two_->live(); }));
    one_->publish(replaced(5));
    server_.restart();
    ASSERT_TRUE(both_live());

    EXPECT_THAT(heard_by_two_, ElementsAre(std::nullopt, std::nullopt));
    // What was told meanwhile waited; it may come before the other listens again, which the gap covers.
    one_->publish(replaced(6));
    EXPECT_TRUE(shard_.run_until([&] { return heard_by_two_.back() == replaced(6); }));
}

TEST_F(RedisNewsTest, a_server_that_dies_in_silence_is_not_live_for_long) {
    ASSERT_TRUE(both_live());

    server_.suspend();
    const auto begun = std::chrono::steady_clock::now();
    const bool found_out = shard_.run_until([&] { return !one_->live(); });
    const auto took = std::chrono::steady_clock::now() - begun;
    server_.resume();

    EXPECT_TRUE(found_out);
    EXPECT_LT(took, 2s);
    ASSERT_TRUE(both_live());
}

TEST_F(RedisNewsTest, more_than_can_wait_is_dropped_and_becomes_a_gap) {
    ASSERT_TRUE(both_live());
    heard_by_two_.clear();

    for (std::uint64_t generation = 0; generation < 10'001; ++generation)
        one_->publish(replaced(generation));

    ASSERT_TRUE(shard_.run_until([&] { return Heard(heard_by_two_).size() == 2; }));
    EXPECT_THAT(heard_by_two_, ElementsAre(std::nullopt, replaced(10'000)));
}

TEST_F(RedisNewsTest, what_somebody_else_says_on_the_channel_does_no_harm) {
    ASSERT_TRUE(both_live());
    heard_by_two_.clear();

    ASSERT_EQ(server_.cli("publish evergrant:news nonsense"), "2");
    ASSERT_EQ(server_.cli(R"sh(publish evergrant:news "$(printf 'me\nreplaced x\nkeys')")sh"), "2");
    one_->publish(replaced(1));

    ASSERT_TRUE(shard_.run_until([&] { return !heard_by_two_.empty() && heard_by_two_.back() == replaced(1); }));
    EXPECT_THAT(heard_by_two_, Contains(News{.kind = News::Kind::keys, .key = {}, .generation = 0}));
}

}  // namespace
}  // namespace evergrant::cache
