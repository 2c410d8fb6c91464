#include "curl_client_fixture.h"

#include <functional>
#include <string>
#include <string_view>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using CurlBrokenAnswerTest = CurlClientTest;

struct BrokenAnswerCase {
    std::string_view name;
    std::function<void(Peer&)> after_the_request;
    Errc code;
};

void PrintTo(const BrokenAnswerCase& broken, std::ostream* out) {
    *out << broken.name;
}

class BrokenAnswerTest : public CurlClientTest, public ::testing::WithParamInterface<BrokenAnswerCase> {};

TEST_P(BrokenAnswerTest, is_told_apart_from_an_unsent_request) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        GetParam().after_the_request(peer);
    });
    CurlOptions options = dev_options();
    options.headers_limit = 8 * 1024;
    CurlClient client(context_, std::move(options));
    ClientRequest request = post(server.url("/token?query=s3cret"));
    request.answer_limit = 10'000;
    const bool in_time = GetParam().code != Errc::provider_timeout;

    const auto answer = send(client, std::move(request), in_time ? patient() : short_time());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().message << answer.error().detail;
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1"));
    EXPECT_THAT(answer.error().message, ::testing::EndsWith("."));
    EXPECT_THAT(answer.error().message + answer.error().detail, Not(HasSubstr("s3cret")));
    EXPECT_THAT(server.requests(), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(
    CurlClient, BrokenAnswerTest,
    ::testing::Values(
        BrokenAnswerCase{"closed", [](Peer&) {}, Errc::provider_error},
        BrokenAnswerCase{"reset", [](Peer& peer) { peer.reset(); }, Errc::provider_error},
        BrokenAnswerCase{"half_a_status_line", [](Peer& peer) { peer.write("HTTP/1.1 2"); }, Errc::provider_error},
        BrokenAnswerCase{"half_the_headers", [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-"); },
                         Errc::provider_error},
        BrokenAnswerCase{"half_the_body",
                         [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); },
                         Errc::provider_error},
        BrokenAnswerCase{"half_a_chunk",
                         [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nha"); },
                         Errc::provider_error},
        BrokenAnswerCase{
            "no_last_chunk",
            [](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"); },
            Errc::provider_error},
        BrokenAnswerCase{"wrong_chunk",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n");
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"not_http", [](Peer& peer) { peer.write("SSH-2.0-OpenSSH_9.2\r\n"); }, Errc::provider_error},
        BrokenAnswerCase{"bytes", [](Peer& peer) { peer.write(std::string_view("\x16\x03\x01\x00\x00\xff\x00", 7)); },
                         Errc::provider_error},
        BrokenAnswerCase{"not_gzip", [](Peer& peer) { peer.answer("not gzip at all", "Content-Encoding: gzip\r\n"); },
                         Errc::provider_error},
        BrokenAnswerCase{"body_too_long", [](Peer& peer) { peer.answer(std::string(10'001, 'x')); },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_body",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'));
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"one_long_header",
                         [](Peer& peer) { peer.answer("", "X: " + std::string(9'000, 'x') + "\r\n"); },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_headers",
                         [](Peer& peer) {
                             std::string headers;
                             for (int count = 0; count < 2'000; ++count)
                                 headers += "X: y\r\n";
                             peer.write("HTTP/1.1 200 OK\r\n" + headers);
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"endless_interim_answers",
                         [](Peer& peer) {
                             for (int count = 0; count < 1'000; ++count)
                                 peer.write("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
                             peer.hold();
                         },
                         Errc::provider_error},
        BrokenAnswerCase{"silence", [](Peer& peer) { peer.hold(); }, Errc::provider_timeout},
        BrokenAnswerCase{"silence_after_the_headers",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
                             peer.hold();
                         },
                         Errc::provider_timeout},
        BrokenAnswerCase{"silence_in_the_body",
                         [](Peer& peer) {
                             peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                             peer.hold();
                         },
                         Errc::provider_timeout},
        BrokenAnswerCase{"a_byte_at_a_time",
                         [](Peer& peer) {
                             peer.drip("HTTP/1.1 200 OK\r\nX: " + std::string(1'000, 'x') +
                                       "\r\nContent-Length: 0\r\n\r\n");
                         },
                         Errc::provider_timeout}),
    name_of_case<BrokenAnswerCase>);

TEST_F(CurlBrokenAnswerTest, a_slow_answer_that_is_whole_in_time_counts) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.drip("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    });

    const auto answer = send(client_, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "fine");
}

TEST_F(CurlBrokenAnswerTest, a_server_that_closes_without_reading_leaves_it_open_what_arrived) {
    ScriptedServer server([](Peer&) {});

    const auto answer = send(client_, post(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error);
}

}  // namespace
}  // namespace evergrant::net
