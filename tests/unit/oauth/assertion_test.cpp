#include "oauth/assertion.h"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace evergrant::oauth {
namespace {

AssertionContent content() {
    AssertionContent content;
    content.client_id = "our-client";
    content.audience = "https://issuer.example";
    content.id = "unique";
    content.now = sys_seconds(std::chrono::seconds(1'800'000'000));
    return content;
}

TEST(AssertionTest, of_a_client_names_it_as_issuer_and_subject_and_ends_soon) {
    EXPECT_EQ(boost::json::serialize(assertion_claims(content())),
              R"({"iss":"our-client","sub":"our-client","aud":"https://issuer.example","jti":"unique",)"
              R"("iat":1800000000,"exp":1800000120})");
}

TEST(AssertionTest, of_a_grant_names_whom_the_app_acts_for_and_its_scopes) {
    AssertionContent asked = content();
    asked.subject = "ada@example.com";
    asked.scope = "read write";

    const auto claims = assertion_claims(asked);

    EXPECT_EQ(claims.at("sub").as_string(), "ada@example.com");
    EXPECT_EQ(claims.at("scope").as_string(), "read write");
}

TEST(AssertionTest, names_one_audience_as_text) {
    EXPECT_TRUE(assertion_claims(content()).at("aud").is_string());
}

}  // namespace
}  // namespace evergrant::oauth
