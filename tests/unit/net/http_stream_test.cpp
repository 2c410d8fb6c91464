// Requests that are answered while their bodies still come.
#include "async/for_each_index.h"
#include "async/sleep.h"
#include "http_server_fixture.h"

namespace evergrant::net {

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// /stream/… is streamed: echo sends each piece back as it comes, and so on by name.
class StreamingHandler final : public RequestHandler {
public:
    bool answer_at_once(const RequestView&, ResponseBuffer&) override { return false; }
    async::Task<Response> answer(Request request, async::Deadline) override {
        co_return json_response(200, "whole " + request.path + " " + request.body);
    }
    [[nodiscard]] bool streams(std::string_view target) const noexcept override {
        return target.starts_with("/stream/");
    }
    async::Task<void> answer_stream(Request request, Exchange* exchange) override {
        const std::string what = request.path.substr(std::string_view("/stream/").size());
        if (what == "throws")
            throw std::runtime_error("a bug");
        ResponseHead head;
        head.headers.emplace_back("X-Body", request.body);
        if (what == "sized")
            head.length = 5;
        if (what == "short")
            head.length = 50;
        if (what == "splits")
            head.headers.emplace_back("X-Split", "a\r\nb");
        if (what == "empty")
            head.status = 204;
        if (what == "nothing")
            co_return;
        const auto begun = exchange->begin(std::move(head));
        if (!begun) {
            begin_failed = true;
            co_return;
        }
        if (what == "echo")
            co_await echo(exchange);
        else if (what == "half")
            static_cast<void>(co_await exchange->write("half", false));
        else if (what == "stops")
            co_await stop_and_answer(exchange);
        else if (what != "unfinished")
            co_await write_five(exchange);
    }

    std::atomic<bool> client_left{false};
    std::atomic<bool> begin_failed{false};

private:
    async::Task<void> echo(Exchange* exchange) {
        for (;;) {
            auto piece = co_await exchange->read();
            if (!piece) {
                client_left = true;
                co_return;
            }
            const bool last = piece->empty();
            const auto written = co_await exchange->write(std::move(*piece), last);
            if (last || !written)
                co_return;
        }
    }
    /// Reads what will not come until somebody stops it, and answers then.
    static async::Task<void> stop_and_answer(Exchange* exchange) {
        const std::function<async::Task<void>(std::size_t)> ways = [exchange](std::size_t index) {
            return index == 0 ? read_on(exchange) : stop(exchange);
        };
        co_await async::for_each_index(2, ways);
        co_await write_five(exchange);
    }
    static async::Task<void> read_on(Exchange* exchange) {
        for (bool more = true; more;) {
            const auto piece = co_await exchange->read();
            more = piece && !piece->empty();
        }
    }
    static async::Task<void> stop(Exchange* exchange) {
        co_await async::sleep_for(std::chrono::milliseconds(20));
        exchange->stop_reading();
    }
    static async::Task<void> write_five(Exchange* exchange) {
        static_cast<void>(co_await exchange->write("12345", true));
    }
};

class HttpStreamTest : public ::testing::Test {
protected:
    void start() {
        server_.emplace(shards_[0], handler_, options_);
        server_->start();
        shards_.start();
    }
    void TearDown() override { shards_.stop(async::Deadline::after(std::chrono::seconds(10))); }
    LoopbackClient connect() { return LoopbackClient(server_->port()); }

    std::string ask(std::string_view request) {
        LoopbackClient client = connect();
        client.send(request);
        return client.rest();
    }

    static std::string put(std::string_view path, std::string_view headers) {
        return "PUT " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
    }

    ServerOptions options_{.host = "127.0.0.1", .sweep_period = std::chrono::milliseconds(10)};
    async::Shards shards_{1};
    StreamingHandler handler_;
    std::optional<HttpServer> server_;
};

}  // namespace

TEST_F(HttpStreamTest, a_piece_is_answered_before_the_next_has_come) {
    start();
    LoopbackClient client = connect();

    client.send(put("/stream/echo", "Content-Length: 6\r\n") + "abc");
    const std::string head = client.answer(false);
    client.send("def");
    client.send(get("/stream/sized", "Connection: close\r\n"));

    EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(client.rest(), StartsWith("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\nHTTP/1.1 200 "));
}

