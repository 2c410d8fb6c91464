#include "net/http_server.h"

#include "loopback_client.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <semaphore>

namespace evergrant::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::LoopbackClient;
using ::testing::Not;
using ::testing::StartsWith;

std::string get(std::string_view path, std::string_view headers = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

/// /now is answered at once; /later, /echo and so on by coroutine; /held when the test lets it go.
class ScriptedHandler final : public RequestHandler {
public:
    explicit ScriptedHandler(async::Shard& shard) : released_(shard.executor()) {}

    bool answer_at_once(const RequestView& request, ResponseBuffer& out) override {
        if (request.path == "/throws-at-once")
            throw std::runtime_error("a bug at once");
        if (request.path != "/now")
            return false;
        out.append(prepared_);
        return true;
    }

    async::Task<Response> answer(Request request, async::Deadline deadline) override {
        if (request.path == "/throws-before")
            throw std::runtime_error("a bug before the coroutine");
        return answer_later(std::move(request), deadline);
    }

    /// From any thread: lets the request to /held be answered.
    void release() { released_.send(true); }

    std::binary_semaphore held{0};  ///< signalled when a request to /held has arrived
    std::atomic<bool> held_was_cancelled{false};
    std::atomic<bool> held_was_answered{false};

private:
    async::Task<Response> answer_later(Request request, async::Deadline deadline) {
        if (request.path == "/throws")
            throw std::runtime_error("a bug with a secret in it");
        if (request.path == "/splits")
            co_return Response{.headers = {{"Location", "/a\r\nSet-Cookie: b"}}};
        if (request.path == "/empty")
            co_return Response{.status = 204};
        if (request.path == "/large")
            co_return json_response(200, std::string(8 * 1024 * 1024, 'l'));
        if (request.path == "/held")
            co_await hold();
        if (deadline.passed())
            co_return Response{.status = 504};
        co_return json_response(200, request.method_name + " " + request.path + "?" + request.query + " " +
                                         std::string(request.header("x-test")) + " " + request.peer +
                                         (request.from_trusted_proxy ? " trusted " : " ") + request.body);
    }

    async::Task<void> hold() {
        held.release();
        try {
            co_await released_.receive();
            held_was_answered = true;
        } catch (const boost::system::system_error&) {
            held_was_cancelled = true;
            throw;
        }
    }

    PreparedResponse prepared_ = prepare(json_response(200, R"({"now":true})"));
    async::OneShot<bool> released_;
};

/// A server on a thread of its own. Options may be changed before `start`.
class HttpServerTest : public ::testing::Test {
protected:
    void start() {
        server_.emplace(shards_[0], handler_, options_);
        server_->start();
        shards_.start();
    }

    void TearDown() override {
        if (server_)
            shards_.stop(async::Deadline::after(std::chrono::seconds(10)));
    }

    LoopbackClient connect() { return LoopbackClient(server_->port()); }

    std::string ask(std::string_view request, bool has_body = true) {
        LoopbackClient client = connect();
        client.send(request);
        return client.answer(has_body);
    }

    std::future<bool> drain(std::chrono::milliseconds budget) {
        auto draining = [this, budget] { return server_->drain(async::Deadline::after(budget)); };
        return boost::asio::co_spawn(shards_[0].context(), draining, boost::asio::use_future);
    }

    /// Runs `look` on the server's thread.
    template <class Look>
    auto on_shard(Look look) {
        return boost::asio::post(shards_[0].context(), boost::asio::use_future(look)).get();
    }

    ServerOptions options_{.host = "127.0.0.1", .sweep_period = std::chrono::milliseconds(10)};
    async::Shards shards_{1};
    ScriptedHandler handler_{shards_[0]};
    std::optional<HttpServer> server_;
};

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

TEST_F(HttpServerTest, a_large_answer_arrives_whole) {
    start();

    const std::string answer = ask(get("/large"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_GT(answer.size(), 8U * 1024 * 1024);
}

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

TEST_F(HttpServerTest, accepts_again_when_descriptors_are_free_again) {
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
