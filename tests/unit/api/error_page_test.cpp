#include "api/error_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace evergrant::api {

namespace {

std::string header(const net::Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, [](const auto& one) { return one.first; });
    return found == response.headers.end() ? "" : found->second;
}

Error denied(std::string message) {
    return failure(Errc::authorization_denied, std::move(message)).error();
}

}  // namespace

using ::testing::HasSubstr;
using ::testing::Not;

struct Text {
    std::string_view name;
    std::string_view text;
    std::string_view escaped;
};

class HtmlEscapedTest : public ::testing::TestWithParam<Text> {};

TEST_P(HtmlEscapedTest, has_no_character_that_html_reads) {
    EXPECT_EQ(html_escaped(GetParam().text), GetParam().escaped);
}

INSTANTIATE_TEST_SUITE_P(
    texts, HtmlEscapedTest,
    ::testing::Values(Text{"nothing", "", ""}, Text{"plain_words", "Acme Inc. 2026", "Acme Inc. 2026"},
                      Text{"a_script", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
                      Text{"the_end_of_an_attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;"},
                      Text{"an_entity_is_not_read_twice", "&lt;", "&amp;lt;"},
                      Text{"other_scripts_stay", "Zoë, 東京", "Zoë, 東京"}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(ErrorPageTest, shows_what_a_provider_said_escaped) {
    const auto page = error_page(denied("The provider did not grant access: <img src=x onerror=alert(1)>."), "r1");

    EXPECT_THAT(page.body, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
    EXPECT_THAT(page.body, Not(HasSubstr("<img")));
}

TEST(ErrorPageTest, shows_the_request_id_escaped) {
    const auto page = error_page(denied("No."), "<b>");

    EXPECT_THAT(page.body, HasSubstr("&lt;b&gt;"));
}

TEST(ErrorPageTest, does_not_show_the_detail) {
    Error error = denied("No.");
    error.detail = "upstream text";

    EXPECT_THAT(error_page(error, "r1").body, Not(HasSubstr("upstream")));
}

TEST(ErrorPageTest, has_the_status_and_the_code_of_its_error) {
    const auto page = error_page(denied("No."), "r1");

    EXPECT_EQ(page.status, 400U);
    EXPECT_THAT(page.body, HasSubstr("authorization_denied"));
}

TEST(ErrorPageTest, says_when_to_try_again) {
    Error error = failure(Errc::rate_limited, "Too many.").error();
    error.retry_after = std::chrono::seconds(7);

    EXPECT_EQ(header(error_page(error, "r1"), "Retry-After"), "7");
}

TEST(PageTest, loads_nothing_runs_nothing_and_stands_in_no_frame) {
    const auto policy = header(page(200, "A title", "<main></main>"), "Content-Security-Policy");

    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, HasSubstr("base-uri 'none'"));
    EXPECT_THAT(policy, HasSubstr("form-action 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("script-src")));
}

TEST(PageTest, is_kept_by_no_cache_and_named_to_nobody) {
    const auto plain = page(200, "A title", "<main></main>");

    EXPECT_EQ(header(plain, "Cache-Control"), "no-store");
    EXPECT_EQ(header(plain, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(plain.content_type, "text/html; charset=utf-8");
}

TEST(PageTest, escapes_its_title) {
    EXPECT_THAT(page(200, "</title><script>", "").body, Not(HasSubstr("<script>")));
}

}  // namespace evergrant::api
