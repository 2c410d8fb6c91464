//
// Mistakes in what single keys hold and in what they say together; they are read by the test in mistakes_test.cpp.
//
#include "mistake.h"

namespace evergrant::catalog {
namespace {

using testing::Mistake;
using testing::MistakeTest;
using testing::name_of_case;

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
        Mistake{"half_a_rate", "budgets: {app: {requests: 10}}\n", {"5: a rate of \"budgets\" lacks \"seconds\""}},
        Mistake{
            "a_rate_that_is_a_number", "budgets: {provider: 10}\n", {"5: \"provider\" must be a mapping, not text"}},
        Mistake{"errors_that_are_no_list", "errors: {error: x}\n", {"5: \"errors\" must be a list, not a mapping"}},
        Mistake{"an_error_that_is_a_word", "errors:\n  - x\n", {"6: \"errors\" must be a mapping, not text"}},
        Mistake{"an_error_without_meaning", "errors:\n  - {error: x}\n", {"6: a rule of \"errors\" lacks \"means\""}},
        Mistake{"an_error_without_condition",
                "errors:\n  - {means: dead_grant}\n",
                {"6: a rule of \"errors\" needs \"status\", \"error\" or \"body_contains\""}},
        Mistake{"an_error_that_kills_by_status",
                "errors:\n  - {status: 400, means: dead_grant}\n",
                {"6: a status alone cannot mean dead_grant: name the \"error\" or what the body contains"}},
        Mistake{"no_error_that_waits_by_status", "errors:\n  - {status: 503, means: throttled}\n", {}},
        Mistake{
            "no_error_that_kills_by_status_and_more",
            "errors:\n  - {status: 400, body_contains: gone, means: dead_grant}\n  - {status: 400, error: x, means: "
            "dead_grant}\n",
            {}},
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

}  // namespace
}  // namespace evergrant::catalog
