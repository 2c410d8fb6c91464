// Three masters that share the slots, one of which is given away under way.
#include "net/redis_client.h"
#include "net/redis_slots.h"

#include "redis_server.h"
#include "redis_shard.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

namespace evergrant::net {
namespace {

using ::evergrant::testing::redis_options;
using ::evergrant::testing::RedisServer;
using ::evergrant::testing::RedisShard;
using namespace std::chrono_literals;

const RedisServer::Options node_options{.settings = {"--cluster-enabled", "yes", "--cluster-node-timeout", "2000",
                                                     "--cluster-require-full-coverage", "no"}};

class RedisClusterTest : public ::testing::Test {
protected:
    static constexpr std::array ranges{"0 5460", "5461 10922", "10923 16383"};

    RedisClusterTest() {
        for (std::size_t index = 0; index < nodes_.size(); ++index)
            EXPECT_EQ(nodes_.at(index).cli(std::string("cluster addslotsrange ") + ranges.at(index)), "OK");
        for (std::size_t index = 1; index < nodes_.size(); ++index)
            EXPECT_EQ(nodes_.front().cli("cluster meet 127.0.0.1 " + std::to_string(nodes_.at(index).port())), "OK");
        // Nodes learn of each other by gossip, and tell nobody when they have.
        for (const RedisServer& node : nodes_)
            for (int tries = 0; !knows_all(node) && tries < 1'000; ++tries)
                std::this_thread::sleep_for(10ms);
    }

    static bool knows_all(const RedisServer& node) {
        const std::string info = node.cli("cluster info");
        return info.contains("cluster_slots_assigned:16384") && info.contains("cluster_state:ok");
    }

    RedisOptions options() const {
        RedisOptions read = redis_options("redis+cluster://127.0.0.1:1," + nodes_[1].address());
        read.silence_limit = 300ms;
        read.connect_timeout = 300ms;
        return read;
    }

    /// The whole of a node's keys.
    static std::string keys_of(const RedisServer& node) { return node.cli("keys '*'"); }

    std::array<RedisServer, 3> nodes_{RedisServer(node_options), RedisServer(node_options), RedisServer(node_options)};
    RedisShard shard_;
};

TEST_F(RedisClusterTest, each_key_goes_to_its_master_and_a_moved_slot_is_followed) {
    const auto client = shard_.connected(options());

    // Slots 12182, 5061 and 8000 or so: one of each master.
    for (const std::string key : {"foo", "bar", "hello"})
        ASSERT_EQ(shard_.ask(*client, {"SET", key, "v-" + key}, key)->text, "OK");
    EXPECT_EQ(keys_of(nodes_[2]), "foo");
    EXPECT_EQ(keys_of(nodes_[0]).contains("bar") || keys_of(nodes_[0]).contains("hello"), true);
    EXPECT_EQ(shard_.ask(*client, {"PUBLISH", "channel", "x"})->kind, RedisReply::Kind::integer);

    // While the slot is on its way, who has it not asks to look at the other.
    const std::string slot = std::to_string(redis_slot("foo"));
    const std::string from = nodes_[2].cli("cluster myid");
    const std::string to = nodes_[0].cli("cluster myid");
    ASSERT_EQ(nodes_[0].cli("cluster setslot " + slot + " importing " + from), "OK");
    ASSERT_EQ(nodes_[2].cli("cluster setslot " + slot + " migrating " + to), "OK");
    EXPECT_EQ(shard_.ask(*client, {"SET", "{foo}2", "asked"}, "{foo}2")->text, "OK");
    EXPECT_EQ(shard_.ask(*client, {"GET", "foo"}, "foo")->text, "v-foo");
    EXPECT_TRUE(keys_of(nodes_[0]).contains("{foo}2"));

    ASSERT_EQ(nodes_[2].cli("del foo"), "1");
    for (const RedisServer* node : {&nodes_[0], &nodes_[2], &nodes_[1]})
        ASSERT_EQ(node->cli("cluster setslot " + slot + " node " + to), "OK");
    EXPECT_EQ(shard_.ask(*client, {"SET", "foo", "moved"}, "foo")->text, "OK");
    EXPECT_EQ(shard_.ask(*client, {"GET", "foo"}, "foo")->text, "moved");
    EXPECT_TRUE(keys_of(nodes_[0]).contains("foo"));
}

TEST_F(RedisClusterTest, a_node_that_is_lost_takes_its_own_keys_alone) {
    const auto client = shard_.connected(options());

    nodes_[2].kill();
    ASSERT_TRUE(shard_.run_until([&] { return !shard_.ask(*client, {"GET", "foo"}, "foo", 100ms); }));

    EXPECT_TRUE(shard_.ask(*client, {"SET", "bar", "v"}, "bar"));
    nodes_[2].restart();
    EXPECT_TRUE(shard_.is_up(*client));
}

}  // namespace
}  // namespace evergrant::net
