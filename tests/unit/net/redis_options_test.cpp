#include "net/redis_options.h"

#include "net/redis_codec.h"
#include "net/redis_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Topology = RedisOptions::Topology;

TEST(RedisUrlTest, a_host_alone_has_the_usual_port_and_database_0) {
    const auto options = parse_redis_url("redis://cache.internal");

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->topology, Topology::single);
    EXPECT_EQ(options->endpoints.front().text(), "cache.internal:6379");
    EXPECT_EQ(options->database, 0U);
    EXPECT_FALSE(options->tls);
    EXPECT_TRUE(options->user.empty() && options->password.empty());
}

TEST(RedisUrlTest, user_password_port_database_and_tls_are_read) {
    const auto options = parse_redis_url("rediss://app:p%40ss%3A@[::1]:7000/3");

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(options->tls);
    EXPECT_EQ(options->user, "app");
    EXPECT_EQ(options->password.reveal(), "p@ss:");
    EXPECT_EQ(options->endpoints.front().host, "::1");
    EXPECT_EQ(options->endpoints.front().port, 7000);
    EXPECT_EQ(options->database, 3U);
}

TEST(RedisUrlTest, sentinels_and_their_master_are_read) {
    const auto options = parse_redis_url("redis+sentinel://:secret@a,b:1234/main/2");

    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->topology, Topology::sentinel);
    ASSERT_EQ(options->endpoints.size(), 2U);
    EXPECT_EQ(options->endpoints[0].text(), "a:26379");
    EXPECT_EQ(options->endpoints[1].text(), "b:1234");
    EXPECT_EQ(options->master_name, "main");
    EXPECT_EQ(options->password.reveal(), "secret");
    EXPECT_EQ(options->database, 2U);
}

TEST(RedisUrlTest, nodes_of_a_cluster_and_a_unix_socket_are_read) {
    const auto cluster = parse_redis_url("rediss+cluster://a:1,b:2,c");
    const auto unix_socket = parse_redis_url("unix:///run/redis.sock");

    ASSERT_TRUE(cluster && unix_socket);
    EXPECT_EQ(cluster->topology, Topology::cluster);
    EXPECT_TRUE(cluster->tls);
    EXPECT_EQ(cluster->endpoints[2].text(), "c:6379");
    EXPECT_EQ(unix_socket->endpoints.front().path, "/run/redis.sock");
}

TEST(RedisUrlTest, what_is_wrong_is_one_sentence_that_repeats_nothing) {
    for (const std::string_view url : {"",
                                       "cache:6379",
                                       "http://hunter2",
                                       "redis://",
                                       "redis://:hunter2@",
                                       "redis://hunter2@host",
                                       "redis://:hunter2%4@host",
                                       "redis://:hunter2@host:0",
                                       "redis://:hunter2@host:65536",
                                       "redis://:hunter2@host/x",
                                       "redis://:hunter2@host/1/2",
                                       "redis://:hunter2@a,b",
                                       "redis://:hunter2@host?db=1",
                                       "redis+sentinel://:hunter2@host",
                                       "redis+sentinel://:hunter2@host//1",
                                       "redis+cluster://:hunter2@host/1",
                                       "redis://:hunter2@[::1",
                                       "redis://:hunter2@[::1]x",
                                       "redis://:hunter2@ho st",
                                       "unix:relative"}) {
        const auto options = parse_redis_url(url);

        ASSERT_FALSE(options) << url;
        EXPECT_EQ(options.error().code, Errc::invalid_request);
        EXPECT_THAT(options.error().message, Not(HasSubstr("hunter2")));
        EXPECT_TRUE(options.error().message.ends_with('.')) << options.error().message;
    }
}

TEST(RedisCodecTest, a_command_is_written_with_the_length_of_each_word) {
    using namespace std::string_literals;

    EXPECT_EQ(encode_redis_command({"SET", "k", "a\0\r\n"s}), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\0\r\n\r\n"s);
}

TEST(RedisCodecTest, answers_of_every_kind_are_read_however_they_are_cut) {
    const std::string bytes = "+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$2\r\nhi\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n*-1\r\n";
    RedisReader reader(1'000);
    std::vector<RedisReply> replies;

    for (const char byte : bytes) {
        reader.feed({&byte, 1});
        auto reply = reader.next();
        ASSERT_TRUE(reply);
        if (reply->has_value())
            replies.push_back(std::move(**reply));
    }

    using Kind = RedisReply::Kind;
    ASSERT_EQ(replies.size(), 6U);
    EXPECT_EQ(replies[0].kind, Kind::status);
    EXPECT_EQ(replies[0].text, "OK");
    EXPECT_TRUE(replies[1].is_error("ERR"));
    EXPECT_EQ(replies[2].integer, -7);
    EXPECT_TRUE(replies[3].is_nil());
    EXPECT_EQ(replies[4].text, "hi");
    ASSERT_EQ(replies[5].items.size(), 3U);
    EXPECT_EQ(replies[5].items[1].items.at(0).text, "x");
    EXPECT_TRUE(replies[5].items[2].is_nil());
}

TEST(RedisCodecTest, what_is_not_an_answer_too_long_or_too_many_is_refused) {
    for (const std::string& bytes :
         {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("*2147483647\r\n"),
          "$5000\r\n" + std::string(2'000, 'x'), std::string("$-2\r\n"), "*60000\r\n*60000\r\n" + std::string()}) {
        RedisReader reader(1'000);

        reader.feed(bytes);

        EXPECT_FALSE(reader.next()) << bytes.substr(0, 40);
    }
}

TEST(RedisSlotsTest, keys_have_the_slots_that_the_cluster_specification_gives_them) {
    EXPECT_EQ(redis_slot("123456789"), 0x31C3);
    EXPECT_EQ(redis_slot("foo"), 12182);
    EXPECT_EQ(redis_slot("a{foo}b{bar}"), redis_slot("foo"));
    EXPECT_EQ(redis_slot("foo{}{bar}"), redis_slot("foo{}{bar}"));
    EXPECT_NE(redis_slot("foo{}{bar}"), redis_slot("bar"));
    EXPECT_EQ(redis_slot("foo{{bar}}zap"), redis_slot("{bar"));
}

TEST(RedisSlotsTest, a_redirection_names_its_node_or_another_port_of_the_one_that_was_asked) {
    const RedisEndpoint asked{.host = "10.0.0.1", .port = 7000, .path = {}};

    EXPECT_EQ(read_redis_redirect("MOVED 3999 127.0.0.1:6381", asked)->text(), "127.0.0.1:6381");
    EXPECT_EQ(read_redis_redirect("ASK 3999 :6381", asked)->text(), "10.0.0.1:6381");
    EXPECT_FALSE(read_redis_redirect("MOVED 3999", asked));
    EXPECT_FALSE(read_redis_redirect("MOVED 3999 host:x", asked));
}

}  // namespace
}  // namespace evergrant::net
