#include "reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Provider shop_provider() {
    return testing::read_with(
        "client_auth: ${params.method}\n"
        "parameters:\n"
        "  - {name: shop, pattern: '[a-z]+', example: acme, required: true}\n"
        "  - {name: region, allowed: [eu, us], default: us}\n"
        "  - {name: host, pattern: '[a-z.]+', default: 'api.${params.region}.acme'}\n"
        "  - {name: method, allowed: [client_secret_post, none]}\n"
        "derived_parameters:\n"
        "  - {name: server, from: region, values: {eu: one, us: two}}\n");
}

TEST(ParametersTest, defaults_fill_what_is_not_given) {
    const auto params = check_parameters(shop_provider(), {{"shop", "acme"}});

    ASSERT_TRUE(params);
    EXPECT_THAT(*params, ElementsAre(Pair("host", "api.us.acme"), Pair("region", "us"), Pair("shop", "acme")));
}

TEST(ParametersTest, a_default_follows_the_parameters_it_names) {
    const auto params = check_parameters(shop_provider(), {{"shop", "acme"}, {"region", "eu"}});

    EXPECT_EQ(params.value().at("host"), "api.eu.acme");
}

TEST(ParametersTest, what_is_given_wins_over_its_default) {
    const auto params = check_parameters(shop_provider(), {{"shop", "acme"}, {"host", "own.acme"}});

    EXPECT_EQ(params.value().at("host"), "own.acme");
}

TEST(ParametersTest, an_empty_value_is_as_good_as_none) {
    const auto params = check_parameters(shop_provider(), {{"shop", "acme"}, {"region", ""}, {"method", ""}});

    EXPECT_EQ(params.value().at("region"), "us");
    EXPECT_FALSE(params->contains("method"));
}

TEST(ParametersTest, checked_parameters_stay_as_they_are_when_checked_again) {
    const Provider provider = shop_provider();
    const auto once = check_parameters(provider, {{"shop", "acme"}});

    EXPECT_EQ(check_parameters(provider, once.value()).value(), once.value());
}

struct BadParameters {
    std::string_view name;
    Parameters given;
    std::string_view field;
    std::string message;
};

class BadParametersTest : public ::testing::TestWithParam<BadParameters> {};

