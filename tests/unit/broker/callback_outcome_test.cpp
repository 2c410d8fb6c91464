#include "authorizer_fixture.h"

namespace evergrant::broker {

class CallbackOutcomeTest : public AuthorizerTest {
protected:
    std::uint64_t counted(const std::string& provider, const std::string& outcome) {
        return metrics_
            .counter("evergrant_callbacks_total", "Authorizations that came back, by provider and outcome",
                     {{"provider", provider}, {"outcome", outcome}})
            .value();
    }
};

TEST_F(CallbackOutcomeTest, a_grant_obtained_is_a_success) {
    ASSERT_TRUE(come_back("code=the-code&state=" + started().state));

    EXPECT_EQ(counted("demo", "success"), 1U);
}

TEST_F(CallbackOutcomeTest, a_persons_no_is_told_from_a_providers_error) {
    ASSERT_FALSE(come_back("error=access_denied&state=" + started().state));
    ASSERT_FALSE(come_back("error=invalid_scope&state=" + started().state));

    EXPECT_EQ(counted("demo", "access_denied"), 1U);
    EXPECT_EQ(counted("demo", "authorization_denied"), 1U);
}

TEST_F(CallbackOutcomeTest, an_answer_without_a_code_is_counted) {
    ASSERT_FALSE(come_back("state=" + started().state));

    EXPECT_EQ(counted("demo", "invalid_request"), 1U);
}

TEST_F(CallbackOutcomeTest, another_authorization_servers_answer_is_counted) {
    ASSERT_TRUE(catalog_.add("id: demo\nextends: demo\nissuer: https://accounts.example.com\n", "demo.yaml").empty());
    ASSERT_FALSE(come_back("code=the-code&iss=https%3A%2F%2Fevil.example&state=" + started().state));

    EXPECT_EQ(counted("demo", "invalid_request"), 1U);
}

TEST_F(CallbackOutcomeTest, a_failed_exchange_is_counted_by_its_reason) {
    provider_.answers(400, R"({"error":"invalid_grant"})");

    ASSERT_TRUE(come_back("code=the-code&state=" + started().state));

    EXPECT_EQ(counted("demo", "provider_error"), 1U);
}

TEST_F(CallbackOutcomeTest, another_browser_is_counted_at_the_provider) {
    auto wanted = order();
    wanted.for_end_user = true;
    const auto link = started(std::move(wanted));
    const std::string ticket = link.url.substr(link.url.rfind('/') + 1);
    const auto opened = run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()));

    ASSERT_FALSE(come_back("code=the-code&state=" + query_value(opened->location.reveal(), "state"), "another"));

    EXPECT_EQ(counted("demo", "invalid_state"), 1U);
}

TEST_F(CallbackOutcomeTest, states_that_nobody_awaits_stand_apart_whatever_they_say) {
    ASSERT_FALSE(come_back("code=the-code&state=made-up"));
    ASSERT_FALSE(come_back("error=access_denied&state=made-up-too"));
    ASSERT_FALSE(come_back("code=the-code"));
    ASSERT_FALSE(come_back("state=a&state=b"));

    EXPECT_EQ(counted("unknown", "invalid_state"), 3U);
    EXPECT_EQ(counted("unknown", "invalid_request"), 1U);
}

}  // namespace evergrant::broker
