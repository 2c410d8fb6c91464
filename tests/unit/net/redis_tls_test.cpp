// Redis in TLS, and servers that are none.
#include "redis_server.h"
#include "redis_shard.h"
#include "scripted_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace evergrant::net {
namespace {

using ::evergrant::testing::redis_options;
using ::evergrant::testing::RedisServer;
using ::evergrant::testing::RedisShard;
using ::evergrant::testing::ScriptedServer;
using namespace std::chrono_literals;

RedisOptions tls_options(const RedisServer& server, const std::string& ca_file, const std::string& host = "127.0.0.1") {
    RedisOptions options = redis_options("rediss://" + host + ":" + std::to_string(server.port()));
    options.ca_file = ca_file;
    return options;
}

TEST(RedisTlsTest, a_certificate_of_the_ca_named_is_believed) {
    const RedisServer server({.tls = true});
    RedisShard shard;
    const auto client = shard.connected(tls_options(server, server.ca_file()));
    const std::string value(100'000, 'x');

    EXPECT_EQ(shard.ask(*client, {"SET", "k", value})->text, "OK");
    EXPECT_EQ(shard.ask(*client, {"GET", "k"})->text, value);
}

TEST(RedisTlsTest, a_certificate_of_another_ca_or_for_another_name_is_not) {
    const RedisServer server({.tls = true});
    const RedisServer other({.tls = true});
    RedisShard shard;
    const auto wrong_ca = shard.client(tls_options(server, other.ca_file()));
    const auto system_roots = shard.client(tls_options(server, ""));
    const auto wrong_name = shard.client(tls_options(server, server.ca_file(), "localhost"));
    const auto plain = shard.client(redis_options(server.url()));

    EXPECT_FALSE(shard.is_up(*wrong_ca, 300ms));
    EXPECT_FALSE(shard.is_up(*system_roots, 100ms));
    EXPECT_FALSE(shard.is_up(*wrong_name, 100ms));
    EXPECT_FALSE(shard.is_up(*plain, 100ms));
}

TEST(RedisTlsTest, a_hung_server_in_tls_is_left_and_found_again) {
    RedisServer server({.tls = true});
    RedisShard shard;
    RedisOptions options = tls_options(server, server.ca_file());
    options.silence_limit = 200ms;
    options.connect_timeout = 200ms;
    const auto client = shard.connected(std::move(options));

    server.suspend();
    const bool gone =
        shard.run_until([&] { return shard.ask(*client, {"PING"}, {}, 20ms).error().code == Errc::store_unavailable; });
    const bool up_meanwhile = shard.is_up(*client, 500ms);
    server.resume();

    EXPECT_TRUE(gone);
    EXPECT_FALSE(up_meanwhile);
    EXPECT_TRUE(shard.is_up(*client));
}

TEST(RedisTlsTest, a_ca_file_that_is_none_is_told_at_the_start) {
    RedisShard shard;
    RedisOptions options = redis_options("rediss://127.0.0.1:1");
    options.ca_file = "/nonexistent/ca.pem";

    EXPECT_THROW((void)shard.client(std::move(options)), std::runtime_error);
}

TEST(RedisGarbageTest, a_server_that_speaks_something_else_is_away) {
    ScriptedServer server([](ScriptedServer::Peer& peer) {
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.hold();
    });
    RedisShard shard;
    const auto client = shard.client(redis_options("redis://127.0.0.1:" + std::to_string(server.port())));

    EXPECT_FALSE(shard.is_up(*client, 200ms));
    EXPECT_EQ(shard.ask(*client, {"PING"}).error().code, Errc::store_unavailable);
}

TEST(RedisGarbageTest, answers_that_nobody_asked_for_end_the_connection) {
    ScriptedServer server([](ScriptedServer::Peer& peer) {
        peer.write("+PONG\r\n+PONG\r\n");
        peer.hold();
    });
    RedisShard shard;
    const auto client = shard.client(redis_options("redis://127.0.0.1:" + std::to_string(server.port())));

    EXPECT_TRUE(shard.run_until([&] { return server.connections() >= 3; }));
}

TEST(RedisGarbageTest, a_server_that_never_answers_is_given_up_by_the_deadline) {
    ScriptedServer server([](ScriptedServer::Peer& peer) {
        if (peer.index() == 0)
            peer.write("+PONG\r\n");
        peer.hold();
    });
    RedisShard shard;
    const auto client = shard.connected(redis_options("redis://127.0.0.1:" + std::to_string(server.port())));

    const auto reply = shard.ask(*client, {"GET", "k"}, {}, 100ms);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::cancelled);
}

}  // namespace
}  // namespace evergrant::net
