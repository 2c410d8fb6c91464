#include "curl_client_fixture.h"
#include "tls_server.h"

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using testing::TlsServer;

/// A server that wants to be shown a certificate, and a client that trusts it and has one.
class CurlCertificateTest : public CurlClientTest {
protected:
    CurlOptions options() {
        CurlOptions options = dev_options();
        options.ca_file = server_.certificate();
        options.client_certificate = server_.certificate();
        options.client_key = server_.key();
        return options;
    }
    ClientRequest showing() {
        ClientRequest request = get(server_.url());
        request.with_client_certificate = true;
        return request;
    }

    TlsServer server_{"IP:127.0.0.1", {"-Verify", "1", "-tls1_2"}};
};

TEST_F(CurlCertificateTest, is_shown_by_a_request_that_is_to_show_it) {
    CurlClient client(context_, options());

    const auto answer = send(client, showing());

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_THAT(answer->body, HasSubstr("Client certificate"));
}

TEST_F(CurlCertificateTest, is_shown_by_no_other_request) {
    CurlClient client(context_, options());
    ASSERT_TRUE(send(client, showing()));

    EXPECT_FALSE(send(client, get(server_.url())));
}

TEST_F(CurlCertificateTest, that_is_not_there_is_told_before_anything_is_sent) {
    CurlOptions without = options();
    without.client_certificate.clear();
    CurlClient client(context_, std::move(without));

    const auto answer = send(client, showing());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::invalid_request);
}

TEST_F(CurlCertificateTest, that_cannot_be_read_is_told_and_nothing_is_sent) {
    CurlOptions missing = options();
    missing.client_key = "/nowhere/key.pem";
    CurlClient client(context_, std::move(missing));

    const auto answer = send(client, showing());

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable);
    EXPECT_THAT(answer.error().message, HasSubstr("client certificate"));
}

TEST_F(CurlCertificateTest, is_shown_to_no_server_that_is_not_trusted) {
    CurlOptions distrusting = options();
    distrusting.ca_file.clear();
    CurlClient client(context_, std::move(distrusting));

    const auto answer = send(client, showing());

    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("is not trusted"));
}

}  // namespace
}  // namespace evergrant::net
