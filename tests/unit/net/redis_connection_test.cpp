#include "net/redis_client.h"

#include "redis_server.h"
#include "redis_shard.h"

#include <boost/asio/co_spawn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace evergrant::net {
namespace {

using ::evergrant::testing::redis_options;
using ::evergrant::testing::RedisServer;
using ::evergrant::testing::RedisShard;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class RedisConnectionTest : public ::testing::Test {
protected:
    /// Sends it without waiting; its answer comes to `into`.
    void begin(RedisClient& client, RedisWords words, std::vector<std::string>& into,
               std::chrono::milliseconds patience) {
        RedisCommand command{.words = std::move(words), .key = {}};
        boost::asio::co_spawn(shard_.shard().context(),
                              client.command(std::move(command), async::Deadline::after(patience)),
                              [&into](std::exception_ptr, Result<RedisReply> reply) {
                                  into.push_back(reply ? reply->text : reply.error().message);
                              });
    }

    RedisShard shard_;
};

TEST_F(RedisConnectionTest, values_of_any_bytes_come_back) {
    const RedisServer server;
    const auto client = shard_.connected(redis_options(server.url()));
    const std::string value("a\0b\r\n\xff", 6);

    const auto set = shard_.ask(*client, {"SET", "k", value});
    const auto got = shard_.ask(*client, {"GET", "k"});

    ASSERT_TRUE(set && got);
    EXPECT_EQ(set->text, "OK");
    EXPECT_EQ(got->text, value);
    EXPECT_TRUE(shard_.ask(*client, {"GET", "none"})->is_nil());
    EXPECT_TRUE(shard_.ask(*client, {"NONSENSE"})->is_error("ERR"));
    EXPECT_THAT(shard_.metrics().render(), HasSubstr("evergrant_redis_up{for=\"test\",shard=\"0\"} 1"));
    EXPECT_THAT(shard_.metrics().render(), HasSubstr("evergrant_redis_command_duration_seconds_count 4"));
}

TEST_F(RedisConnectionTest, a_unix_socket_will_do) {
    const RedisServer server;
    const auto client = shard_.connected(redis_options("unix://" + server.socket()));

    EXPECT_EQ(shard_.ask(*client, {"PING"})->text, "PONG");
}

TEST_F(RedisConnectionTest, the_database_of_the_url_is_used) {
    const RedisServer server;
    const auto client = shard_.connected(redis_options(server.url() + "/5"));

    ASSERT_TRUE(shard_.ask(*client, {"SET", "k", "v"}));

    EXPECT_EQ(server.cli("-n 5 get k"), "v");
    EXPECT_EQ(server.cli("get k"), "");
}

TEST_F(RedisConnectionTest, a_password_lets_in_and_a_wrong_one_does_not) {
    const RedisServer server({.settings = {"--requirepass", "s3cret"}});
    const auto right = shard_.connected(redis_options("redis://:s3cret@" + server.address()));
    const auto wrong = shard_.client(redis_options("redis://:wrong@" + server.address()));
    const auto none = shard_.client(redis_options(server.url()));

    EXPECT_EQ(shard_.ask(*right, {"PING"})->text, "PONG");
    EXPECT_FALSE(shard_.is_up(*wrong, 200ms));
    EXPECT_FALSE(shard_.is_up(*none, 200ms));
    EXPECT_EQ(shard_.ask(*wrong, {"PING"}).error().code, Errc::store_unavailable);
}

TEST_F(RedisConnectionTest, a_user_of_the_access_list_may_what_it_may) {
    const RedisServer server({.settings = {"--user", "app", "on", ">pw", "~evergrant:*", "+get", "+set"}});
    const auto client = shard_.connected(redis_options("redis://app:pw@" + server.address()));

    EXPECT_EQ(shard_.ask(*client, {"SET", "evergrant:k", "v"})->text, "OK");
    EXPECT_TRUE(shard_.ask(*client, {"SET", "other", "v"})->is_error("NOPERM"));
    EXPECT_TRUE(shard_.ask(*client, {"DEL", "evergrant:k"})->is_error("NOPERM"));
}

TEST_F(RedisConnectionTest, many_commands_at_a_time_have_their_own_answers) {
    const RedisServer server;
    const auto client = shard_.connected(redis_options(server.url()));
    std::vector<std::string> answers;
    std::vector<std::string> expected;

    for (int number = 0; number < 500; ++number) {
        expected.push_back(std::to_string(number) + std::string(static_cast<std::size_t>(number) * 20, 'x'));
        begin(*client, {"ECHO", expected.back()}, answers, 5s);
    }

    ASSERT_TRUE(shard_.run_until([&] { return answers.size() == expected.size(); }));
    EXPECT_EQ(answers, expected);
}

TEST_F(RedisConnectionTest, an_answer_that_comes_too_late_is_nobody_elses) {
    const RedisServer server;
    RedisOptions options = redis_options(server.url());
    options.silence_limit = 5s;
    const auto client = shard_.connected(std::move(options));

    const auto late = shard_.ask(*client, {"BLPOP", "nothing", "0.3"}, {}, 50ms);
    const auto next = shard_.ask(*client, {"ECHO", "mine"});

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::cancelled);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->text, "mine");
}

