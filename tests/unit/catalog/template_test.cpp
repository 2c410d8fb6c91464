#include "catalog/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TemplateTest, text_without_references_expands_to_itself) {
    const auto parsed = Template::parse("https://acme.example/$x/{y}");

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->expand({{}, {}}).value(), "https://acme.example/$x/{y}");
}

TEST(TemplateTest, references_are_replaced_by_their_values) {
    const Template text = Template::parse("a${params.x}b${metadata.y}${params.x}c").value();

    const auto expanded = text.expand({{{"x", "1"}}, {{"y", "2"}}});

    EXPECT_EQ(expanded.value(), "a1b21c");
}

TEST(TemplateTest, names_each_reference_once) {
    const Template text = Template::parse("${params.x}${metadata.y}${params.x}${params.z}").value();

    EXPECT_THAT(text.parameters(), ElementsAre("x", "z"));
    EXPECT_THAT(text.metadata(), ElementsAre("y"));
}

TEST(TemplateTest, a_template_of_nothing_expands_to_nothing) {
    const Template text = Template::parse("").value();

    EXPECT_EQ(text.expand({{}, {}}).value(), "");
    EXPECT_THAT(text.leading_reference(), IsEmpty());
}

TEST(TemplateTest, a_value_is_not_itself_expanded) {
    const Template text = Template::parse("${params.x}").value();

    EXPECT_EQ(text.expand({{{"x", "${params.y}"}, {"y", "1"}}, {}}).value(), "${params.y}");
}

TEST(TemplateTest, a_missing_value_is_named) {
    const Template text = Template::parse("${params.x}${metadata.y}").value();

    EXPECT_EQ(text.expand({{}, {}}).error().fields.at(0).field, "params.x");
    EXPECT_EQ(text.expand({{{"x", "1"}}, {}}).error().fields.at(0).field, "metadata.y");
    EXPECT_EQ(text.expand_url({{}, {}}).error().message, "There is no value for params.x.");
}

TEST(TemplateTest, tells_the_reference_it_begins_with) {
    EXPECT_EQ(Template::parse("${params.x}/y")->leading_reference(), "params.x");
    EXPECT_EQ(Template::parse("${metadata.x}/y")->leading_reference(), "metadata.x");
    EXPECT_EQ(Template::parse("https://${params.x}")->leading_reference(), "");
}

struct BadTemplate {
    std::string_view name;
    std::string_view text;
    std::string_view message;
};

class BadTemplateTest : public ::testing::TestWithParam<BadTemplate> {};

TEST_P(BadTemplateTest, is_refused_with_its_place) {
    const auto parsed = Template::parse(GetParam().text);

    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Template, BadTemplateTest,
    ::testing::Values(BadTemplate{"unclosed", "https://${params.x", "\"${\" at character 9 is not closed"},
                      BadTemplate{"unclosed_at_the_end", "a${", "\"${\" at character 2 is not closed"},
                      BadTemplate{"without_a_kind", "${shop}",
                                  "\"${shop}\" at character 1 is neither ${params.<name>} nor "
                                  "${metadata.<name>}"},
                      BadTemplate{"of_an_unknown_kind", "a${env.HOME}",
                                  "\"${env.HOME}\" at character 2 is neither ${params.<name>} "
                                  "nor ${metadata.<name>}"},
                      BadTemplate{"nameless", "${params.}",
                                  "\"${params.}\" at character 1 is neither ${params.<name>} nor "
                                  "${metadata.<name>}"},
                      BadTemplate{"empty", "${}",
                                  "\"${}\" at character 1 is neither ${params.<name>} nor ${metadata.<name>}"},
                      BadTemplate{"nested", "${params.${params.x}}",
                                  "\"${params.${params.x}\" at character 1 is neither "
                                  "${params.<name>} nor ${metadata.<name>}"},
                      BadTemplate{"with_a_strange_name", "${metadata.a-b}",
                                  "\"${metadata.a-b}\" at character 1 is neither "
                                  "${params.<name>} nor ${metadata.<name>}"}),
    [](const auto& test) { return std::string(test.param.name); });

struct UrlCase {
    std::string_view name;
    std::string_view text;
    std::string_view value;
    std::string_view url;  // empty: refused
};

class UrlTemplateTest : public ::testing::TestWithParam<UrlCase> {};