TEST_P(BadParametersTest, are_refused_by_name) {
    const auto params = check_parameters(shop_provider(), GetParam().given);

    ASSERT_FALSE(params);
    EXPECT_EQ(params.error().code, Errc::invalid_request);
    EXPECT_EQ(params.error().fields.at(0).field, GetParam().field);
    EXPECT_EQ(params.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Parameters, BadParametersTest,
    ::testing::Values(
        BadParameters{"missing", {}, "params.shop", "\"shop\" is required; an example is \"acme\"."},
        BadParameters{"empty", {{"shop", ""}}, "params.shop", "\"shop\" is required; an example is \"acme\"."},
        BadParameters{"breaking_the_pattern",
                      {{"shop", "acme/"}},
                      "params.shop",
                      "\"shop\" is not allowed to be that; an example is \"acme\"."},
        BadParameters{"without_an_example",
                      {{"shop", "acme"}, {"host", "HOST"}},
                      "params.host",
                      "\"host\" is not allowed to be that."},
        BadParameters{"not_on_the_list",
                      {{"shop", "acme"}, {"region", "mars"}},
                      "params.region",
                      "\"region\" is none of the allowed values: eu, us."},
        BadParameters{
            "too_long", {{"shop", std::string(513, 'a')}}, "params.shop", "\"shop\" is longer than 512 characters."},
        BadParameters{
            "with_a_line_break", {{"shop", "ac\r\nme"}}, "params.shop", "\"shop\" holds a control character."},
        BadParameters{
            "with_a_delete_character", {{"shop", "ac\x7fme"}}, "params.shop", "\"shop\" holds a control character."},
        BadParameters{"misspelt",
                      {{"shop", "acme"}, {"regoin", "eu"}},
                      "params.regoin",
                      "acme has no parameter \"regoin\"; did you mean \"region\"?"},
        BadParameters{"unlike_any_other",
                      {{"shop", "acme"}, {"unheard_of", "x"}},
                      "params.unheard_of",
                      "acme has no parameter \"unheard_of\"."},
        BadParameters{
            "not_even_a_name", {{"shop", "acme"}, {"<script>", "x"}}, "params", "acme has no such parameter."},
        BadParameters{
            "derived", {{"shop", "acme"}, {"server", "evil"}}, "params.server", "acme has no parameter \"server\"."}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ParametersTest, every_wrong_parameter_is_named) {
    const auto params = check_parameters(shop_provider(), {{"region", "mars"}, {"nonsense", "1"}});

    std::vector<std::string> fields;
    for (const FieldError& field : params.error().fields)
        fields.push_back(field.field);
    EXPECT_THAT(fields, ElementsAre("params.nonsense", "params.shop", "params.region"));
}

TEST(ParametersTest, a_value_is_never_repeated_in_a_refusal) {
    const auto params = check_parameters(shop_provider(), {{"shop", "s3cret!"}, {"region", "s3cret!"}});

    for (const FieldError& field : params.error().fields)
        EXPECT_EQ(field.message.find("s3cret"), std::string::npos) << field.message;
}

TEST(ParametersTest, a_default_without_its_source_is_no_value) {
    const Provider provider = testing::read_with(
        "parameters:\n"
        "  - {name: region, allowed: [eu]}\n"
        "  - {name: host, pattern: '[a-z.]+', default: 'api.${params.region}'}\n");

    EXPECT_THAT(check_parameters(provider, {}).value(), IsEmpty());
}

TEST(ParametersTest, a_required_parameter_says_what_its_default_lacks) {
    const Provider provider = testing::read_with(
        "parameters:\n"
        "  - {name: region, allowed: [eu]}\n"
        "  - {name: host, pattern: '[a-z.]+', default: 'api.${params.region}', required: true}\n");

    EXPECT_EQ(check_parameters(provider, {}).error().message, "There is no value for params.region.");
}

TEST(ParametersTest, a_default_that_breaks_its_rule_once_filled_in_is_refused) {
    const Provider provider = testing::read_with(
        "parameters:\n"
        "  - {name: region, pattern: '[a-z]+'}\n"
        "  - {name: host, pattern: '[a-z.]{1,8}', default: 'api.${params.region}'}\n");

    EXPECT_EQ(check_parameters(provider, {{"region", "antarctica"}}).error().fields.at(0).field, "params.host");
    EXPECT_FALSE(complete_parameters(provider, {{"region", "antarctica"}}).contains("host"));
}

TEST(ParametersTest, completing_adds_defaults_and_what_follows_from_others) {
    const Parameters all = complete_parameters(shop_provider(), {{"shop", "acme"}});

    EXPECT_THAT(all, UnorderedElementsAre(Pair("shop", "acme"), Pair("region", "us"), Pair("host", "api.us.acme"),
                                          Pair("server", "two")));
}

TEST(ParametersTest, nothing_follows_from_what_is_missing_or_unknown) {
    Provider provider = shop_provider();
    provider.parameters.clear();

    EXPECT_THAT(complete_parameters(provider, {}), IsEmpty());
    EXPECT_FALSE(complete_parameters(provider, {{"region", "mars"}}).contains("server"));
}

TEST(ParametersTest, a_parameter_chooses_the_client_authentication) {
    const Provider provider = shop_provider();

    EXPECT_EQ(client_auth_for(provider, {{"method", "none"}}), oauth::ClientAuthMethod::none);
    EXPECT_EQ(client_auth_for(provider, {{"method", "client_secret_post"}}),
              oauth::ClientAuthMethod::client_secret_post);
    EXPECT_EQ(client_auth_for(provider, {}), oauth::ClientAuthMethod::client_secret_basic);
    EXPECT_EQ(client_auth_for(provider, {{"method", "nonsense"}}), oauth::ClientAuthMethod::client_secret_basic);
}

TEST(ParametersTest, an_entry_that_names_its_client_authentication_has_it) {
    const Provider provider = testing::read_with("client_auth: private_key_jwt\n");

    EXPECT_EQ(client_auth_for(provider, {}), oauth::ClientAuthMethod::private_key_jwt);
}

TEST(ValueRuleTest, a_rule_made_by_hand_compiles_its_pattern) {
    ValueRule rule;
    rule.pattern = "[a-z]";

    EXPECT_TRUE(rule.check("a"));
    EXPECT_FALSE(rule.check("1"));
}

TEST(ValueRuleTest, a_rule_made_by_hand_that_cannot_be_used_is_a_bug) {
    ValueRule rule;
    rule.pattern = "[";

    EXPECT_EQ(rule.check("a").error().code, Errc::internal_error);
}

TEST(ExpandAllTest, leaves_out_what_is_empty_or_not_given) {
    const std::map<std::string, Template> templates{{"fixed", Template::parse("1").value()},
                                                    {"given", Template::parse("a${params.x}").value()},
                                                    {"empty", Template::parse("${params.y}").value()},
                                                    {"absent", Template::parse("a${params.z}").value()}};

    const auto expanded = expand_all(templates, {{"x", "1"}, {"y", ""}});

    EXPECT_THAT(expanded.value(), ElementsAre(Pair("fixed", "1"), Pair("given", "a1")));
}

TEST(ExpandAllTest, metadata_is_not_known_there) {
    const std::map<std::string, Template> templates{{"x", Template::parse("${metadata.y}").value()}};

    EXPECT_EQ(expand_all(templates, {}).error().fields.at(0).field, "metadata.y");
}

}  // namespace
}  // namespace evergrant::catalog
