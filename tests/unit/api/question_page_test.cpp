#include "api/visitor_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::api {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

broker::AuthorizationQuestion question() {
    broker::AuthorizationQuestion question;
    question.key = {.tenant = TenantId("acme"), .integration = IntegrationId("crm")};
    question.provider_name = "Demo";
    question.answer_url = "https://evergrant.example/api/oauth/confirm/the-handle/";
    return question;
}

}  // namespace

TEST(QuestionPageTest, has_a_button_for_each_answer_and_tells_nobody_the_cookie) {
    auto asked = question();
    asked.browser_secret = SecretString("the-cookie");

    const auto page = question_page(asked);

    EXPECT_THAT(page.body, HasSubstr("action=\"https://evergrant.example/api/oauth/confirm/the-handle/yes\""));
    EXPECT_THAT(page.body, HasSubstr("action=\"https://evergrant.example/api/oauth/confirm/the-handle/no\""));
    EXPECT_THAT(page.body, Not(HasSubstr("the-cookie")));
}

TEST(QuestionPageTest, names_both_persons_escaped) {
    auto asked = question();
    asked.granted_before = oauth::Identity{
        .issuer = "https://issuer.example", .subject = "1", .email = "ada@acme.example", .name = "<b>Ada</b>"};
    asked.granted_now =
        oauth::Identity{.issuer = "https://issuer.example", .subject = "\"2\"", .email = {}, .name = {}};

    const auto page = question_page(asked);

    EXPECT_THAT(page.body, HasSubstr("&lt;b&gt;Ada&lt;/b&gt;, ada@acme.example, 1 at https://issuer.example"));
    EXPECT_THAT(page.body, HasSubstr("&quot;2&quot; at https://issuer.example"));
    EXPECT_THAT(page.body, Not(HasSubstr("<b>")));
}

}  // namespace evergrant::api
