//
// A refresh that brings an id_token: of the same person it is a refresh like any other, of another it is not one.
//
#include "signing_key.h"
#include "stage.h"

#include <boost/json/serialize.hpp>

namespace evergrant::broker {

class RefreshedIdentityTest : public Stage {
protected:
    void SetUp() override {
        add_tenant();
        storage::NewGrant grant;
        grant.key = acme_demo;
        grant.provider = ProviderId("demo");
        grant.tokens.access_token = SecretString("token-1");
        grant.tokens.refresh_token = SecretString("refresh-1");
        grant.tokens.lifetime = std::chrono::hours(1);
        grant.tokens.expires_at = clock_.now_seconds() + std::chrono::minutes(4);
        grant.granted_by =
            oauth::Identity{.issuer = "https://accounts.example.com", .subject = "ada-1815", .email = {}, .name = {}};
        ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    }

    void answer_with(const std::string& claims, const std::string& refresh_token) {
        const std::string id_token = evergrant::testing::encode(R"({"alg":"RS256"})") + "." +
                                     evergrant::testing::encode(claims) + ".c2lnbmF0dXJl";
        std::string body = token_answer("token-2", refresh_token);
        body.insert(1, R"("id_token":")" + id_token + R"(",)");
        provider_.answers(200, body);
    }

    static std::string claims_of(const std::string& issuer, const std::string& subject,
                                 const std::string& audience = "our-client") {
        const boost::json::object claims{{"iss", issuer}, {"sub", subject}, {"aud", audience}};
        return boost::json::serialize(claims);
    }
};

TEST_F(RefreshedIdentityTest, the_same_persons_is_taken) {
    answer_with(claims_of("https://accounts.example.com", "ada-1815"), "refresh-2");

    EXPECT_EQ((*read())->access_token.reveal(), "token-2");
    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-2");
}

TEST_F(RefreshedIdentityTest, one_that_cannot_be_read_loses_no_rotated_refresh_token) {
    provider_.answers(200, R"({"access_token":"token-2","refresh_token":"refresh-2","id_token":"rubbish"})");

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-2");
}

/// OIDCCClientTestRefreshTokenInvalidSub.
TEST_F(RefreshedIdentityTest, another_persons_tokens_are_never_served) {
    answer_with(claims_of("https://accounts.example.com", "grace-1906"), "refresh-2");

    EXPECT_EQ((*read())->access_token.reveal(), "token-1");
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-1");
}

TEST_F(RefreshedIdentityTest, when_another_persons_replace_the_refresh_token_the_grant_is_dead_and_says_why) {
    answer_with(claims_of("https://accounts.example.com", "grace-1906"), "refresh-2");

    ASSERT_TRUE(read());

    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::invalid);
    EXPECT_EQ(stored().summary.last_error,
              "The provider answered the refresh with another grant's tokens: its id_token_sub is not the one of "
              "before.");
}

/// OIDCCClientTestRefreshTokenInvalidIssuer.
TEST_F(RefreshedIdentityTest, when_another_issuers_do_not_replace_it_the_next_try_may_bring_the_right_ones) {
    answer_with(claims_of("https://another.example", "ada-1815"), "refresh-1");
    ASSERT_TRUE(read());
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::refresh_failed);
    answer_with(claims_of("https://accounts.example.com", "ada-1815"), "refresh-1");
    clock_.advance(std::chrono::minutes(1));

    EXPECT_EQ((*read())->access_token.reveal(), "token-2");
}

TEST_F(RefreshedIdentityTest, one_for_another_client_is_not_taken) {
    answer_with(claims_of("https://accounts.example.com", "ada-1815", "another-client"), "refresh-1");

    EXPECT_EQ((*read())->access_token.reveal(), "token-1");
}

}  // namespace evergrant::broker
