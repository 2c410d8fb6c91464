#include "reading.h"

#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

Provider regional_provider() {
    return testing::read(
        "id: acme\n"
        "name: Acme\n"
        "grant_types: [authorization_code, refresh_token]\n"
        "issuer: ${params.login}\n"
        "authorization_url: ${params.login}/authorize\n"
        "token_url: ${params.login}/token\n"
        "revocation_url: https://${params.revoker}.acme.example/revoke\n"
        "api_base_url: ${metadata.api}/v1\n"
        "issuer_in_callback: true\n"
        "parameters:\n"
        "  - {name: login, allowed: ['https://login.acme.example', 'https://login.acme.eu']}\n"
        "  - {name: revoker, pattern: '[a-z]+'}\n"
        "metadata:\n"
        "  - {name: api, pattern: 'https://[a-z]+\\.acme\\.example'}\n"
        "  - {name: plan, allowed: [free, paid]}\n");
}

TEST(EndpointsTest, parameters_decide_where_a_provider_is) {
    const auto endpoints =
        resolve_endpoints(regional_provider(), {{"login", "https://login.acme.eu"}, {"revoker", "r"}});

    ASSERT_TRUE(endpoints);
    EXPECT_EQ(endpoints->issuer, "https://login.acme.eu");
    EXPECT_EQ(endpoints->authorization_url, "https://login.acme.eu/authorize");
    EXPECT_EQ(endpoints->token_url, "https://login.acme.eu/token");
    EXPECT_EQ(endpoints->revocation_url, "https://r.acme.example/revoke");
    EXPECT_TRUE(endpoints->issuer_in_callback);
}

TEST(EndpointsTest, an_endpoint_made_from_a_parameter_not_given_is_none) {
    const auto endpoints = resolve_endpoints(regional_provider(), {{"login", "https://login.acme.eu"}});

    EXPECT_EQ(endpoints.value().revocation_url, "");
}

TEST(EndpointsTest, without_a_token_url_there_is_nothing_to_do) {
    const auto endpoints = resolve_endpoints(regional_provider(), {{"revoker", "r"}});

    EXPECT_EQ(endpoints.error().fields.at(0).field, "params.login");
    EXPECT_EQ(endpoints.error().message, "\"login\" is required.");
}

TEST(EndpointsTest, a_token_url_names_the_parameter_that_is_missing) {
    const Provider provider = testing::read(
        "id: acme\nname: Acme\ngrant_types: [client_credentials]\n"
        "token_url: https://${params.a}.acme.example/${params.b}\n"
        "parameters: [{name: a, pattern: '[a-z]+'}, {name: b, pattern: '[a-z]+'}]\n");

    EXPECT_EQ(resolve_endpoints(provider, {{"a", "x"}}).error().fields.at(0).field, "params.b");
}

TEST(EndpointsTest, a_value_that_slipped_past_the_rules_changes_no_host) {
    const auto endpoints =
        resolve_endpoints(regional_provider(), {{"login", "https://login.acme.eu"}, {"revoker", "evil.example/"}});

    EXPECT_EQ(endpoints.error().fields.at(0).field, "params.revoker");
}

TEST(EndpointsTest, a_provider_with_discovery_has_its_issuer_alone) {
    const Provider provider = testing::read(
        "id: acme\nname: Acme\ngrant_types: [authorization_code]\nissuer: https://login.acme.example\ndiscovery: "
        "true\n");

    const auto endpoints = resolve_endpoints(provider, {});

    EXPECT_EQ(endpoints.value().issuer, "https://login.acme.example");
    EXPECT_EQ(endpoints->token_url, "");
}

TEST(ApiBaseTest, comes_from_the_token_response) {
    const auto base = resolve_api_base(regional_provider(), {}, {{"api", "https://eu.acme.example"}, {"plan", "free"}});

    EXPECT_EQ(base.value(), "https://eu.acme.example/v1");
}