TEST_F(RedisConnectionTest, more_commands_than_may_wait_are_refused_at_once) {
    const RedisServer server;
    RedisOptions options = redis_options(server.url());
    options.max_in_flight = 2;
    const auto client = shard_.connected(std::move(options));
    std::vector<std::string> answers;

    begin(*client, {"BLPOP", "nothing", "0.1"}, answers, 5s);
    begin(*client, {"ECHO", "second"}, answers, 5s);
    begin(*client, {"ECHO", "third"}, answers, 5s);

    ASSERT_TRUE(shard_.run_until([&] { return answers.size() == 3; }));
    EXPECT_THAT(answers, ::testing::ElementsAre("Too many commands wait for Redis.", "", "second"));
}

TEST_F(RedisConnectionTest, a_server_that_hangs_costs_no_more_than_the_deadline_and_is_used_again_when_it_goes_on) {
    RedisServer server;
    RedisOptions options = redis_options(server.url());
    options.silence_limit = 300ms;
    options.connect_timeout = 300ms;
    const auto client = shard_.connected(std::move(options));

    server.suspend();
    const auto begun = std::chrono::steady_clock::now();
    const auto first = shard_.ask(*client, {"PING"}, {}, 100ms);
    const auto took = std::chrono::steady_clock::now() - begun;
    ASSERT_TRUE(shard_.run_until(
        [&] { return shard_.ask(*client, {"PING"}, {}, 20ms).error().code == Errc::store_unavailable; }));
    server.resume();

    EXPECT_EQ(first.error().code, Errc::cancelled);
    EXPECT_LT(took, 1s);
    ASSERT_TRUE(shard_.is_up(*client));
    EXPECT_EQ(shard_.ask(*client, {"PING"})->text, "PONG");
}

TEST_F(RedisConnectionTest, an_idle_connection_that_has_died_in_silence_is_found_out) {
    RedisServer server;
    RedisOptions options = redis_options(server.url());
    options.silence_limit = 200ms;
    const auto client = shard_.connected(std::move(options));

    server.suspend();
    const auto begun = std::chrono::steady_clock::now();
    const bool found_out = shard_.run_until(
        [&] { return shard_.metrics().render().contains("evergrant_redis_up{for=\"test\",shard=\"0\"} 0"); });
    const auto took = std::chrono::steady_clock::now() - begun;
    server.resume();

    EXPECT_TRUE(found_out);
    EXPECT_LT(took, 2s);
}

TEST_F(RedisConnectionTest, a_server_that_restarts_is_used_again) {
    RedisServer server;
    const auto client = shard_.connected(redis_options(server.url()));

    server.kill();
    ASSERT_TRUE(shard_.run_until([&] { return !shard_.ask(*client, {"PING"}); }));
    const auto away = shard_.ask(*client, {"PING"});
    server.restart();

    EXPECT_EQ(away.error().code, Errc::store_unavailable);
    ASSERT_TRUE(shard_.is_up(*client));
    EXPECT_EQ(shard_.ask(*client, {"PING"})->text, "PONG");
}

TEST_F(RedisConnectionTest, an_answer_beyond_the_limit_ends_the_connection_and_no_more) {
    const RedisServer server;
    RedisOptions options = redis_options(server.url());
    options.answer_limit = 100'000;
    const auto client = shard_.connected(std::move(options));
    ASSERT_TRUE(shard_.ask(*client, {"SET", "huge", std::string(1'000'000, 'x')}));

    const auto huge = shard_.ask(*client, {"GET", "huge"});

    EXPECT_EQ(huge.error().code, Errc::store_unavailable);
    ASSERT_TRUE(shard_.is_up(*client));
    EXPECT_EQ(shard_.ask(*client, {"PING"})->text, "PONG");
}

TEST_F(RedisConnectionTest, a_client_that_goes_leaves_nobody_waiting) {
    const RedisServer server;
    auto client = shard_.connected(redis_options(server.url()));
    std::vector<std::string> answers;
    begin(*client, {"BLPOP", "nothing", "5"}, answers, 20s);
    ASSERT_TRUE(shard_.run_until([&] { return server.cli("info clients").contains("blocked_clients:1"); }));

    client.reset();

    ASSERT_TRUE(shard_.run_until([&] { return answers.size() == 1; }));
    EXPECT_EQ(answers.front(), "Redis is away.");
}

}  // namespace
}  // namespace evergrant::net
