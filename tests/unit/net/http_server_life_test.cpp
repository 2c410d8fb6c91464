#include "http_server_fixture.h"

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(HttpServerTest, a_client_that_leaves_does_not_stop_what_it_asked_for) {
    start();
    {
        LoopbackClient client = connect();
        client.send(get("/held"));
        handler_.held.acquire();
    }

    handler_.release();
    while (on_shard([this] { return server_->connections(); }) != 0) {}

    EXPECT_TRUE(handler_.held_was_answered);
    EXPECT_FALSE(handler_.held_was_cancelled);
    EXPECT_THAT(ask(get("/now")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, draining_closes_idle_connections_and_refuses_new_ones) {
    start();
    LoopbackClient idle = connect();
    idle.send(get("/now"));
    idle.answer();

    EXPECT_TRUE(drain(std::chrono::seconds(10)).get());

    EXPECT_EQ(idle.rest(), "");
    EXPECT_THROW(connect(), std::system_error);
}

TEST_F(HttpServerTest, draining_lets_a_request_under_way_finish_and_tells_its_client_to_close) {
    start();
    LoopbackClient client = connect();
    client.send(get("/held"));
    handler_.held.acquire();

    auto drained = drain(std::chrono::seconds(10));
    handler_.release();

    const std::string answer = client.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
    client.close();
    EXPECT_TRUE(drained.get());
}

TEST_F(HttpServerTest, draining_past_its_deadline_cancels_what_is_left) {
    start();
    LoopbackClient client = connect();
    client.send(get("/held"));
    handler_.held.acquire();

    EXPECT_FALSE(drain(std::chrono::milliseconds(0)).get());

    EXPECT_EQ(client.rest(), "");
    EXPECT_TRUE(handler_.held_was_cancelled);
    EXPECT_EQ(on_shard([this] { return server_->requests_in_flight(); }), 0U);
}

TEST_F(HttpServerTest, the_proxies_it_trusts_are_told_apart) {
    options_.trusted_proxies = {"10.0.0.0/8", "127.0.0.1"};
    start();

    EXPECT_THAT(ask(get("/echo")), HasSubstr(" 127.0.0.1 trusted "));
}

TEST_F(HttpServerTest, a_trusted_proxy_tells_whom_the_request_comes_from) {
    options_.trusted_proxies = {"127.0.0.1"};
    start();

    EXPECT_THAT(ask(get("/echo", "X-Forwarded-For: 203.0.113.9\r\n")), HasSubstr(" 203.0.113.9 trusted "));
}

TEST_F(HttpServerTest, anyone_else_is_not_believed_about_whom_the_request_comes_from) {
    start();

    EXPECT_THAT(ask(get("/echo", "X-Forwarded-For: 203.0.113.9\r\n")), HasSubstr(" 127.0.0.1 "));
}

TEST_F(HttpServerTest, a_trusted_proxy_that_is_no_address_is_refused) {
    options_.trusted_proxies = {"10.0.0.0/33"};

    EXPECT_THROW(HttpServer(shards_[0], handler_, options_), std::invalid_argument);
}

TEST_F(HttpServerTest, shards_share_a_port_and_strangers_do_not) {
    HttpServer first(shards_[0], handler_, options_);
    options_.port = first.port();

    EXPECT_THROW(HttpServer(shards_[0], handler_, options_), boost::system::system_error);

    options_.joins = true;
    HttpServer second(shards_[0], handler_, options_);
    EXPECT_EQ(second.port(), first.port());
}

TEST(HttpServersTest, of_two_shards_serve_one_port) {
    async::Shards shards(2);
    ScriptedHandler first_handler(shards[0]);
    ScriptedHandler second_handler(shards[1]);
    HttpServer first(shards[0], first_handler, {.host = "127.0.0.1"});
    HttpServer second(shards[1], second_handler, {.host = "127.0.0.1", .port = first.port(), .joins = true});
    first.start();
    second.start();
    shards.start();

    std::vector<LoopbackClient> clients;
    for (int n = 0; n < 64; ++n) {
        clients.emplace_back(first.port());
        clients.back().send(get("/echo"));
        EXPECT_THAT(clients.back().answer(), StartsWith("HTTP/1.1 200 "));
    }
    shards.stop(async::Deadline::after(std::chrono::seconds(10)));

    EXPECT_EQ(first.connections() + second.connections(), clients.size());
    EXPECT_GT(first.connections(), 0U);
    EXPECT_GT(second.connections(), 0U);
}

}  // namespace
}  // namespace evergrant::net