TEST(ApiBaseTest, a_host_that_the_entry_does_not_allow_is_refused) {
    for (const std::string_view host :
         {"https://evil.example", "http://eu.acme.example", "https://eu.acme.example.evil.example",
          "https://eu.acme.example/", "https://eu.acme.example@evil.example"}) {
        const auto base = resolve_api_base(regional_provider(), {}, {{"api", boost::json::string_view(host)}});

        ASSERT_FALSE(base) << host;
        EXPECT_EQ(base.error().code, Errc::egress_denied);
        EXPECT_EQ(base.error().message, "The provider's \"api\" is not one that its catalogue entry allows.");
    }
}

TEST(ApiBaseTest, metadata_of_another_type_is_refused) {
    EXPECT_EQ(resolve_api_base(regional_provider(), {}, {{"api", 7}}).error().code, Errc::egress_denied);
    EXPECT_EQ(resolve_api_base(regional_provider(), {}, {{"api", {"https://eu.acme.example"}}}).error().code,
              Errc::egress_denied);
}

TEST(ApiBaseTest, metadata_that_no_template_uses_keeps_its_rule) {
    const auto base =
        resolve_api_base(regional_provider(), {}, {{"api", "https://eu.acme.example"}, {"plan", "stolen"}});

    EXPECT_EQ(base.error().code, Errc::egress_denied);
}

TEST(ApiBaseTest, metadata_that_the_answer_lacks_is_named) {
    for (const boost::json::object& metadata : {boost::json::object{}, boost::json::object{{"api", nullptr}}}) {
        const auto base = resolve_api_base(regional_provider(), {}, metadata);

        EXPECT_EQ(base.error().code, Errc::provider_error);
        EXPECT_EQ(base.error().message, "The provider's answer held no \"api\".");
    }
}

TEST(ApiBaseTest, a_provider_without_one_has_none) {
    EXPECT_EQ(resolve_api_base(testing::read_with(""), {}, {}).value(), "");
}

TEST(ApiBaseTest, is_none_when_its_parameter_was_not_given) {
    const Provider provider = testing::read_with(
        "api_base_url: https://${params.shop}.acme.example\nparameters: [{name: shop, pattern: '[a-z]+'}]\n");

    EXPECT_EQ(resolve_api_base(provider, {}, {}).value(), "");
    EXPECT_EQ(resolve_api_base(provider, {{"shop", "x"}}, {}).value(), "https://x.acme.example");
}

TEST(ApiBaseTest, follows_a_derived_parameter) {
    const Provider provider = testing::read_with(
        "api_base_url: ${params.api}\n"
        "parameters: [{name: region, allowed: [eu, us], default: us}]\n"
        "derived_parameters: [{name: api, from: region, values: {eu: 'https://eu.acme.example', us: "
        "'https://us.acme.example'}}]\n");

    EXPECT_EQ(resolve_api_base(provider, {}, {}).value(), "https://us.acme.example");
    EXPECT_EQ(resolve_api_base(provider, {{"region", "eu"}}, {}).value(), "https://eu.acme.example");
}

TEST(MetadataTest, a_default_stands_in_for_what_the_answer_lacks) {
    const Provider provider = testing::read_with(
        "api_base_url: ${metadata.api}\n"
        "metadata: [{name: api, allowed: ['https://api.acme.example'], default: 'https://api.acme.example'}]\n");

    EXPECT_EQ(resolve_api_base(provider, {}, {}).value(), "https://api.acme.example");
}

TEST(MetadataTest, is_checked_by_itself) {
    const Provider provider = testing::read_with("metadata: [{name: plan, allowed: [free, paid], required: true}]\n");

    EXPECT_TRUE(check_metadata(provider, {{"plan", "free"}, {"other", 1}}));
    EXPECT_EQ(check_metadata(provider, {{"plan", "stolen"}}).error().code, Errc::egress_denied);
    EXPECT_EQ(check_metadata(provider, {}).error().code, Errc::provider_error);
}

}  // namespace
}  // namespace evergrant::catalog
