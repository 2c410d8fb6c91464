#include "http_server_fixture.h"

#include <sys/resource.h>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(HttpServerTest, refuses_a_body_before_it_is_sent_if_it_would_be_too_large) {
    options_.body_limit = 10;
    start();

    const std::string answer =
        ask("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, HasSubstr("\"error\":\"payload_too_large\""));
}

TEST_F(HttpServerTest, a_client_that_goes_on_sending_still_reads_why_it_was_refused) {
    start();
    LoopbackClient client = connect();
    const std::string part(64 * 1024, 'x');

    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    for (int n = 0; n < 16; ++n)
        ASSERT_TRUE(client.send(part));

    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, refuses_headers_over_the_limit) {
    start();

    const std::string answer = ask(get("/now", "X: " + std::string(17'000, 'x') + "\r\n"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(answer, HasSubstr("\"error\":\"headers_too_large\""));
}

TEST_F(HttpServerTest, sheds_requests_above_what_it_can_work_on) {
    options_.requests_in_flight_limit = 1;
    start();
    LoopbackClient first = connect();
    first.send(get("/held"));
    handler_.held.acquire();

    const std::string shed = ask(get("/echo"));
    const std::string hit = ask(get("/now"));

    EXPECT_THAT(shed, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(shed, HasSubstr("\r\nRetry-After: 1\r\n"));
    EXPECT_THAT(shed, HasSubstr("\"error\":\"overloaded\""));
    EXPECT_THAT(hit, StartsWith("HTTP/1.1 200 ")) << "what is answered at once costs nothing and is never shed";
    handler_.release();
    EXPECT_THAT(first.answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, a_full_server_lets_an_idle_connection_go_for_a_new_one) {
    options_.connection_limit = 1;
    start();
    LoopbackClient idle = connect();
    idle.send(get("/now"));
    idle.answer();

    EXPECT_THAT(ask(get("/now")), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(idle.rest(), "");
}

TEST_F(HttpServerTest, a_full_server_with_no_idle_connection_turns_new_ones_away) {
    options_.connection_limit = 1;
    start();
    LoopbackClient busy = connect();
    busy.send(get("/held"));
    handler_.held.acquire();

    LoopbackClient late = connect();

    EXPECT_THAT(late.rest(), StartsWith("HTTP/1.1 503 "));
    handler_.release();
    EXPECT_THAT(busy.answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, an_idle_connection_is_closed_without_a_word) {
    options_.idle_timeout = std::chrono::milliseconds(20);
    start();
    LoopbackClient client = connect();

    EXPECT_EQ(client.rest(), "");
}

TEST_F(HttpServerTest, a_client_that_trickles_its_headers_is_cut_off) {
    options_.header_timeout = std::chrono::milliseconds(50);
    start();
    LoopbackClient client = connect();
    client.send("GET / HTTP/1.1\r\nX: ");

    while (!client.readable_soon() && client.send("x")) {}

    const std::string answer = client.rest();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(answer, HasSubstr("\"error\":\"request_timeout\""));
}

TEST_F(HttpServerTest, a_client_that_trickles_its_body_is_cut_off) {
    options_.body_timeout = std::chrono::milliseconds(50);
    start();
    LoopbackClient client = connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");

    while (!client.readable_soon() && client.send("x")) {}

    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, a_client_that_does_not_read_its_answer_is_cut_off) {
    options_.write_timeout = std::chrono::milliseconds(50);
    start();
    LoopbackClient client = connect();
    client.send(get("/large"));
    while (!client.readable_soon()) {}

    while (on_shard([this] { return server_->connections(); }) != 0) {}

    EXPECT_LT(client.rest().size(), 8U * 1024 * 1024);
}

TEST_F(HttpServerTest, serves_a_thousand_connections) {
    constexpr std::size_t count = 1000;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4 * count);
    ::setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * count + 100)
        GTEST_SKIP() << "this machine does not let a process open enough files";
    start();
    std::vector<LoopbackClient> clients;
    for (std::size_t n = 0; n < count; ++n)
        clients.push_back(connect());

    for (const std::string_view path : {"/now", "/echo"}) {
        for (LoopbackClient& client : clients)
            client.send(get(path));
        for (LoopbackClient& client : clients)
            EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
    }

    EXPECT_EQ(on_shard([this] { return server_->connections(); }), count);
}

TEST_F(HttpServerTest, accepts_again_when_descriptors_are_free_again) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
    GTEST_SKIP() << "the sanitizer's look at an object's type opens a pipe, and there is no descriptor for it here";
#endif
#endif
    start();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    const rlimit one_more{.rlim_cur = static_cast<rlim_t>(lowest_free) + 1, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &one_more);
    LoopbackClient client = connect();
    for (int turn = 0; turn < 10; ++turn)
        EXPECT_EQ(on_shard([this] { return server_->connections(); }), 0U);

    ::setrlimit(RLIMIT_NOFILE, &before);
    client.send(get("/now"));

    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace evergrant::net
