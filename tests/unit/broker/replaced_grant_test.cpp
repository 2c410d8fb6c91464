#include "authorizer_fixture.h"

namespace evergrant::broker {

TEST_F(AuthorizerTest, a_new_grant_leaves_the_replaced_token_where_a_revocation_would_end_both) {
    add_grant();

    ASSERT_TRUE(come_back("code=the-code&state=" + started().state));

    let_background_work_end();
    EXPECT_EQ(count_revocations(), 0U);
}

TEST_F(AuthorizerTest, a_grant_that_is_removed_while_it_is_being_refreshed_is_revoked_with_the_token_that_came) {
    add_grant(std::chrono::seconds(-1));
    provider_.answers([this](const net::ClientRequest&) -> Result<net::ClientAnswer> {
        auto removed =
            boost::asio::co_spawn(provider_side_, store_->remove_connection(acme_demo), boost::asio::use_future);
        provider_side_.restart();
        provider_side_.run();
        static_cast<void>(removed.get());
        return net::ClientAnswer{.status = 200,
                                 .headers = {{"content-type", "application/json"}},
                                 .body = token_answer("token-2", "refresh-2")};
    });

    EXPECT_EQ(read().error().code, Errc::no_connection);

    let_background_work_end();
    ASSERT_EQ(count_revocations(), 1U);
    EXPECT_NE(provider_.bodies().back().find("token=refresh-2"), std::string::npos);
}

class ReplacedGrantTest : public AuthorizerTest {
protected:
    ReplacedGrantTest() {
        std::string separate(demo_provider);
        separate.replace(separate.find("id: demo"), 8, "id: separate");
        const auto problems = catalog_.add(separate + "revocation_ends: token\n", "separate.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
    }
    void SetUp() override {
        AuthorizerTest::SetUp();
        CredentialsGiven given;
        given.provider = "separate";
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }

    void replace(const std::string& provider_of_the_old, const std::string& old_refresh_token) {
        storage::NewGrant grant;
        grant.key = acme_demo;
        grant.provider = ProviderId(provider_of_the_old);
        grant.tokens.access_token = SecretString("token-1");
        grant.tokens.refresh_token = SecretString(old_refresh_token);
        ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
        auto wanted = order();
        wanted.provider = "separate";
        wanted.integration = acme_demo.integration;
        const auto link = started(std::move(wanted));
        ASSERT_TRUE(come_back("code=the-code&state=" + link.state));
        let_background_work_end();
    }
};

TEST_F(ReplacedGrantTest, the_replaced_refresh_token_is_revoked) {
    replace("separate", "refresh-1");

    ASSERT_EQ(count_revocations(), 1U);
    EXPECT_NE(provider_.bodies().back().find("token=refresh-1"), std::string::npos);
}

TEST_F(ReplacedGrantTest, a_refresh_token_that_the_new_grant_has_too_is_never_revoked) {
    replace("separate", "refresh-2");

    EXPECT_EQ(count_revocations(), 0U);
}

TEST_F(ReplacedGrantTest, without_a_new_refresh_token_nothing_is_revoked) {
    provider_.answers(200, R"({"access_token":"token-2","token_type":"Bearer","expires_in":3600})");

    replace("separate", "refresh-1");

    EXPECT_EQ(count_revocations(), 0U);
}

TEST_F(ReplacedGrantTest, another_providers_token_is_revoked_whatever_ends_there) {
    replace("demo", "refresh-1");

    EXPECT_EQ(count_revocations(), 1U);
}

}  // namespace evergrant::broker