TEST_P(UrlTemplateTest, a_value_cannot_leave_its_place) {
    const Template text = Template::parse(GetParam().text).value();

    const auto url = text.expand_url({{{"x", std::string(GetParam().value)}}, {}});

    EXPECT_EQ(url.value_or(""), GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Template, UrlTemplateTest,
    ::testing::Values(
        UrlCase{"a_name_in_the_host", "https://${params.x}.acme.example/o", "shop-1", "https://shop-1.acme.example/o"},
        UrlCase{"nothing_in_the_host", "https://${params.x}acme.example/o", "", "https://acme.example/o"},
        UrlCase{"a_slash_ends_the_host", "https://${params.x}.acme.example/", "evil.example/", ""},
        UrlCase{"user_information", "https://${params.x}.acme.example/", "a@evil.example", ""},
        UrlCase{"a_port", "https://${params.x}.acme.example/", "evil.example:1", ""},
        UrlCase{"a_query_in_the_host", "https://${params.x}.acme.example/", "evil.example?", ""},
        UrlCase{"a_fragment_in_the_host", "https://${params.x}.acme.example/", "evil.example#", ""},
        UrlCase{"a_backslash", "https://${params.x}.acme.example/", "evil.example\\", ""},
        UrlCase{"a_percent_sign", "https://acme.example/${params.x}", "%2e%2e", ""},
        UrlCase{"a_line_break", "https://acme.example/${params.x}", "a\r\nHost: b", ""},
        UrlCase{"a_name_in_the_path", "https://acme.example/t/${params.x}/token", "a_b~c.d",
                "https://acme.example/t/a_b~c.d/token"},
        UrlCase{"this_folder", "https://acme.example/t/${params.x}/token", ".", ""},
        UrlCase{"the_folder_above", "https://acme.example/t/${params.x}/token", "..", ""},
        UrlCase{"two_values_that_make_one", "https://acme.example/${params.x}${params.x}/", ".", ""},
        UrlCase{"a_whole_url", "${params.x}/token", "https://acme.example/o", "https://acme.example/o/token"},
        UrlCase{"a_whole_url_that_is_not_https", "${params.x}/token", "http://acme.example", ""},
        UrlCase{"a_whole_url_on_loopback", "${params.x}/token", "http://127.0.0.1:8080", "http://127.0.0.1:8080/token"},
        UrlCase{"a_whole_url_on_ipv6_loopback", "${params.x}/token", "http://[::1]:1", "http://[::1]:1/token"},
        UrlCase{"a_whole_url_on_localhost", "${params.x}/token", "http://localhost", "http://localhost/token"},
        UrlCase{"a_name_that_begins_like_localhost", "${params.x}/t", "http://localhost.evil.example", ""},
        UrlCase{"another_scheme", "${params.x}/token", "file:///etc", ""},
        UrlCase{"no_host", "${params.x}/token", "https://", ""},
        UrlCase{"a_user", "${params.x}/token", "https://a:b@acme.example", ""},
        UrlCase{"a_fragment", "${params.x}/token", "https://acme.example/#", ""},
        UrlCase{"a_climb", "${params.x}/token", "https://acme.example/a/..", ""},
        UrlCase{"a_hidden_climb", "${params.x}/token", "https://acme.example/a/%2e%2e", ""},
        UrlCase{"no_url", "${params.x}", "acme", ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(UrlTemplateTest, a_refusal_names_the_reference_and_not_the_value) {
    const Template inner = Template::parse("https://${params.x}.acme.example/").value();
    const Template leading = Template::parse("${params.x}/token").value();

    const Error misfit = inner.expand_url({{{"x", "evil/"}}, {}}).error();
    const Error plain_http = leading.expand_url({{{"x", "http://evil.example"}}, {}}).error();

    EXPECT_EQ(misfit.message, "The value of params.x does not fit into a URL at its place.");
    EXPECT_EQ(plain_http.fields.at(0).field, "params.x");
    EXPECT_EQ(plain_http.message,
              "The URL made from \"${params.x}/token\" must be an https URL; http is for loopback addresses alone.");
}

TEST(UrlTemplateTest, a_literal_url_that_is_bad_is_named_as_url) {
    const Template text = Template::parse("ftp://acme.example").value();

    EXPECT_EQ(text.expand_url({{}, {}}).error().fields.at(0).field, "url");
}

}  // namespace
}  // namespace evergrant::catalog
