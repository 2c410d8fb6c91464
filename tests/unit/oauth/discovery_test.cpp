#include "oauth/discovery.h"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace evergrant::oauth {
namespace {

constexpr std::string_view issuer = "https://as.example/tenant";

boost::json::object document() {
    return {{"issuer", issuer},
            {"authorization_endpoint", "https://as.example/authorize"},
            {"token_endpoint", "https://as.example/token"},
            {"revocation_endpoint", "https://as.example/revoke"},
            {"jwks_uri", "https://as.example/jwks"},
            {"code_challenge_methods_supported", {"plain", "S256"}},
            {"token_endpoint_auth_methods_supported", {"client_secret_basic", "private_key_jwt"}},
            {"authorization_response_iss_parameter_supported", true},
            {"unknown", {{"a", 1}}}};
}

Result<ServerMetadata> read(const boost::json::object& members) {
    return read_server_metadata(boost::json::serialize(members), issuer);
}

TEST(DiscoveryTest, the_document_lies_below_the_issuer) {
    EXPECT_EQ(openid_configuration_url("https://as.example"), "https://as.example/.well-known/openid-configuration");
    EXPECT_EQ(openid_configuration_url("https://as.example/"), "https://as.example/.well-known/openid-configuration");
    EXPECT_EQ(openid_configuration_url("https://as.example/tenant"),
              "https://as.example/tenant/.well-known/openid-configuration");
}

TEST(DiscoveryTest, reads_where_to_ask_and_what_is_offered) {
    const auto metadata = read(document());

    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->issuer, issuer);
    EXPECT_EQ(metadata->authorization_endpoint, "https://as.example/authorize");
    EXPECT_EQ(metadata->token_endpoint, "https://as.example/token");
    EXPECT_EQ(metadata->revocation_endpoint, "https://as.example/revoke");
    EXPECT_EQ(metadata->jwks_uri, "https://as.example/jwks");
    EXPECT_EQ(metadata->code_challenge_methods, (std::vector<std::string>{"plain", "S256"}));
    EXPECT_EQ(metadata->token_endpoint_auth_methods,
              (std::vector<std::string>{"client_secret_basic", "private_key_jwt"}));
    EXPECT_TRUE(metadata->issuer_in_callback);
}

TEST(DiscoveryTest, what_is_optional_may_be_missing) {
    const auto metadata = read({{"issuer", issuer},
                                {"authorization_endpoint", "https://as.example/authorize"},
                                {"token_endpoint", "https://as.example/token"}});

    ASSERT_TRUE(metadata);
    EXPECT_TRUE(metadata->revocation_endpoint.empty());
    EXPECT_TRUE(metadata->jwks_uri.empty());
    EXPECT_TRUE(metadata->code_challenge_methods.empty());
    EXPECT_FALSE(metadata->issuer_in_callback);
}

TEST(DiscoveryTest, optional_members_of_another_kind_are_passed_over) {
    boost::json::object members = document();
    members["code_challenge_methods_supported"] = "S256";
    members["token_endpoint_auth_methods_supported"] = {1, "none", nullptr};
    members["authorization_response_iss_parameter_supported"] = "true";

    const auto metadata = read(members);

    ASSERT_TRUE(metadata);
    EXPECT_TRUE(metadata->code_challenge_methods.empty());
    EXPECT_EQ(metadata->token_endpoint_auth_methods, std::vector<std::string>{"none"});
    EXPECT_FALSE(metadata->issuer_in_callback);
}

TEST(DiscoveryTest, an_issuer_may_say_that_it_is_not_in_the_callback) {
    boost::json::object members = document();
    members["authorization_response_iss_parameter_supported"] = false;

    const auto metadata = read(members);

    ASSERT_TRUE(metadata);
    EXPECT_FALSE(metadata->issuer_in_callback);
}

TEST(DiscoveryTest, more_than_a_mebibyte_is_refused) {
    boost::json::object members = document();
    members["x"] = std::string(1024 * 1024, 'x');

    EXPECT_FALSE(read(members));
}

TEST(DiscoveryTest, another_issuer_is_refused_byte_for_byte) {
    for (const std::string_view named :
         {"https://evil.example", "https://as.example/tenant/", "https://AS.example/tenant", "https://as.example",
          "https://as.example:443/tenant", ""}) {
        boost::json::object members = document();
        members["issuer"] = named;
        const auto metadata = read(members);
        ASSERT_FALSE(metadata) << named;
        EXPECT_EQ(metadata.error().code, Errc::provider_error) << named;
    }
}

TEST(DiscoveryTest, an_empty_issuer_matches_nothing) {
    EXPECT_FALSE(read_server_metadata("{}", ""));
}

TEST(DiscoveryTest, a_missing_endpoint_is_refused) {
    for (const std::string_view name : {"issuer", "authorization_endpoint", "token_endpoint"}) {
        boost::json::object members = document();
        members.erase(name);
        const auto metadata = read(members);
        ASSERT_FALSE(metadata) << name;
        EXPECT_EQ(metadata.error().code, Errc::provider_error) << name;
    }
}

TEST(DiscoveryTest, an_endpoint_that_is_no_https_url_is_refused) {
    for (const std::string_view name :
         {"authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"}) {
        for (const std::string_view url :
             {"http://as.example/x", "javascript:alert(1)", "data:text/html,x", "/relative", "//as.example/x",
              "https:///x", "https://user:pass@as.example/x", "https://as.example/x#f", "https://as.example/\r\n",
              "ftp://as.example/"}) {
            boost::json::object members = document();
            members[name] = url;
            const auto metadata = read(members);
            ASSERT_FALSE(metadata) << name << " " << url;
            EXPECT_EQ(metadata.error().code, Errc::provider_error) << name << " " << url;
        }
    }
}

TEST(DiscoveryTest, an_issuer_asked_over_http_may_have_http_endpoints) {
    boost::json::object members = document();
    members["issuer"] = "http://127.0.0.1:9000";
    members["token_endpoint"] = "http://127.0.0.1:9000/token";

    EXPECT_TRUE(read_server_metadata(boost::json::serialize(members), "http://127.0.0.1:9000"));
}

TEST(DiscoveryTest, what_is_not_a_json_object_is_refused) {
    for (const std::string_view text : {"", "null", "[]", "<html></html>", R"({"issuer":)", R"("issuer")"}) {
        const auto metadata = read_server_metadata(text, issuer);
        ASSERT_FALSE(metadata) << text;
        EXPECT_EQ(metadata.error().code, Errc::provider_error) << text;
    }
}

TEST(DiscoveryTest, names_where_a_client_with_a_certificate_goes) {
    const auto metadata = read_server_metadata(
        R"({"issuer":"https://i.example","authorization_endpoint":"https://i.example/a",
            "token_endpoint":"https://i.example/t",
            "mtls_endpoint_aliases":{"token_endpoint":"https://mtls.i.example/t"}})",
        "https://i.example");

    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->token_endpoint, "https://i.example/t");
    EXPECT_EQ(metadata->mtls_token_endpoint, "https://mtls.i.example/t");
}

}  // namespace
}  // namespace evergrant::oauth
