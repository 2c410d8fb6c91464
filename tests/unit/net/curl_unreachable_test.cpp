#include "curl_client_fixture.h"
#include "scripted_names.h"
#include "tls_server.h"

#include <functional>
#include <string>
#include <string_view>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedNames;
using testing::TlsServer;

using CurlUnreachableTest = CurlClientTest;

TEST_F(CurlUnreachableTest, a_refused_connection_is_unreachable) {
    ScriptedServer server(answer_everything);
    const std::string url = server.url("/token?query=s3cret");
    server.stop();

    const auto answer = send(client_, post(url));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("nothing was sent"));
    EXPECT_THAT(answer.error().message + answer.error().detail, Not(HasSubstr("s3cret")));
}

TEST_F(CurlUnreachableTest, an_unknown_name_is_unreachable) {
    const auto answer = send(client_, post("https://unknown.test/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("The name unknown.test could not be resolved"));
}

TEST_F(CurlUnreachableTest, a_stuck_resolver_neither_holds_up_the_deadline_nor_the_shard) {
    const ScriptedNames::Stuck stuck;

    const auto answer = send(client_, post("https://slow.test/"), short_time());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlUnreachableTest, a_deadline_that_has_passed_sends_nothing) {
    ScriptedServer server(answer_everything);

    const auto answer = send(client_, post(server.url()), Deadline::after(seconds(0)));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_EQ(server.connections(), 0U);
}

struct HandshakeCase {
    std::string_view name;
    std::function<void(Peer&)> script;
};

void PrintTo(const HandshakeCase& handshake, std::ostream* out) {
    *out << handshake.name;
}

class BrokenHandshakeTest : public CurlClientTest, public ::testing::WithParamInterface<HandshakeCase> {};

TEST_P(BrokenHandshakeTest, is_unreachable) {
    ScriptedServer server(GetParam().script);
    CurlOptions options = dev_options();
    options.connect_timeout = milliseconds(100);
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, post("https://127.0.0.1:" + std::to_string(server.port()) + "/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("nothing was sent"));
}

INSTANTIATE_TEST_SUITE_P(CurlClient, BrokenHandshakeTest,
                         ::testing::Values(HandshakeCase{"closed", [](Peer&) {}},
                                           HandshakeCase{"reset", [](Peer& peer) { peer.reset(); }},
                                           HandshakeCase{"silence", [](Peer& peer) { peer.hold(); }},
                                           HandshakeCase{"plain_http",
                                                         [](Peer& peer) {
                                                             peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
                                                             peer.hold();
                                                         }}),
                         name_of_case<HandshakeCase>);

TEST_F(CurlUnreachableTest, a_self_signed_certificate_is_unreachable) {
    const TlsServer server("IP:127.0.0.1");

    const auto answer = send(client_, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_EQ(answer.error().message, "The certificate of 127.0.0.1 is not trusted; nothing was sent.");
}

TEST_F(CurlUnreachableTest, a_certificate_is_accepted_when_the_configured_file_holds_its_root) {
    const TlsServer server("IP:127.0.0.1");
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
    EXPECT_EQ(answer->status, 200U);
}

TEST_F(CurlUnreachableTest, a_trusted_certificate_for_another_host_is_unreachable) {
    const TlsServer server("DNS:elsewhere.example");
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlUnreachableTest, tls_older_than_1_2_is_unreachable) {
    const TlsServer server("IP:127.0.0.1", {"-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"});
    CurlOptions options = dev_options();
    options.ca_file = server.certificate();
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
}

TEST_F(CurlUnreachableTest, a_missing_file_of_roots_is_unreachable_and_says_so) {
    const TlsServer server("IP:127.0.0.1");
    CurlOptions options = dev_options();
    options.ca_file = "/nonexistent/roots.pem";
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, get(server.url()));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("file of trusted certificates"));
}

}  // namespace
}  // namespace evergrant::net
