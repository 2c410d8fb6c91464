#include "oauth/provider_text.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::oauth {
namespace {

TEST(ProviderTextTest, utf8_is_what_rfc_3629_says) {
    struct Case {
        std::string_view name;
        std::string_view text;
        bool expected;
    };
    const Case cases[] = {
        {"nothing", "", true},
        {"ASCII", "abc", true},
        {"two, three and four bytes", "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80", true},
        {"smallest of two", "\xC2\x80", true},
        {"smallest of three", "\xE0\xA0\x80", true},
        {"smallest of four", "\xF0\x90\x80\x80", true},
        {"last before the surrogates", "\xED\x9F\xBF", true},
        {"first after the surrogates", "\xEE\x80\x80", true},
        {"largest", "\xF4\x8F\xBF\xBF", true},
        {"overlong two", "\xC1\xBF", false},
        {"overlong three", "\xE0\x9F\xBF", false},
        {"overlong four", "\xF0\x8F\xBF\xBF", false},
        {"first surrogate", "\xED\xA0\x80", false},
        {"last surrogate", "\xED\xBF\xBF", false},
        {"too large", "\xF4\x90\x80\x80", false},
        {"five bytes", "\xF8\x88\x80\x80\x80", false},
        {"continuation alone", "\x80", false},
        {"cut off", "\xE2\x82", false},
        {"continuation missing", "\xC3\x41", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(is_utf8(c.text), c.expected) << c.name;
}

TEST(ProviderTextTest, visible_ascii_has_no_way_to_end_a_line) {
    EXPECT_TRUE(is_visible_ascii(" !~"));
    EXPECT_TRUE(is_visible_ascii(""));
    for (const char* const text : {"a\r", "a\n", "\t", "\x7F", "\x1F", "\xC3\xBC"})
        EXPECT_FALSE(is_visible_ascii(text));
    EXPECT_FALSE(is_visible_ascii(std::string_view("\0", 1)));
}

TEST(ProviderTextTest, searching_ignores_the_case_of_ascii_letters_alone) {
    EXPECT_TRUE(contains_ignoring_case("status: BAD_REFRESH_TOKEN", "bad_refresh_token"));
    EXPECT_TRUE(contains_ignoring_case("bad", "BAD"));
    EXPECT_TRUE(contains_ignoring_case("anything", ""));
    EXPECT_FALSE(contains_ignoring_case("", "a"));
    EXPECT_FALSE(contains_ignoring_case("@[", "`{"));
}

TEST(ProviderTextTest, a_shown_code_is_short_and_plain) {
    struct Case {
        std::string_view name;
        std::string code;
        std::string expected;
    };
    const Case cases[] = {
        {"no code", "", ""},
        {"RFC 6749", "invalid_grant", "invalid_grant"},
        {"Zoho", "Access Denied", "Access Denied"},
        {"Microsoft", "AADSTS700082", "AADSTS700082"},
        {"markup", "<script>alert('x')</script>", "scriptalertxscript"},
        {"line breaks", "invalid\r\n_grant", "invalid_grant"},
        {"long", std::string(70, 'x'), std::string(64, 'x')},
        {"nothing readable", "<>&\"", "unreadable_code"},
        {"only spaces", "   ", "unreadable_code"},
        {"a UUID", "123e4567-e89b-12d3-a456-426614174000", "unreadable_code"},
        {"32 hex digits", "0123456789abcdef0123456789abcdef", "unreadable_code"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(shown_code(c.code), c.expected) << c.name;
}

TEST(ProviderTextTest, a_token_quoted_in_a_code_is_not_shown) {
    const std::string token = "1000.0123456789abcdef0123456789abcdef.aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI";

    const std::string shown = shown_code("unknown token " + token);

    EXPECT_EQ(shown.find(token.substr(0, 12)), std::string::npos) << shown;
}

TEST(ProviderTextTest, a_logged_detail_is_cut_between_two_characters) {
    const std::string text = std::string(498, ' ') + "\xE2\x82\xAC" + "tail";

    const std::string detail = logged_detail(text);

    EXPECT_EQ(detail, std::string(498, ' '));
}

TEST(ProviderTextTest, a_short_detail_is_kept_whole) {
    EXPECT_EQ(logged_detail("the grant has expired"), "the grant has expired");
}

TEST(ProviderTextTest, a_token_is_not_cut_in_two_before_it_is_redacted) {
    const std::string hidden = R"("refresh_token":")" + std::string(3900, 'x') + "\" ";
    const std::string token =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567";
    const std::string padding(4000 - 30 - hidden.size(), '-');

    const std::string detail = logged_detail(hidden + padding + " " + token);

    EXPECT_EQ(detail.find("0123456789abcdef"), std::string::npos) << detail;
    EXPECT_TRUE(detail.starts_with("\"refresh_token\"")) << detail;
}

TEST(ProviderTextTest, a_word_without_end_is_neither_shown_nor_logged) {
    EXPECT_EQ(logged_detail(std::string(1024 * 1024, 'x')), "");
    EXPECT_EQ(shown_code(std::string(1024 * 1024, 'x')), "unreadable_code");
}

TEST(ProviderTextTest, a_detail_without_a_place_to_cut_is_dropped) {
    EXPECT_EQ(logged_detail(std::string(600, '\x80')), "");
}

TEST(ProviderTextTest, a_detail_is_redacted_before_it_is_cut) {
    const std::string text = std::string(480, ' ') + R"("refresh_token":"s3cr3t-that-is-cut")";

    EXPECT_EQ(logged_detail(text).find("s3cr"), std::string::npos);
}

}  // namespace
}  // namespace evergrant::oauth
