//
// Authorizations that wait for a person's yes: those that no ticket has bound to a browser, where that is wanted, and
// those by another person than before.
//
#include "openid_fixture.h"

namespace evergrant::broker {

class UnboundTest : public AuthorizerTest {
protected:
    void SetUp() override {
        options_.confirm_unbound = true;
        AuthorizerTest::SetUp();
    }

    AuthorizationQuestion asked(const AuthorizationStarted& link) {
        return std::move(*come_back("code=the-code&state=" + link.state)->question);
    }
    Result<AuthorizationFinished> reply(const AuthorizationQuestion& question, bool yes,
                                        std::optional<std::string> browser = std::nullopt) {
        return run(use_cases().authorizer.answer(reply_to(question, yes, std::move(browser))));
    }
};

TEST_F(UnboundTest, a_callback_is_asked_about_before_its_code_is_spent) {
    const auto question = asked(started());

    EXPECT_EQ(question.key, acme_demo);
    EXPECT_EQ(question.provider_name, "Demo");
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(UnboundTest, a_yes_goes_on) {
    const auto question = asked(started());

    const auto finished = reply(question, true);

    EXPECT_TRUE(finished->succeeded);
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
}

TEST_F(UnboundTest, a_no_ends_it) {
    const auto question = asked(started());

    const auto finished = reply(question, false);

    EXPECT_TRUE(finished->location.ends_with("oauth=error&reason=authorization_denied"));
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(UnboundTest, a_question_is_answered_once) {
    const auto question = asked(started());
    ASSERT_TRUE(reply(question, false));

    EXPECT_EQ(reply(question, true).error().code, Errc::invalid_state);
}

TEST_F(UnboundTest, another_browser_cannot_answer) {
    const auto question = asked(started());

    EXPECT_EQ(reply(question, true, std::string(43, 'x')).error().code, Errc::invalid_state);
    EXPECT_EQ(reply(asked(started()), true, "").error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(UnboundTest, a_question_is_good_for_ten_minutes) {
    const auto question = asked(started());
    clock_.advance(std::chrono::minutes(10));

    EXPECT_EQ(reply(question, true).error().code, Errc::invalid_state);
}

TEST_F(UnboundTest, the_handle_of_a_question_is_no_state_to_come_back_with) {
    const auto question = asked(started());

    EXPECT_EQ(come_back("code=the-code&state=" + question.handle.reveal()).error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(UnboundTest, a_state_is_no_handle_to_answer_with) {
    AuthorizationQuestion made_up;
    made_up.handle = SecretString(started().state);
    made_up.browser_secret = SecretString(std::string(43, 'x'));

    EXPECT_EQ(reply(made_up, true).error().code, Errc::invalid_state);
}

TEST_F(UnboundTest, a_browser_that_a_ticket_has_bound_is_not_asked) {
    auto wanted = order();
    wanted.for_end_user = true;
    const auto link = started(std::move(wanted));
    const std::string ticket = link.url.substr(link.url.rfind('/') + 1);
    const auto opened = run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()));
    const std::string state = query_value(opened->location.reveal(), "state");

    const auto finished = come_back("code=the-code&state=" + state, opened->browser_secret.reveal());

    EXPECT_TRUE(finished->succeeded);
}

class AnotherPersonTest : public OpenIdStage {
protected:
    /// Ada's stands; then Grace grants.
    AuthorizationFinished grace_comes() {
        const auto first = started();
        id_token_ = signed_first(claims(first));
        EXPECT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
        const auto second = started();
        object grace = claims(second);
        grace["sub"] = "grace-1906";
        grace["name"] = "Grace";
        grace["email"] = "grace@acme.example";
        id_token_ = signed_first(grace);
        access_token_ = "token-of-grace";
        return std::move(come_back("code=the-code&state=" + second.state).value());
    }
    Result<AuthorizationFinished> reply(const AuthorizationQuestion& question, bool yes) {
        return run(use_cases().authorizer.answer(reply_to(question, yes)));
    }
};

TEST_F(AnotherPersonTest, the_same_persons_new_grant_replaces_without_a_question) {
    const auto first = started();
    id_token_ = signed_first(claims(first));
    ASSERT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
    const auto second = started();
    id_token_ = signed_first(claims(second));
    access_token_ = "token-3";

    EXPECT_TRUE(come_back("code=the-code&state=" + second.state)->succeeded);
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-3");
}

TEST_F(AnotherPersonTest, is_told_apart_and_what_stands_serves_on) {
    const auto finished = grace_comes();

    ASSERT_TRUE(finished.question);
    EXPECT_EQ(finished.question->granted_before->subject, "ada-1815");
    EXPECT_EQ(finished.question->granted_now->subject, "grace-1906");
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
}

TEST_F(AnotherPersonTest, is_asked_for_where_it_is_known_who_granted_what_stands) {
    const auto first = started();
    id_token_ = signed_first(claims(first));
    ASSERT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
    AuthorizationOrder without = order();
    without.scopes = {"read"};

    const auto second = started(std::move(without));

    EXPECT_EQ(query_value(second.url, "scope"), "openid read");
}

TEST_F(AnotherPersonTest, a_yes_replaces) {
    const auto finished = grace_comes();

    EXPECT_TRUE(reply(*finished.question, true)->succeeded);

    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-of-grace");
    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-2");
    EXPECT_EQ(stored().summary.granted_by->email, "grace@acme.example");
}

TEST_F(AnotherPersonTest, that_nobody_answers_for_is_to_be_revoked_when_its_time_is_over) {
    grace_comes();
    const auto due = [this] {
        return run(storage::revocations_of(*store_).claim_revocations(std::chrono::minutes(1), 10)).value();
    };
    EXPECT_TRUE(due().empty());

    clock_.advance(std::chrono::minutes(13));

    const auto left = due();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().connection.tokens.access_token.reveal(), "token-of-grace");
}

TEST_F(AnotherPersonTest, that_was_answered_for_is_not_revoked_later) {
    const auto finished = grace_comes();
    ASSERT_TRUE(reply(*finished.question, true)->succeeded);

    clock_.advance(std::chrono::minutes(13));

    const auto left = run(storage::revocations_of(*store_).claim_revocations(std::chrono::minutes(1), 10));
    EXPECT_TRUE(left->empty());
}

TEST_F(AnotherPersonTest, a_yes_has_the_grant_of_before_revoked) {
    const auto first = started();
    id_token_ = signed_first(claims(first));
    refresh_token_ = "refresh-of-ada";
    ASSERT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
    refresh_token_ = "refresh-of-grace";
    const auto second = started();
    object grace = claims(second);
    grace["sub"] = "grace-1906";
    id_token_ = signed_first(grace);
    const auto finished = come_back("code=the-code&state=" + second.state);

    ASSERT_TRUE(reply(*finished->question, true)->succeeded);

    let_background_work_end();
    EXPECT_EQ(count_revocations(), 1U);
}

TEST_F(AnotherPersonTest, a_no_revokes_the_new_grant_and_leaves_the_standing_one) {
    const auto finished = grace_comes();

    EXPECT_TRUE(reply(*finished.question, false)->location.ends_with("reason=authorization_denied"));

    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
    let_background_work_end();
    EXPECT_EQ(count_revocations(), 1U);
}

}  // namespace evergrant::broker
