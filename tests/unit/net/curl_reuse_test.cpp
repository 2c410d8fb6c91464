#include "curl_client_fixture.h"
#include "tls_server.h"

#include <cstdlib>
#include <optional>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TlsServer;

using CurlReuseTest = CurlClientTest;

TEST_F(CurlReuseTest, a_connection_is_used_again) {
    ScriptedServer server(answer_everything);

    for (int count = 0; count < 5; ++count)
        ASSERT_TRUE(send(client_, post(server.url())));

    EXPECT_THAT(server.requests(), SizeIs(5));
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(CurlReuseTest, a_connection_that_the_server_closed_while_idle_is_replaced_before_sending) {
    ScriptedServer server([](Peer& peer) {
        peer.read_request();
        peer.answer("fine");
    });
    ASSERT_TRUE(send(client_, post(server.url())));
    server.wait_until_closed(1);

    const auto second = send(client_, post(server.url()));

    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(server.requests(), SizeIs(2));
}

// libcurl sends a request again by itself when a reused connection dies: the server may have spent the token already.
class DyingConnectionTest : public CurlClientTest, public ::testing::WithParamInterface<bool> {};

TEST_P(DyingConnectionTest, never_presents_a_request_twice) {
    const bool with_a_reset = GetParam();
    ScriptedServer server([with_a_reset](Peer& peer) {
        peer.read_request();
        if (peer.index() != 0)
            return peer.answer("a second presentation");
        peer.answer("fine");
        peer.read_request();
        if (with_a_reset)
            peer.reset();
    });
    ASSERT_TRUE(send(client_, post(server.url("/first"))));

    const auto second = send(client_, post(server.url("/second")));

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::provider_error);
    EXPECT_THAT(second.error().message, HasSubstr("may have arrived"));
    server.stop();
    EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST_P(DyingConnectionTest, presents_a_repeatable_request_once_more) {
    const bool with_a_reset = GetParam();
    ScriptedServer server([with_a_reset](Peer& peer) {
        peer.read_request();
        peer.answer("fine");
        if (peer.index() != 0)
            return peer.hold();
        peer.read_request();
        if (with_a_reset)
            peer.reset();
    });
    ASSERT_TRUE(send(client_, get(server.url("/first"))));
    ClientRequest repeatable = get(server.url("/second"));
    repeatable.repeatable = true;

    const auto second = send(client_, std::move(repeatable));

    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(server.requests(), SizeIs(3));
}

INSTANTIATE_TEST_SUITE_P(CurlClient, DyingConnectionTest, ::testing::Bool(),
                         [](const auto& how) { return how.param ? "when_it_is_reset" : "when_it_is_closed"; });

class Http2Test : public CurlClientTest {
protected:
    void SetUp() override {
        if (std::system("command -v node > /dev/null") != 0)
            GTEST_SKIP() << "node, whose HTTP/2 server this asks, is not installed.";
        server_.emplace(TlsServer::Http2{});
        CurlOptions options = dev_options();
        options.ca_file = server_->certificate();
        http2_client_.emplace(context_, std::move(options));
    }

    std::optional<TlsServer> server_;
    std::optional<CurlClient> http2_client_;
};

TEST_F(Http2Test, is_spoken_where_it_is_offered) {
    const auto answer = send(*http2_client_, post(server_->url("/version")));

    ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
    EXPECT_EQ(answer->body, "2.0");
    EXPECT_NE(answer->header("date"), "");
}

TEST_F(Http2Test, a_request_is_presented_once_when_its_reused_connection_dies) {
    ASSERT_TRUE(send(*http2_client_, post(server_->url("/version"))));

    const auto answer = send(*http2_client_, post(server_->url("/closes")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error) << answer.error().message;
    EXPECT_EQ(send(*http2_client_, get(server_->url("/count/closes")))->body, "1");
}

TEST_F(Http2Test, a_request_is_presented_once_when_its_stream_is_refused) {
    ASSERT_TRUE(send(*http2_client_, post(server_->url("/version"))));

    const auto answer = send(*http2_client_, post(server_->url("/refuses")));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_error) << answer.error().message;
    EXPECT_EQ(send(*http2_client_, get(server_->url("/count/refuses")))->body, "1");
}

}  // namespace
}  // namespace evergrant::net
