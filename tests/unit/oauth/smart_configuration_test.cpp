#include "oauth/smart_configuration.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::oauth {
namespace {

constexpr std::string_view base = "https://ehr.example/fhir/r4";

Result<ServerMetadata> read(std::string_view document) {
    return read_smart_configuration(document, base);
}

TEST(SmartConfigurationTest, is_asked_for_below_the_fhir_base) {
    EXPECT_EQ(smart_configuration_url(base), "https://ehr.example/fhir/r4/.well-known/smart-configuration");
    EXPECT_EQ(smart_configuration_url("https://ehr.example/fhir/"),
              "https://ehr.example/fhir/.well-known/smart-configuration");
}

TEST(SmartConfigurationTest, tells_endpoints_issuer_and_capabilities) {
    const auto metadata =
        read(R"({"issuer":"https://login.ehr.example","authorization_endpoint":"https://login.ehr.example/a",
        "token_endpoint":"https://login.ehr.example/t","jwks_uri":"https://login.ehr.example/k",
        "code_challenge_methods_supported":["S256"],"capabilities":["launch-ehr","permission-v2"]})");

    ASSERT_TRUE(metadata) << metadata.error().message;
    EXPECT_EQ(metadata->issuer, "https://login.ehr.example");
    EXPECT_EQ(metadata->authorization_endpoint, "https://login.ehr.example/a");
    EXPECT_EQ(metadata->token_endpoint, "https://login.ehr.example/t");
    EXPECT_EQ(metadata->jwks_uri, "https://login.ehr.example/k");
    EXPECT_EQ(metadata->capabilities, (std::vector<std::string>{"launch-ehr", "permission-v2"}));
}

TEST(SmartConfigurationTest, of_a_server_for_backend_services_has_no_authorization_endpoint) {
    const auto metadata = read(R"({"token_endpoint":"https://login.ehr.example/t"})");

    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->authorization_endpoint, "");
}

TEST(SmartConfigurationTest, may_have_endpoints_relative_to_the_fhir_base) {
    const auto metadata = read(R"({"authorization_endpoint":"../oauth/a","token_endpoint":"/t"})");

    ASSERT_TRUE(metadata) << metadata.error().message;
    EXPECT_EQ(metadata->authorization_endpoint, "https://ehr.example/fhir/oauth/a");
    EXPECT_EQ(metadata->token_endpoint, "https://ehr.example/t");
}

TEST(SmartConfigurationTest, is_refused_without_what_it_must_hold) {
    EXPECT_FALSE(read("[]"));
    EXPECT_FALSE(read("{}"));
    EXPECT_FALSE(read(R"({"token_endpoint":"http://login.ehr.example/t"})"));
    EXPECT_FALSE(read(R"({"token_endpoint":"https://user@login.ehr.example/t"})"));
}

TEST(SmartConfigurationTest, is_refused_with_pkce_but_not_by_s256) {
    const auto refused =
        read(R"({"token_endpoint":"https://login.ehr.example/t","code_challenge_methods_supported":["plain"]})");

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::provider_error);
}

}  // namespace
}  // namespace evergrant::oauth
