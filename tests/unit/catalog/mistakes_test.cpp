//
// Every kind of mistake in a catalogue file, with the line and the words in which it is reported: here those of YAML
// and of values, in the files beside it those of each key, of rules and of URLs.
//
#include "mistake.h"
#include "reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using testing::Mistake;
using testing::MistakeTest;
using testing::name_of_case;
using ::testing::SizeIs;

TEST_P(MistakeTest, is_reported_with_its_line) {
    EXPECT_THAT(testing::problems_of(std::string(testing::minimal) + std::string(GetParam().added)),
                ElementsAreArray(GetParam().problems));
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
        Mistake{"no_flag_that_is_false", "discovery: false\n", {}},
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

TEST(MistakesTest, a_hundred_of_one_kind_are_enough_too) {
    std::string yaml(testing::minimal);
    yaml += "scopes:\n";
    for (int i = 0; i < 1000; ++i)
        yaml += "  - read\n";

    EXPECT_THAT(testing::problems_of(yaml), SizeIs(101));
}

TEST(MistakesTest, a_control_character_of_the_file_reaches_no_terminal) {
    EXPECT_THAT(testing::problems_of(std::string(testing::minimal) + "\"a\\x1b[2Jb\": 1\n"),
                ElementsAre("5: unknown key \"a?[2Jb\""));
}

TEST(ProblemTest, is_shown_with_file_and_line) {
    EXPECT_EQ((Problem{"a.yaml", 3, "wrong"}).to_string(), "a.yaml:3: wrong");
    EXPECT_EQ((Problem{"a.yaml", 0, "wrong"}).to_string(), "a.yaml: wrong");
}

}  // namespace
}  // namespace evergrant::catalog
