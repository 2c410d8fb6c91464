// A master, its replica and a sentinel that appoints the replica when the master is lost.
#include "net/redis_client.h"

#include "redis_server.h"
#include "redis_shard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace evergrant::net {
namespace {

using ::evergrant::testing::redis_options;
using ::evergrant::testing::RedisServer;
using ::evergrant::testing::RedisShard;
using namespace std::chrono_literals;

RedisServer::Options replica_of(const RedisServer& master) {
    return {.settings = {"--replicaof", "127.0.0.1", std::to_string(master.port()), "--masterauth", "pw",
                         "--requirepass", "pw"},
            .ready = "MASTER <-> REPLICA sync: Finished with success"};
}

RedisServer::Options sentinel_of(const RedisServer& master) {
    return {.sentinel_of = "sentinel monitor main 127.0.0.1 " + std::to_string(master.port()) +
                           " 1\nsentinel auth-pass main pw\nsentinel down-after-milliseconds main 200\n"
                           "sentinel failover-timeout main 3000\n",
            .ready = "+slave slave"};
}

class RedisSentinelTest : public ::testing::Test {
protected:
    RedisOptions options(const std::string& master = "main") const {
        RedisOptions read = redis_options("redis+sentinel://:pw@127.0.0.1:1," + sentinel_.address() + "/" + master);
        read.silence_limit = 300ms;
        read.connect_timeout = 300ms;
        return read;
    }

    RedisServer master_{{.settings = {"--requirepass", "pw", "--masterauth", "pw"}}};
    RedisServer replica_{replica_of(master_)};
    RedisServer sentinel_{sentinel_of(master_)};
    RedisShard shard_;
};

TEST_F(RedisSentinelTest, the_master_is_found_and_its_successor_when_it_is_lost) {
    const auto client = shard_.connected(options());
    ASSERT_TRUE(shard_.ask(*client, {"SET", "k", "v"}));
    const auto port = shard_.ask(*client, {"CONFIG", "GET", "port"});

    master_.kill();

    ASSERT_TRUE(shard_.run_until([&] { return !shard_.ask(*client, {"PING"}, {}, 100ms); }));
    ASSERT_TRUE(shard_.is_up(*client));
    const auto port_after = shard_.ask(*client, {"CONFIG", "GET", "port"});
    ASSERT_EQ(port->items.size(), 2U);
    ASSERT_EQ(port_after->items.size(), 2U);
    EXPECT_EQ(port->items[1].text, std::to_string(master_.port()));
    EXPECT_EQ(port_after->items[1].text, std::to_string(replica_.port()));
    EXPECT_EQ(shard_.ask(*client, {"SET", "k2", "v"})->text, "OK");
}

TEST_F(RedisSentinelTest, a_master_that_was_made_a_replica_is_left_when_it_says_so) {
    const auto client = shard_.connected(options());
    ASSERT_EQ(shard_.ask(*client, {"CONFIG", "GET", "port"})->items.at(1).text, std::to_string(master_.port()));

    // The sentinel must have looked at the replica first.
    ASSERT_TRUE(shard_.run_until([&] { return sentinel_.cli("sentinel failover main") == "OK"; }));

    // What it was connected to either closes or answers READONLY; both lead to the new master.
    EXPECT_TRUE(shard_.run_until([&] {
        const auto set = shard_.ask(*client, {"SET", "k", "v"}, {}, 200ms);
        if (!set || set->is_error())
            return false;
        const auto port = shard_.ask(*client, {"CONFIG", "GET", "port"}, {}, 200ms);
        return port && port->items.at(1).text == std::to_string(replica_.port());
    }));
}

TEST_F(RedisSentinelTest, a_master_that_no_sentinel_knows_is_away) {
    const auto client = shard_.client(options("another"));

    EXPECT_FALSE(shard_.is_up(*client, 500ms));
}

}  // namespace
}  // namespace evergrant::net
