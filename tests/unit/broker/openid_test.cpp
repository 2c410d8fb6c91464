//
// Authorizations at an OpenID issuer: what becomes of a grant by its id_token, and how the issuer's keys are had.
//
#include "openid_fixture.h"

namespace evergrant::broker {

using OpenIdTest = OpenIdStage;

TEST_F(OpenIdTest, a_right_id_token_obtains_the_grant) {
    const auto link = started();
    id_token_ = signed_first(claims(link));

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_TRUE(finished->succeeded);
    EXPECT_TRUE(has_grant());
}

TEST_F(OpenIdTest, a_wrong_id_token_is_refused_and_what_came_with_it_is_revoked) {
    const auto link = started();
    object wrong = claims(link);
    wrong["nonce"] = "another";
    id_token_ = signed_first(wrong);

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_EQ(finished->location, "https://console.example/admin/clients/acme?oauth=error&reason=provider_error");
    EXPECT_FALSE(has_grant());
    let_background_work_end();
    EXPECT_EQ(count_revocations(), 1U);
}

TEST_F(OpenIdTest, a_missing_id_token_is_refused) {
    const auto link = started();

    EXPECT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);
    EXPECT_FALSE(has_grant());
}

TEST_F(OpenIdTest, without_openid_none_is_wanted) {
    auto wanted = order();
    wanted.scopes = {"read"};
    const auto link = started(std::move(wanted));

    EXPECT_TRUE(come_back("code=the-code&state=" + link.state)->succeeded);
    EXPECT_EQ(key_fetches(), 0U);
}

TEST_F(OpenIdTest, keys_that_cannot_be_had_cost_no_code) {
    keys_are_away_ = true;
    const auto link = started();

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_TRUE(finished->location.ends_with("reason=provider_unreachable"));
    EXPECT_EQ(provider_.urls().back(), "https://accounts.example.com/keys");
}

/// OIDCCClientTestSigningKeyRotationJustBeforeSigning.
TEST_F(OpenIdTest, keys_changed_just_before_signing_are_found) {
    rotates_when_it_signs_ = true;
    const auto link = started();
    id_token_ = signed_second(claims(link));

    EXPECT_TRUE(come_back("code=the-code&state=" + link.state)->succeeded);
    EXPECT_EQ(key_fetches(), 2U);
}

/// OIDCCClientTestSigningKeyRotation.
TEST_F(OpenIdTest, keys_changed_between_two_authorizations_are_found) {
    const auto first = started();
    id_token_ = signed_first(claims(first));
    ASSERT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
    published_ = key_set({jwk(SigningKey::p256(), "second")});
    const auto second = started();
    id_token_ = signed_second(claims(second));

    EXPECT_TRUE(come_back("code=the-code&state=" + second.state)->succeeded);
}

TEST_F(OpenIdTest, keys_are_fetched_once_for_many_authorizations) {
    for (int i = 0; i < 3; ++i) {
        const auto link = started();
        id_token_ = signed_first(claims(link));
        ASSERT_TRUE(come_back("code=the-code&state=" + link.state)->succeeded);
    }

    EXPECT_EQ(key_fetches(), 1U);
}

TEST_F(OpenIdTest, unknown_keys_cannot_have_the_issuers_fetched_more_than_once_a_minute) {
    for (int i = 0; i < 5; ++i) {
        const auto link = started();
        id_token_ = signed_second(claims(link));
        ASSERT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);
    }
    EXPECT_EQ(key_fetches(), 2U);

    clock_.advance(std::chrono::minutes(1));
    const auto link = started();
    id_token_ = signed_second(claims(link));
    ASSERT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);
    EXPECT_EQ(key_fetches(), 3U);
}

TEST_F(OpenIdTest, keys_are_asked_for_again_when_their_time_is_over) {
    const auto first = started();
    id_token_ = signed_first(claims(first));
    ASSERT_TRUE(come_back("code=the-code&state=" + first.state)->succeeded);
    clock_.advance(std::chrono::hours(1));
    const auto second = started();
    id_token_ = signed_first(claims(second));
    ASSERT_TRUE(come_back("code=the-code&state=" + second.state)->succeeded);

    EXPECT_EQ(key_fetches(), 2U);
}

}  // namespace evergrant::broker
