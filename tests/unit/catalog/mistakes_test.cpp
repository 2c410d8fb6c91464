//
// Every kind of mistake in a catalogue file, with the line and the words in which it is reported.
//
#include "reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;

struct Mistake {
    std::string_view name;
    std::string_view added;  // to four lines without a mistake
    std::vector<std::string> problems;
};

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, is_reported_with_its_line) {
    EXPECT_THAT(testing::problems_of(std::string(testing::minimal) + std::string(GetParam().added)),
                ElementsAreArray(GetParam().problems));
}

std::string name_of_case(const ::testing::TestParamInfo<Mistake>& info) {
    return std::string(info.param.name);
}

const std::string over_limit = "logo: " + std::string(2049, 'x') + "\n";

INSTANTIATE_TEST_SUITE_P(
    Values, MistakeTest,
    ::testing::Values(
        Mistake{"none", "", {}},
        Mistake{"a_misspelt_key",
                "autorization_url: https://a.example\n",
                {"5: unknown key \"autorization_url\"; did you mean \"authorization_url\"?"}},
        Mistake{"a_key_like_no_other", "zzzzzzzz: 1\n", {"5: unknown key \"zzzzzzzz\""}},
        Mistake{"a_misspelt_key_inside",
                "refresh:\n  policy: static\n  idle_day: 3\n",
                {"7: unknown key \"idle_day\" in \"refresh\"; did you mean \"idle_days\"?"}},
        Mistake{"a_long_key",
                "a123456789b123456789c123456789d123456789e123456789f123456789g123456789: 1\n",
                {"5: unknown key \"a123456789b123456789c123456789d123456789e123456789f123456789g123…\""}},
        Mistake{"a_repeated_key", "logo: a\nlogo: b\n", {"6: \"logo\" stands here again; line 5 has it"}},
        Mistake{"a_key_without_value", "logo:\n", {"5: \"logo\" has no value"}},
        Mistake{"empty_text", "logo: ''\n", {"5: \"logo\" is empty"}},
        Mistake{"a_list_for_a_text", "logo: [a]\n", {"5: \"logo\" must be text, not a list"}},
        Mistake{"a_mapping_for_a_text", "logo: {a: b}\n", {"5: \"logo\" must be text, not a mapping"}},
        Mistake{"a_text_for_a_list", "scopes: read\n", {"5: \"scopes\" must be a list, not text"}},
        Mistake{"a_text_for_a_mapping", "refresh: static\n", {"5: \"refresh\" must be a mapping, not text"}},
        Mistake{"nothing_for_a_mapping", "refresh:\n", {"5: \"refresh\" has no value"}},
        Mistake{"nothing_for_a_list", "scopes:\n", {"5: \"scopes\" has no value"}},
        Mistake{"a_list_inside_a_list", "scopes: [[a]]\n", {"5: \"scopes\" must be text, not a list"}},
        Mistake{"a_line_break", "logo: \"a\\nb\"\n", {"5: \"logo\" holds a line break or another control character"}},
        Mistake{"a_delete_character",
                "logo: \"a\\x7fb\"\n",
                {"5: \"logo\" holds a line break or another control character"}},
        Mistake{"too_long_a_text", over_limit, {"5: \"logo\" is longer than 2048 characters"}},
        Mistake{"a_word_for_a_flag", "discovery: yes\n", {"5: \"discovery\" must be true or false"}},
        Mistake{"a_quoted_flag", "discovery: \"true\"\n", {"5: \"discovery\" must be true or false"}},
        Mistake{"a_list_for_a_flag", "discovery: [true]\n", {"5: \"discovery\" must be true or false"}},
        Mistake{"a_word_for_a_number",
                "access_token_lifetime_seconds: 1h\n",
                {"5: \"access_token_lifetime_seconds\" must be a whole number from 1 to 315360000"}},
        Mistake{"zero",
                "access_token_lifetime_seconds: 0\n",
                {"5: \"access_token_lifetime_seconds\" must be a whole number from 1 to 315360000"}},
        Mistake{"a_negative_number",
                "access_token_lifetime_seconds: -5\n",
                {"5: \"access_token_lifetime_seconds\" must be a whole number from 1 to 315360000"}},
        Mistake{"too_high_a_number",
                "access_token_lifetime_seconds: 99999999999\n",
                {"5: \"access_token_lifetime_seconds\" must be a whole number from 1 to 315360000"}},
        Mistake{"a_number_over_its_limit",
                "refresh: {policy: static, idle_days: 3651}\n",
                {"5: \"idle_days\" must be a whole number from 1 to 3650"}},
        Mistake{"a_quoted_number",
                "access_token_lifetime_seconds: \"60\"\n",
                {"5: \"access_token_lifetime_seconds\" must be a whole number from 1 to 315360000"}},
        Mistake{"a_misspelt_choice",
                "client_auth: client_secret_bsic\n",
                {"5: \"client_auth\" cannot be \"client_secret_bsic\"; did you mean \"client_secret_basic\"?"}},
        Mistake{"an_unknown_choice", "pkce: plain\n", {"5: \"pkce\" cannot be \"plain\"; it is one of S256, none"}},
        Mistake{"a_choice_that_is_a_list", "pkce: [S256]\n", {"5: \"pkce\" must be text, not a list"}},
        Mistake{"an_item_twice", "scopes: [read, read]\n", {"5: \"scopes\" names \"read\" twice"}},
        Mistake{"an_unclosed_template",
                "api_base_url: https://${params.x\n",
                {"5: \"api_base_url\": \"${\" at character 9 is not closed"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Keys, MistakeTest,
    ::testing::Values(
        Mistake{"a_documentation_url_without_tls",
                "documentation_url: http://acme.example\n",
                {"5: \"documentation_url\" must be an https URL; http is for loopback addresses alone"}},
        Mistake{
            "a_documentation_list", "documentation_url: [a]\n", {"5: \"documentation_url\" must be text, not a list"}},
        Mistake{
            "a_logo_that_is_a_path", "logo: ../x\n", {"5: \"logo\" must be letters, digits, \".\", \"_\" and \"-\""}},
        Mistake{"a_header_of_two_words",
                "authorization_header: 'X Token'\n",
                {"5: \"authorization_header\" is not a header's name"}},
        Mistake{"a_scheme_of_two_words",
                "authorization_scheme: 'Bearer x'\n",
                {"5: \"authorization_scheme\" must be one word, or \"\""}},
        Mistake{"a_scheme_without_value", "authorization_scheme:\n", {"5: \"authorization_scheme\" has no value"}},
        Mistake{"a_separator_too_long",
                "scope_separator: ', and '\n",
                {"5: \"scope_separator\" is longer than 4 characters"}},
        Mistake{"scopes_in_one_text",
                "scopes: ['read write']\n",
                {"5: the scope \"read write\" holds a separator: write a list"}},
        Mistake{"scopes_with_their_own_separator",
                "scope_separator: ','\nscopes: ['a,b']\n",
                {"6: the scope \"a,b\" holds a separator: write a list"}},
        Mistake{"state_as_a_parameter",
                "authorization_params: {state: x}\n",
                {"5: \"authorization_params\" may not set \"state\", which the protocol sets"}},
        Mistake{"a_secret_as_a_parameter",
                "token_params: {client_secret: x}\n",
                {"5: \"token_params\" may not set \"client_secret\", which the protocol sets"}},
        Mistake{"a_list_of_parameters", "token_params: [x]\n", {"5: \"token_params\" must be a mapping, not a list"}},
        Mistake{"a_parameter_without_value", "token_params: {x: }\n", {"5: \"x\" has no value"}},
        Mistake{"a_refresh_without_policy", "refresh: {idle_days: 1}\n", {"5: \"refresh\" lacks \"policy\""}},
        Mistake{"grace_without_seconds",
                "refresh: {policy: rotates_with_grace}\n",
                {"5: \"refresh\" lacks \"grace_seconds\", which rotates_with_grace needs"}},
        Mistake{"seconds_without_grace",
                "refresh:\n  policy: static\n  grace_seconds: 10\n",
                {"7: \"grace_seconds\" is for the policy rotates_with_grace alone"}},
        Mistake{"half_a_budget", "refresh_budget: {tokens: 10}\n", {"5: \"refresh_budget\" lacks \"window_seconds\""}},
        Mistake{
            "a_budget_that_is_a_number", "refresh_budget: 10\n", {"5: \"refresh_budget\" must be a mapping, not text"}},
        Mistake{"errors_that_are_no_list", "errors: {error: x}\n", {"5: \"errors\" must be a list, not a mapping"}},
        Mistake{"an_error_that_is_a_word", "errors:\n  - x\n", {"6: \"errors\" must be a mapping, not text"}},
        Mistake{"an_error_without_meaning", "errors:\n  - {error: x}\n", {"6: a rule of \"errors\" lacks \"means\""}},
        Mistake{"an_error_without_condition",
                "errors:\n  - {means: dead_grant}\n",
                {"6: a rule of \"errors\" needs \"status\", \"error\" or \"body_contains\""}},
        Mistake{"an_error_that_kills_by_status",
                "errors:\n  - {status: 400, means: dead_grant}\n",
                {"6: a status alone cannot mean dead_grant: name the \"error\" or what the body contains"}},
        Mistake{"a_status_that_is_none",
                "errors:\n  - {status: 20, error: x, means: throttled}\n",
                {"6: \"status\" must be a whole number from 100 to 599"}},
        Mistake{"an_error_that_means_nothing_was_sent",
                "errors:\n  - {error: x, means: not_sent}\n",
                {"6: \"means\" cannot be \"not_sent\"; it is one of dead_grant, app_misconfigured, request_rejected, "
                 "throttled, provider_unavailable"}},
        Mistake{"a_probe_that_is_no_path",
                "api_base_url: https://api.acme.example\nhealth_probe: me\n",
                {"6: \"health_probe\" must be a path that begins with \"/\""}},
        Mistake{"a_probe_that_is_a_template",
                "api_base_url: https://api.acme.example\nhealth_probe: /${params.x}\n",
                {"6: \"health_probe\" must be a path that begins with \"/\""}},
        Mistake{"a_probe_without_a_base", "health_probe: /me\n", {"5: \"health_probe\" needs \"api_base_url\""}},
        Mistake{"discovery_without_issuer",
                "discovery: true\n",
                {"1: \"issuer\" is missing, which discovery starts from",
                 "4: \"token_url\" and \"discovery: true\" exclude each other"}},
        Mistake{"a_method_made_of_parts",
                "client_auth: ${params.a}_post\n",
                {"5: \"client_auth\" must be a method, or one ${params.<name>} alone"}},
        Mistake{"a_method_from_metadata",
                "client_auth: ${metadata.a}\n",
                {"5: \"client_auth\" must be a method, or one ${params.<name>} alone"}},
        Mistake{"a_method_from_an_unclosed_template",
                "client_auth: ${params.a\n",
                {"5: \"client_auth\": \"${\" at character 1 is not closed"}},
        Mistake{"a_method_from_an_undeclared_parameter",
                "client_auth: ${params.a}\n",
                {"5: \"client_auth\" uses ${params.a}, which \"parameters\" does not declare"}},
        Mistake{"a_method_from_a_pattern",
                "client_auth: ${params.a}\nparameters: [{name: a, pattern: '.*'}]\n",
                {"5: \"a\" chooses the client authentication: its \"allowed\" must name methods of it alone"}},
        Mistake{"a_method_that_is_none",
                "client_auth: ${params.a}\nparameters: [{name: a, allowed: [none, magic]}]\n",
                {"5: \"a\" chooses the client authentication: its \"allowed\" must name methods of it alone"}},
        Mistake{
            "a_callback_into_nowhere",
            "callback: {parameters: {accounts-server: acounts}}\nparameters: [{name: accounts, pattern: a}]\n",
            {"5: \"callback\" puts \"accounts-server\" into \"acounts\", which \"parameters\" does not declare; did "
             "you mean \"accounts\"?"}},
        Mistake{"a_callback_that_equals_nothing",
                "callback: {must_equal: {shop: '${params.shop}.x'}}\n",
                {"5: \"callback\" uses ${params.shop}, which \"parameters\" does not declare"}},
        Mistake{"an_unknown_grant_type",
                "grant_type: [password]\n",
                {"5: unknown key \"grant_type\"; did you mean \"grant_types\"?"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Rules, MistakeTest,
    ::testing::Values(
        Mistake{"a_nameless_one", "parameters: [{pattern: a}]\n", {"5: an entry of \"parameters\" lacks \"name\""}},
        Mistake{"an_empty_name", "parameters: [{name: '', pattern: a}]\n", {"5: \"name\" is empty"}},
        Mistake{"a_name_that_no_template_can_use",
                "parameters: [{name: a-b, pattern: a}]\n",
                {"5: \"a-b\" cannot be a name: it may hold letters, digits and \"_\""}},
        Mistake{"a_name_twice",
                "parameters:\n  - {name: a, pattern: a}\n  - {name: a, pattern: b}\n",
                {"7: \"a\" is declared twice in \"parameters\""}},
        Mistake{
            "a_list_that_is_a_mapping", "parameters: {a: b}\n", {"5: \"parameters\" must be a list, not a mapping"}},
        Mistake{"an_entry_that_is_a_word", "metadata: [a]\n", {"5: \"metadata\" must be a mapping, not text"}},
        Mistake{"no_rule", "parameters: [{name: a}]\n", {"5: \"a\" needs a \"pattern\" or a list \"allowed\""}},
        Mistake{"two_rules",
                "parameters: [{name: a, pattern: a, allowed: [a]}]\n",
                {"5: \"a\" needs either \"pattern\" or \"allowed\", not both"}},
        Mistake{
            "nothing_allowed", "parameters: [{name: a, allowed: []}]\n", {"5: \"allowed\" of \"a\" allows nothing"}},
        Mistake{"a_bad_pattern",
                "parameters:\n  - name: a\n    pattern: '[a'\n",
                {"7: \"pattern\" cannot be used: a [ is not closed"}},
        Mistake{"a_pattern_that_is_a_list",
                "parameters: [{name: a, pattern: [a]}]\n",
                {"5: \"pattern\" must be text, not a list"}},
        Mistake{"an_example_that_breaks_the_rule",
                "parameters:\n  - name: a\n    pattern: '[a-z]'\n    example: A\n",
                {"8: the example of \"a\" breaks its own rule"}},
        Mistake{"a_default_that_breaks_the_rule",
                "parameters: [{name: a, allowed: [b], default: c}]\n",
                {"5: the default of \"a\" breaks its own rule"}},
        Mistake{
            "an_empty_default", "parameters: [{name: a, allowed: [b], default: ''}]\n", {"5: \"default\" is empty"}},
        Mistake{"a_default_of_a_later_parameter",
                "parameters:\n  - {name: a, pattern: '.*', default: '${params.b}'}\n  - {name: b, pattern: b}\n",
                {"6: the default of \"a\" uses \"b\", which is not declared before it"}},
        Mistake{"a_default_of_metadata",
                "parameters: [{name: a, pattern: '.*', default: '${metadata.b}'}]\n",
                {"5: the default of \"a\" may use ${params.<name>} alone"}},
        Mistake{"a_default_that_is_unclosed",
                "parameters: [{name: a, pattern: '.*', default: '${params.b'}]\n",
                {"5: \"default\": \"${\" at character 1 is not closed"}},
        Mistake{"a_metadata_default_that_is_a_template",
                "metadata: [{name: a, pattern: '[a-z]', default: '${params.b}'}]\n",
                {"5: the default of \"a\" breaks its own rule"}},
        Mistake{"a_required_that_is_no_flag",
                "parameters: [{name: a, pattern: a, required: maybe}]\n",
                {"5: \"required\" must be true or false"}},
        Mistake{"an_unknown_key_of_a_rule",
                "parameters: [{name: a, patern: a, pattern: a}]\n",
                {"5: unknown key \"patern\" in \"parameters\"; did you mean \"pattern\"?"}},
        Mistake{"derived_that_is_no_list",
                "derived_parameters: {a: b}\n",
                {"5: \"derived_parameters\" must be a list, not a mapping"}},
        Mistake{"derived_that_is_a_word",
                "derived_parameters: [a]\n",
                {"5: \"derived_parameters\" must be a mapping, not text"}},
        Mistake{"derived_from_nothing",
                "derived_parameters: [{name: a}]\n",
                {"5: \"a\" lacks \"from\"", "5: \"a\" lacks \"values\""}},
        Mistake{"derived_from_the_undeclared",
                "derived_parameters: [{name: a, from: b, values: {x: y}}]\n",
                {"5: \"a\" follows from \"b\", which \"parameters\" does not declare"}},
        Mistake{"derived_and_declared",
                "parameters: [{name: a, allowed: [x]}]\nderived_parameters: [{name: a, from: a, values: {x: y}}]\n",
                {"6: \"a\" is in \"parameters\" too"}},
        Mistake{"derived_for_some_values",
                "parameters: [{name: a, allowed: [x, y]}]\nderived_parameters: [{name: b, from: a, values: {x: 1}}]\n",
                {"6: \"b\" has no value for the a \"y\""}},
        Mistake{"derived_for_a_value_that_cannot_be",
                "parameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: 1, z: 2}}]\n",
                {"6: \"b\" has a value for \"z\", which is no a"}},
        Mistake{"derived_values_that_are_a_list",
                "parameters: [{name: a, pattern: x}]\nderived_parameters: [{name: b, from: a, values: [x]}]\n",
                {"6: \"values\" must be a mapping, not a list"}}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Urls, MistakeTest,
    ::testing::Values(
        Mistake{"without_tls",
                "authorization_url: http://acme.example\n",
                {"5: \"authorization_url\" must be an https URL; http is for loopback addresses alone"}},
        Mistake{"on_loopback", "authorization_url: http://127.0.0.1:8080/authorize\n", {}},
        Mistake{
            "of_another_scheme", "revocation_url: ftp://a.example\n", {"5: \"revocation_url\" must be an https URL"}},
        Mistake{"that_is_none", "revocation_url: acme\n", {"5: \"revocation_url\" must be an https URL"}},
        Mistake{"without_host", "issuer: 'https://'\n", {"5: \"issuer\" must be an https URL with a host"}},
        Mistake{"with_a_password",
                "issuer: https://a:b@acme.example\n",
                {"5: \"issuer\" must not hold a user name or password"}},
        Mistake{
            "with_a_fragment", "issuer: 'https://acme.example/#x'\n", {"5: \"issuer\" must not hold a fragment (#)"}},
        Mistake{
            "that_climbs", "issuer: https://acme.example/a/../b\n", {"5: \"issuer\" must not hold \"..\" in its path"}},
        Mistake{
            "of_an_undeclared_parameter",
            "api_base_url: https://${params.shp}.acme.example\nparameters: [{name: shop, pattern: '[a-z]+'}]\n",
            {"5: \"api_base_url\" uses ${params.shp}, which \"parameters\" does not declare; did you mean \"shop\"?"}},
        Mistake{
            "of_undeclared_metadata",
            "api_base_url: ${metadata.api_domian}\nmetadata: [{name: api_domain, allowed: ['https://a.example']}]\n",
            {"5: \"api_base_url\" uses ${metadata.api_domian}, which \"metadata\" does not declare; did you mean "
             "\"api_domain\"?"}},
        Mistake{"of_metadata_too_early",
                "issuer: ${metadata.a}\nmetadata: [{name: a, allowed: ['https://a.example']}]\n",
                {"5: \"issuer\" may not use metadata: only \"api_base_url\" may"}},
        Mistake{"a_form_parameter_of_metadata",
                "token_params: {x: '${metadata.a}'}\nmetadata: [{name: a, pattern: a}]\n",
                {"5: \"token_params\" may not use metadata: only \"api_base_url\" may"}},
        Mistake{"a_form_parameter_of_a_derived_one",
                "authorization_params: {x: '${params.b}'}\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: y}}]\n",
                {"5: \"authorization_params\" uses ${params.b}, which \"parameters\" does not declare"}},
        Mistake{"whose_host_admits_another",
                "api_base_url: https://${params.shop}.acme.example\nparameters: [{name: shop, pattern: '.*'}]\n",
                {"5: \"api_base_url\" depends on \"shop\", whose pattern admits \"a/b\": it must keep to letters, "
                 "digits, \".\", \"_\", \"~\" and \"-\""}},
        Mistake{"whose_host_lists_another",
                "api_base_url: https://${params.shop}.acme.example\nparameters: [{name: shop, allowed: [a, b/c]}]\n",
                {"5: \"api_base_url\" can hold \"b/c\", which does not fit into a URL at its place"}},
        Mistake{"whose_path_admits_another",
                "api_base_url: https://acme.example/${metadata.a}\nmetadata: [{name: a, pattern: '[^/]*'}]\n",
                {"5: \"api_base_url\" depends on \"a\", whose pattern admits \"a@b\": it must keep to letters, digits, "
                 "\".\", \"_\", \"~\" and \"-\""}},
        Mistake{"that_begins_with_anything",
                "api_base_url: ${params.base}\nparameters: [{name: base, pattern: '.*'}]\n",
                {"5: \"api_base_url\" depends on \"base\", whose pattern admits \"http://example.com\": it must admit "
                 "https URLs alone"}},
        Mistake{"that_begins_with_a_bad_one",
                "api_base_url: ${metadata.base}\nmetadata: [{name: base, allowed: ['http://a.example']}]\n",
                {"5: \"api_base_url\" can begin with \"http://a.example\", which must be an https URL; http is for "
                 "loopback addresses alone"}},
        Mistake{"that_begins_with_a_bad_derived_one",
                "api_base_url: ${params.b}/x\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: acme}}]\n",
                {"5: \"api_base_url\" can begin with \"acme\", which must be an https URL"}},
        Mistake{"that_holds_a_bad_derived_one",
                "api_base_url: https://${params.b}.example\nparameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: c/d}}, {name: e, from: a, values: {x: f/g}}]\n",
                {"5: \"api_base_url\" can hold \"c/d\", which does not fit into a URL at its place"}}),
    name_of_case);

struct BadFile {
    std::string_view name;
    std::string_view text;
    std::vector<std::string> problems;
};

class BadFileTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadFileTest, is_reported_with_its_line) {
    EXPECT_THAT(testing::problems_of(GetParam().text), ElementsAreArray(GetParam().problems));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadFileTest,
    ::testing::Values(
        BadFile{"empty", "", {"0: the file is empty"}},
        BadFile{"a_list", "- id: acme\n", {"1: a catalogue file is a mapping of keys to values"}},
        BadFile{"not_yaml", "id: acme\n  name: x\n", {"2: not YAML: illegal map value"}},
        BadFile{"almost_nothing",
                "logo: x\n",
                {"1: \"id\" is missing", "1: \"name\" is missing", "1: \"grant_types\" is missing",
                 "1: \"token_url\" is missing; or say \"discovery: true\""}},
        BadFile{"a_code_grant_without_its_url",
                "id: a\nname: A\ngrant_types: [authorization_code]\ntoken_url: https://a.example/t\n",
                {"1: \"authorization_url\" is missing, which the grant type authorization_code needs"}},
        BadFile{"no_grant_types",
                "id: a\nname: A\ngrant_types: []\ntoken_url: https://a.example/t\n",
                {"3: \"grant_types\" is empty"}},
        BadFile{"grant_types_in_one_text",
                "id: a\nname: A\ngrant_types: code\ntoken_url: https://a.example/t\n",
                {"3: \"grant_types\" must be a list, not text"}},
        BadFile{
            "unknown_grant_types",
            "id: a\nname: A\ngrant_types:\n  - password\n  - refresh_tokn\n  - [x]\ntoken_url: https://a.example/t\n",
            {"4: \"grant_types\" cannot be \"password\"; it is one of authorization_code, refresh_token, "
             "client_credentials, jwt_bearer",
             "5: \"grant_types\" cannot be \"refresh_tokn\"; did you mean \"refresh_token\"?",
             "6: \"grant_types\" must be text, not a list"}},
        BadFile{"a_bad_id",
                "id: a b\nname: A\ngrant_types: [client_credentials]\ntoken_url: https://a.example/t\n",
                {"1: \"id\" must be letters, digits, \".\", \"_\" and \"-\", at most 128, from a letter or digit"}},
        BadFile{"an_id_that_is_a_list",
                "id: [a]\nname: A\ngrant_types: [client_credentials]\ntoken_url: https://a.example/t\n",
                {"1: \"id\" must be text, not a list"}},
        BadFile{"a_bad_url_is_not_missing_too",
                "id: a\nname: A\ngrant_types: [client_credentials]\ntoken_url: [x]\n",
                {"4: \"token_url\" must be text, not a list"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MistakesTest, all_are_reported_by_line) {
    const auto problems = testing::problems_of(
        "id: acme\n"
        "pkce: plain\n"
        "grant_types: [client_credentials]\n"
        "token_url: http://acme.example\n"
        "colour: red\n");

    EXPECT_THAT(problems,
                ElementsAre("1: \"name\" is missing", "2: \"pkce\" cannot be \"plain\"; it is one of S256, none",
                            "4: \"token_url\" must be an https URL; http is for loopback addresses alone",
                            "5: unknown key \"colour\""));
}

TEST(MistakesTest, after_a_hundred_the_rest_is_not_shown) {
    std::string yaml(testing::minimal);
    for (int i = 0; i < 1000; ++i)
        yaml += "key" + std::to_string(i) + ": 1\n";

    const auto problems = testing::problems_of(yaml);

    EXPECT_THAT(problems, SizeIs(101));
    EXPECT_EQ(problems.back(), "0: there may be more problems; these are the first 100");
}

TEST(ProblemTest, is_shown_with_file_and_line) {
    EXPECT_EQ((Problem{"a.yaml", 3, "wrong"}).to_string(), "a.yaml:3: wrong");
    EXPECT_EQ((Problem{"a.yaml", 0, "wrong"}).to_string(), "a.yaml: wrong");
}

}  // namespace
}  // namespace evergrant::catalog