TEST_F(HttpStreamTest, a_chunked_body_comes_without_its_framing) {
    start();

    const std::string answer = ask(put("/stream/echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n") +
                                   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");

    EXPECT_THAT(answer, EndsWith("5\r\nabcde\r\n0\r\n\r\n"));
}

TEST_F(HttpStreamTest, a_body_may_be_larger_than_the_limit_of_others) {
    options_.body_limit = 1000;
    start();
    const std::string large(300'000, 'x');

    const std::string answer = ask(put("/stream/echo", "Content-Length: 300000\r\nConnection: close\r\n") + large);

    EXPECT_EQ(std::ranges::count(answer, 'x'), 300'000);
    EXPECT_THAT(ask(put("/other", "Content-Length: 300000\r\nConnection: close\r\n")), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpStreamTest, an_answer_of_known_length_has_one) {
    start();

    const std::string answer = ask(get("/stream/sized", "Connection: close\r\n"));

    EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n12345"));
}

TEST_F(HttpStreamTest, head_is_answered_without_a_body) {
    start();

    const std::string answer = ask("HEAD /stream/sized HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpStreamTest, an_answer_that_has_no_body_has_no_framing) {
    start();

    const std::string answer = ask(get("/stream/empty", "Connection: close\r\n"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 "));
    EXPECT_THAT(answer, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpStreamTest, http_1_0_gets_an_answer_that_ends_with_the_connection) {
    start();

    const std::string answer = ask("GET /stream/five HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Transfer-Encoding")));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n12345"));
}

TEST_F(HttpStreamTest, who_waits_for_100_continue_is_asked_for_the_body) {
    start();
    LoopbackClient client = connect();

    client.send(put("/stream/late", "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n"));

    // Answered before the body was wanted: nobody is asked for it.
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpStreamTest, an_answer_shorter_than_was_said_breaks_the_connection_off) {
    start();

    const std::string answer = ask(get("/stream/short"));

    EXPECT_THAT(answer, Not(HasSubstr("12345")));
}

TEST_F(HttpStreamTest, an_answer_that_is_not_finished_breaks_the_connection_off) {
    start();

    EXPECT_EQ(ask(get("/stream/unfinished")), "");
}

TEST_F(HttpStreamTest, a_handler_that_answers_nothing_is_a_bug) {
    start();

    EXPECT_THAT(ask(get("/stream/nothing")), StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(ask(get("/stream/throws")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpStreamTest, a_header_with_a_line_break_is_not_sent) {
    start();

    const std::string answer = ask(get("/stream/splits"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_TRUE(handler_.begin_failed);
}

TEST_F(HttpStreamTest, a_body_that_nobody_has_read_ends_the_connection_after_the_answer) {
    start();
    LoopbackClient client = connect();

    client.send(put("/stream/sized", "Content-Length: 100000\r\n") + "begins");

    EXPECT_THAT(client.rest(), EndsWith("\r\n\r\n12345"));
}

TEST_F(HttpStreamTest, a_client_that_leaves_in_its_body_is_noticed) {
    start();
    {
        LoopbackClient client = connect();
        client.send(put("/stream/echo", "Content-Length: 100\r\n") + "begins");
        client.answer(false);
    }

    shards_.stop(async::Deadline::after(std::chrono::seconds(10)));
    EXPECT_TRUE(handler_.client_left);
}

TEST_F(HttpStreamTest, a_client_that_sends_nothing_more_is_cut_off) {
    options_.body_timeout = std::chrono::milliseconds(30);
    start();
    LoopbackClient client = connect();

    client.send(put("/stream/echo", "Content-Length: 100\r\n") + "begins");

    EXPECT_THAT(client.rest(), Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(HttpStreamTest, broken_framing_ends_the_exchange) {
    start();

    const std::string answer = ask(put("/stream/echo", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\nzz\r\n");

    EXPECT_THAT(answer, Not(EndsWith("0\r\n\r\n")));
}

TEST_F(HttpStreamTest, an_unfinished_answer_does_not_look_whole_to_who_reads_to_the_end) {
    start();
    LoopbackClient client = connect();

    client.send("GET /stream/half HTTP/1.0\r\nHost: a\r\n\r\n");

    EXPECT_TRUE(client.was_reset());
}

TEST_F(HttpStreamTest, who_wants_no_more_of_the_body_can_still_answer) {
    start();
    LoopbackClient client = connect();

    client.send(put("/stream/stops", "Content-Length: 100\r\n") + "begins");

    EXPECT_THAT(client.rest(), EndsWith("5\r\n12345\r\n0\r\n\r\n"));
}

TEST_F(HttpStreamTest, other_requests_come_whole_as_before) {
    start();

    const std::string answer = ask(put("/whole", "Content-Length: 3\r\nConnection: close\r\n") + "abc");

    EXPECT_THAT(answer, EndsWith("whole /whole abc"));
}

}  // namespace evergrant::net
