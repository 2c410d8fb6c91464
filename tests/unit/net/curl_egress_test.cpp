#include "curl_client_fixture.h"
#include "scripted_names.h"

#include <cstdlib>
#include <string>
#include <string_view>

namespace evergrant::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedNames;
using ::testing::SizeIs;
using ::testing::StartsWith;

using CurlEgressTest = CurlClientTest;

struct ForbiddenNameCase {
    std::string_view name;
    const char* address;
};

void PrintTo(const ForbiddenNameCase& forbidden, std::ostream* out) {
    *out << forbidden.address;
}

class ForbiddenNameTest : public CurlClientTest, public ::testing::WithParamInterface<ForbiddenNameCase> {};

TEST_P(ForbiddenNameTest, a_name_that_resolves_to_a_forbidden_address_is_denied) {
    ScriptedNames::instance().set("rebound.test", GetParam().address);
    CurlClient client(context_, {});

    const auto answer = send(client, post("https://rebound.test/?query=s3cret"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(answer.error().message, "rebound.test resolves to an address that may not be called; nothing was sent.");
}

INSTANTIATE_TEST_SUITE_P(
    CurlClient, ForbiddenNameTest,
    ::testing::Values(ForbiddenNameCase{"loopback", "127.0.0.1"}, ForbiddenNameCase{"unspecified", "0.0.0.0"},
                      ForbiddenNameCase{"private", "10.1.2.3"}, ForbiddenNameCase{"metadata", "169.254.169.254"},
                      ForbiddenNameCase{"loopback_v6", "::1"}, ForbiddenNameCase{"mapped", "::ffff:127.0.0.1"},
                      ForbiddenNameCase{"nat64", "64:ff9b::10.1.2.3"},
                      ForbiddenNameCase{"unique_local", "fd00:ec2::254"}),
    name_of_case<ForbiddenNameCase>);

TEST_F(CurlEgressTest, localhost_is_denied_without_dev) {
    ScriptedServer server(answer_everything);
    CurlClient client(context_, {});

    const auto answer = send(client, get("https://localhost:" + std::to_string(server.port()) + "/"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(CurlEgressTest, localhost_is_called_in_dev) {
    ScriptedServer server(answer_everything);

    const auto answer = send(client_, get("http://localhost:" + std::to_string(server.port()) + "/"));

    ASSERT_TRUE(answer) << answer.error().message;
}

/// For as long as it lives an environment variable has a value.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Environment() { ::unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
};

TEST_F(CurlEgressTest, a_proxy_of_the_environment_is_not_used) {
    ScriptedServer proxy(answer_everything);
    ScriptedServer server(answer_everything);
    const Environment http_proxy("http_proxy", proxy.url());
    const Environment all_proxy("ALL_PROXY", proxy.url());

    ASSERT_TRUE(send(client_, get(server.url())));

    EXPECT_EQ(proxy.connections(), 0U);
    EXPECT_THAT(server.requests(), SizeIs(1));
}

CurlOptions options_with_proxy(const ScriptedServer& proxy) {
    CurlOptions options;
    options.proxy = SecretString(proxy.url());
    options.proxy_may_be_private = true;
    return options;
}

TEST_F(CurlEgressTest, a_configured_proxy_is_asked_for_a_tunnel_and_sees_no_secret) {
    ScriptedServer proxy([](Peer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    const Environment no_proxy("no_proxy", "*");
    CurlClient client(context_, options_with_proxy(proxy));
    ClientRequest request = post("https://accounts.test/token");
    request.headers = {{"Authorization", "Basic s3cret"}};

    const auto answer = send(client, std::move(request));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::provider_unreachable) << answer.error().message;
    ASSERT_THAT(proxy.requests(), SizeIs(1));
    EXPECT_THAT(proxy.requests().front(), StartsWith("CONNECT accounts.test:443 HTTP/1.1\r\n"));
    EXPECT_THAT(proxy.requests().front(), Not(HasSubstr("s3cret")));
}

TEST_F(CurlEgressTest, what_needs_no_proxy_is_called_without_it) {
    ScriptedServer proxy(answer_everything);
    ScriptedServer server(answer_everything);
    ScriptedNames::instance().set("ehr.hospital.test", "127.0.0.1");
    CurlOptions options = options_with_proxy(proxy);
    options.egress = EgressGuard(EgressPolicy{.operators_own_server = true});
    options.no_proxy = {"Hospital.test"};
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, post("http://ehr.hospital.test:" + std::to_string(server.port()) + "/"));
    static_cast<void>(send(client, post("http://nothospital.test/")));

    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_THAT(server.requests(), SizeIs(1));
    EXPECT_THAT(proxy.requests(), SizeIs(1));
}

TEST_F(CurlEgressTest, a_private_proxy_is_denied_unless_configured_so) {
    ScriptedServer proxy(answer_everything);
    CurlOptions options = options_with_proxy(proxy);
    options.proxy_may_be_private = false;
    CurlClient client(context_, std::move(options));

    const auto answer = send(client, post("https://accounts.test/token"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(CurlEgressTest, an_address_that_may_not_be_called_may_not_be_called_through_a_proxy_either) {
    ScriptedServer proxy(answer_everything);
    CurlClient client(context_, options_with_proxy(proxy));

    const auto answer = send(client, post("https://169.254.169.254/latest"));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::egress_denied);
    EXPECT_EQ(proxy.connections(), 0U);
}

}  // namespace
}  // namespace evergrant::net
