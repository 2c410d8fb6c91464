// Outgoing requests whose bodies pass piece by piece.
#include "net/curl_streams.h"

#include "curl_client_fixture.h"

namespace evergrant::net {

namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr milliseconds patience{20'000};

StreamRequest request_to(const ScriptedServer& server, std::string method = "GET") {
    StreamRequest request;
    request.method = std::move(method);
    request.url = server.url("/path?query=1");
    return request;
}

async::Task<std::string> read_all(HttpStream* stream) {
    std::string body;
    for (;;) {
        const auto piece = co_await stream->read(patience);
        if (!piece)
            co_return body + "|" + std::string(traits_of(piece.error().code).name);
        if (piece->empty())
            co_return body;
        body += *piece;
    }
}

class CurlStreamsTest : public ::testing::Test {
protected:
    template <class T>
    T run(async::Task<T> task) {
        return evergrant::testing::run_task(context_, std::move(task));
    }
    std::unique_ptr<HttpStream> open(StreamRequest request) {
        auto stream = client_.open(std::move(request));
        EXPECT_TRUE(stream);
        return std::move(*stream);
    }

    boost::asio::io_context context_{1};
    CurlStreams client_{context_, dev_options()};
};

}  // namespace

TEST_F(CurlStreamsTest, an_answer_comes_with_its_head_and_in_pieces) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("the body", "X-Test: yes\r\nContent-Encoding: gzip\r\n", "202 Accepted");
    });
    const auto stream = open(request_to(server));

    const auto head = run(stream->head(patience));

    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 202U);
    EXPECT_THAT(head->headers,
                ElementsAre(Pair("content-length", "8"), Pair("x-test", "yes"), Pair("content-encoding", "gzip")));
    EXPECT_EQ(run(read_all(stream.get())), "the body");  // not decoded: it passes as it is
    EXPECT_TRUE(stream->at_end());
}

TEST_F(CurlStreamsTest, an_interim_answer_is_not_the_answer) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n");
        peer.answer("final");
    });
    const auto stream = open(request_to(server));

    const auto head = run(stream->head(patience));

    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200U);
    EXPECT_EQ(run(read_all(stream.get())), "final");
}

TEST_F(CurlStreamsTest, a_body_of_known_length_is_sent_with_it) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("ok");
    });
    StreamRequest request = request_to(server, "PATCH");
    request.has_body = true;
    request.body_length = 6;
    const auto stream = open(std::move(request));

    EXPECT_TRUE(run(stream->write("abc", false, patience)));
    EXPECT_TRUE(run(stream->write("def", true, patience)));
    EXPECT_TRUE(run(stream->head(patience)));

    const std::string sent = server.requests().front();
    EXPECT_THAT(sent, StartsWith("PATCH /path?query=1 HTTP/1.1\r\n"));
    EXPECT_THAT(sent, HasSubstr("Content-Length: 6\r\n"));
    EXPECT_THAT(sent, Not(HasSubstr("Expect")));
    EXPECT_THAT(sent, EndsWith("\r\n\r\nabcdef"));
}

TEST_F(CurlStreamsTest, a_body_of_unknown_length_goes_chunked) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("ok");
        peer.hold();  // closing on what was not read would reset the answer away
    });
    StreamRequest request = request_to(server, "POST");
    request.has_body = true;
    const auto stream = open(std::move(request));

    EXPECT_TRUE(run(stream->write("abc", true, patience)));
    EXPECT_TRUE(run(stream->head(patience)));

    EXPECT_THAT(server.requests().front(), HasSubstr("Transfer-Encoding: chunked\r\n"));
}

TEST_F(CurlStreamsTest, what_is_not_read_is_not_taken_from_the_other_side) {
    std::atomic<std::size_t> written{0};
    ScriptedServer server([&written](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
        const std::string piece(64 * 1024, 'x');
        for (std::size_t sent = 0; sent < 67'108'864; sent += piece.size()) {
            peer.write(piece);
            written += piece.size();
        }
    });
    const auto stream = open(request_to(server));
    ASSERT_TRUE(run(stream->head(patience)));

    context_.restart();
    context_.run_for(milliseconds(300));
    const std::size_t before = written;

    EXPECT_LT(before, 32U * 1024 * 1024);  // two sockets' buffers and ours
    EXPECT_EQ(run(read_all(stream.get())).size(), 67'108'864U);
}

TEST_F(CurlStreamsTest, an_answer_that_breaks_off_is_an_error_behind_what_came) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    });
    const auto stream = open(request_to(server));
    ASSERT_TRUE(run(stream->head(patience)));

    EXPECT_EQ(run(read_all(stream.get())), "only this|provider_error");
    EXPECT_FALSE(stream->at_end());
}

TEST_F(CurlStreamsTest, a_silent_server_ends_patience) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.hold();
    });
    const auto stream = open(request_to(server));

    const auto head = run(stream->head(milliseconds(100)));

    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().code, Errc::provider_timeout);
}

TEST_F(CurlStreamsTest, a_server_that_answers_early_wants_no_more_of_the_body) {
    ScriptedServer server([](Peer& peer) {
        peer.write("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        peer.read_request();
    });
    StreamRequest request = request_to(server, "PUT");
    request.has_body = true;
    request.body_length = 1'000'000'000;
    const auto stream = open(std::move(request));

    EXPECT_TRUE(run(stream->write("begin", false, patience)));
    const auto head = run(stream->head(patience));

    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 413U);
    EXPECT_EQ(run(read_all(stream.get())), "");
    EXPECT_FALSE(run(stream->write("more", false, patience)));
}

TEST_F(CurlStreamsTest, who_is_given_up_is_told) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.hold();
    });
    const auto stream = open(request_to(server));
    boost::asio::post(context_, [&stream] { stream->give_up(); });

    EXPECT_FALSE(run(stream->head(patience)));
}

TEST_F(CurlStreamsTest, a_place_that_may_not_be_called_is_not) {
    StreamRequest request;
    request.url = "http://169.254.169.254/latest/meta-data/";

    const auto stream = client_.open(std::move(request));

    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Errc::egress_denied);
}

TEST_F(CurlStreamsTest, a_connection_is_used_again_once_its_answer_was_read) {
    ScriptedServer server([](Peer& peer) {
        while (!peer.read_request().empty())
            peer.answer("fine");
    });
    for (int again = 0; again < 3; ++again) {
        StreamRequest request = request_to(server);
        request.repeatable = true;
        const auto stream = open(std::move(request));
        ASSERT_TRUE(run(stream->head(patience)));
        EXPECT_EQ(run(read_all(stream.get())), "fine");
    }

    EXPECT_EQ(server.connections(), 1U);
}

}  // namespace evergrant::net
