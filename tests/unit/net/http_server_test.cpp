#include "http_server_fixture.h"

namespace evergrant::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(HttpServerTest, answers_at_once_with_the_prepared_text) {
    start();

    const std::string answer = ask(get("/now"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 12\r\n"));
    EXPECT_THAT(answer, ::testing::ContainsRegex("\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                                                 "[0-9]{2}:[0-9]{2}:[0-9]{2} GMT\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"now\":true}"));
}

TEST_F(HttpServerTest, hands_the_handler_everything_that_came) {
    start();

    const std::string answer =
        ask("PATCH /echo?x=1 HTTP/1.1\r\nHost: a\r\nX-Test: yes\r\nContent-Length: 4\r\n\r\nbody");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, ::testing::ContainsRegex("\r\nX-Request-Id: [0-9a-f-]+\r\n"));
    EXPECT_THAT(answer, EndsWith("PATCH /echo?x=1 yes 127.0.0.1 body"));
}

TEST_F(HttpServerTest, reads_a_chunked_body) {
    start();

    const std::string answer =
        ask("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

    EXPECT_THAT(answer, EndsWith(" abcde"));
}

TEST_F(HttpServerTest, answers_pipelined_requests_in_their_order) {
    start();
    LoopbackClient client = connect();

    client.send(get("/now") + get("/echo?2") + get("/now") + get("/echo?4") + get("/echo?5", "Connection: close\r\n"));

    EXPECT_THAT(client.answer(), EndsWith("{\"now\":true}"));
    EXPECT_THAT(client.answer(), HasSubstr("GET /echo?2"));
    EXPECT_THAT(client.answer(), EndsWith("{\"now\":true}"));
    EXPECT_THAT(client.answer(), HasSubstr("GET /echo?4"));
    EXPECT_THAT(client.rest(), HasSubstr("GET /echo?5"));
}

TEST_F(HttpServerTest, answers_more_pipelined_requests_than_fit_a_buffer) {
    constexpr int count = 5000;
    start();
    LoopbackClient client = connect();
    std::string requests;
    for (int n = 0; n < count; ++n)
        requests += get("/now");

    auto sending = std::async(std::launch::async, [&] { return client.send(requests); });
    int answered = 0;
    while (answered < count && client.answer().ends_with("{\"now\":true}"))
        ++answered;

    EXPECT_TRUE(sending.get());
    EXPECT_EQ(answered, count);
}

TEST_F(HttpServerTest, ignores_what_follows_a_request_that_closes) {
    start();
    LoopbackClient client = connect();

    client.send(get("/now", "Connection: close\r\n") + get("/echo"));

    const std::string all = client.rest();
    EXPECT_THAT(all, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(all, EndsWith("{\"now\":true}"));
}

TEST_F(HttpServerTest, answers_a_client_that_has_ended_its_side) {
    start();
    LoopbackClient client = connect();

    client.send(get("/echo"));
    client.end_sending();

    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, http_1_0_closes_unless_asked_to_keep_the_connection) {
    start();
    LoopbackClient client = connect();

    client.send("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(client.answer(), HasSubstr("\r\nConnection: keep-alive\r\n"));

    client.send("GET /now HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.rest(), HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(HttpServerTest, head_is_answered_like_get_without_the_body) {
    start();
    LoopbackClient client = connect();

    client.send("HEAD /now HTTP/1.1\r\nHost: a\r\n\r\nHEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" +
                get("/now", "Connection: close\r\n"));

    EXPECT_THAT(client.answer(false), HasSubstr("\r\nContent-Length: 12\r\n"));
    EXPECT_THAT(client.answer(false), ::testing::ContainsRegex("\r\nContent-Length: [1-9]"));
    EXPECT_THAT(client.rest(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("{\"now\":true}")));
}

TEST_F(HttpServerTest, an_answer_without_content_has_no_length) {
    start();

    const std::string answer = ask(get("/empty"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

TEST_F(HttpServerTest, tells_a_client_that_waits_to_send_its_body) {
    start();
    LoopbackClient client = connect();

    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");

    client.send("body");
    EXPECT_THAT(client.answer(), EndsWith(" body"));
}

TEST_F(HttpServerTest, a_refused_request_is_told_why_and_the_connection_closes) {
    start();
    LoopbackClient client = connect();

    client.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get("/now"));

    const std::string all = client.rest();
    EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(all, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(all, HasSubstr("\"error\":\"invalid_request\",\"message\":\""));
    EXPECT_THAT(all, ::testing::ContainsRegex("\"request_id\":\"[0-9a-f-]+\""));
    EXPECT_THAT(all, Not(HasSubstr("{\"now\":true}")));
}

TEST_F(HttpServerTest, a_transfer_coding_it_does_not_know_is_not_implemented) {
    start();

    const std::string answer = ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 501 "));
}

struct BugCase {
    std::string_view name;
    std::string_view path;
};

class HandlerBugTest : public HttpServerTest, public ::testing::WithParamInterface<BugCase> {};

TEST_P(HandlerBugTest, becomes_a_500_and_the_connection_lives_on) {
    start();
    LoopbackClient client = connect();

    client.send(get(GetParam().path) + get("/now"));

    const std::string answer = client.answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, HasSubstr("\"error\":\"internal_error\""));
    EXPECT_THAT(answer, ::testing::ContainsRegex("\"request_id\":\"[0-9a-f-]+\""));
    EXPECT_THAT(answer, Not(HasSubstr("secret")));
    EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(client.answer(), EndsWith("{\"now\":true}"));
}

INSTANTIATE_TEST_SUITE_P(Bugs, HandlerBugTest,
                         ::testing::Values(BugCase{"exception", "/throws"},
                                           BugCase{"exception_before_the_coroutine", "/throws-before"},
                                           BugCase{"exception_at_once", "/throws-at-once"},
                                           BugCase{"line_break_in_a_header", "/splits"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(HttpServerTest, a_large_answer_arrives_whole) {
    start();

    const std::string answer = ask(get("/large"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_GT(answer.size(), 8U * 1024 * 1024);
}

}  // namespace
}  // namespace evergrant::net
