#include "oauth/form.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::oauth {
namespace {

std::string read_back(std::string_view text) {
    const auto parameters = read_form(text, 10);
    if (!parameters)
        return "problem";
    std::string lines;
    for (const FormParameter& parameter : *parameters)
        lines += parameter.name + "=" + parameter.value + ";";
    return lines;
}

TEST(FormTest, encodes_the_example_of_rfc_6749_appendix_b) {
    EXPECT_EQ(form_encode(" %&+\xC2\xA3\xE2\x82\xAC"), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(FormTest, leaves_only_unreserved_characters_as_they_are) {
    EXPECT_EQ(form_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(form_encode("!*'();:@=$,/?#[]"), "%21%2A%27%28%29%3B%3A%40%3D%24%2C%2F%3F%23%5B%5D");
}

TEST(FormTest, a_space_in_a_url_is_never_a_plus) {
    EXPECT_EQ(url_encode("a b+c"), "a%20b%2Bc");
}

TEST(FormTest, a_query_joins_the_one_that_is_there) {
    struct Case {
        std::string_view name;
        std::string_view url;
        std::string_view query;
        std::string_view expected;
    };
    const Case cases[] = {
        {"no query yet", "https://a.example/x", "b=1", "https://a.example/x?b=1"},
        {"one before it", "https://a.example/x?a=0", "b=1", "https://a.example/x?a=0&b=1"},
        {"an empty one", "https://a.example/x?", "b=1", "https://a.example/x?b=1"},
        {"one that ends with &", "https://a.example/x?a=0&", "b=1", "https://a.example/x?a=0&b=1"},
        {"a fragment goes", "https://a.example/x#top", "b=1", "https://a.example/x?b=1"},
        {"nothing to add", "https://a.example/x?a=0#top", "", "https://a.example/x?a=0"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(with_query(c.url, c.query), c.expected) << c.name;
}

TEST(FormTest, a_writer_encodes_names_and_values_and_leaves_out_what_is_empty) {
    FormWriter form;

    form.add("a b", "1&2");
    form.add("nothing", "");
    form.add("c", "=");

    EXPECT_EQ(form.take().reveal(), "a+b=1%262&c=%3D");
}

TEST(FormTest, a_writer_grows_without_losing_anything) {
    FormWriter form;
    std::string expected;

    for (int i = 0; i < 200; ++i) {
        const std::string name = "n" + std::to_string(i);
        form.add(name, std::string(50, 'v'));
        expected += (i == 0 ? "" : "&") + name + "=" + std::string(50, 'v');
    }

    EXPECT_EQ(form.take().reveal(), expected);
}

TEST(FormTest, a_writer_is_empty_after_it_was_taken_from) {
    FormWriter form;
    form.add("a", "1");

    const SecretString taken = form.take();

    EXPECT_EQ(taken.reveal(), "a=1");
    EXPECT_TRUE(form.take().empty());
}

TEST(FormTest, reads_parameters_in_their_order) {
    struct Case {
        std::string_view name;
        std::string_view text;
        std::string_view expected;
    };
    const Case cases[] = {
        {"nothing", "", ""},
        {"plain", "b=1&a=2", "b=1;a=2;"},
        {"no value", "a&b=", "a=;b=;"},
        {"more equals signs belong to the value", "a=b=c", "a=b=c;"},
        {"empty pairs are passed over", "&&a=1&&b=2&", "a=1;b=2;"},
        {"plus and percent", "a=x+y%20z%2B", "a=x y z+;"},
        {"a percent sign is decoded once", "a=%2541", "a=%41;"},
        {"lower-case hex", "a=%c3%bc", "a=\xC3\xBC;"},
        {"encoded delimiters do not delimit", "a=1%26b%3D2", "a=1&b=2;"},
        {"raw UTF-8", "a=\xC3\xBC", "a=\xC3\xBC;"},
        {"no name", "=1", "=1;"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(read_back(c.text), c.expected) << c.name;
}

TEST(FormTest, refuses_bad_encoding) {
    struct Case {
        std::string_view name;
        std::string_view text;
    };
    const Case cases[] = {
        {"escape cut off after the sign", "a=%"},
        {"escape cut off after a digit", "a=b%4"},
        {"no hex digits", "a=%zz"},
        {"second digit is none", "abc=%4g"},
        {"bad name", "%=1"},
        {"NUL", "a=%00"},
        {"NUL in a name", "a%00b=1"},
        {"lone continuation byte", "a=%80"},
        {"overlong slash", "a=%C0%AF"},
        {"overlong NUL", "a=%C0%80"},
        {"surrogate", "a=%ED%A0%80"},
        {"beyond Unicode", "a=%F4%90%80%80"},
        {"cut-off character", "a=%E2%82"},
        {"raw bytes that are not UTF-8", "a=\xFF"},
    };
    for (const Case& c : cases) {
        const auto parameters = read_form(c.text, 10);
        ASSERT_FALSE(parameters) << c.name;
        EXPECT_EQ(parameters.error(), FormProblem::badly_encoded) << c.name;
    }
}

TEST(FormTest, a_name_counts_once_however_it_is_written) {
    for (const std::string_view text : {"a=1&a=1", "a=1&%61=2", "a&a", "a+b=1&a%20b=2"}) {
        const auto parameters = read_form(text, 10);
        ASSERT_FALSE(parameters) << text;
        EXPECT_EQ(parameters.error(), FormProblem::repeated) << text;
    }
}

TEST(FormTest, names_differ_by_case) {
    EXPECT_EQ(read_back("a=1&A=2"), "a=1;A=2;");
}

TEST(FormTest, reads_as_many_as_allowed_and_not_one_more) {
    EXPECT_TRUE(read_form("a=1&b=2&&", 2));

    const auto too_many = read_form("a=1&b=2&c=3", 2);
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error(), FormProblem::too_many);
}

TEST(FormTest, what_was_written_is_read_back) {
    std::string every_ascii_character;
    for (char c = 1; c < 127; ++c)
        every_ascii_character += c;
    FormWriter form;
    form.add(every_ascii_character, every_ascii_character);

    const auto parameters = read_form(form.take().reveal(), 10);

    ASSERT_TRUE(parameters);
    ASSERT_EQ(parameters->size(), 1U);
    EXPECT_EQ(parameters->front().name, every_ascii_character);
    EXPECT_EQ(parameters->front().value, every_ascii_character);
}

}  // namespace
}  // namespace evergrant::oauth
