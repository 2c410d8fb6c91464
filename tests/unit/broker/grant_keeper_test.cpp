#include "authorizer_fixture.h"
#include "switched_store.h"

#include <thread>

namespace evergrant::broker {

/// A store that goes away while the code is exchanged.
class GrantKeeperTest : public AuthorizerTest {
protected:
    static constexpr std::chrono::milliseconds patience{300};

    GrantKeeperTest() {
        std::string separate(demo_provider);
        separate.replace(separate.find("id: demo"), 8, "id: separate");
        const auto problems = catalog_.add(separate + "revocation_ends: token\n", "separate.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
        options_.redirects.base_url = "https://evergrant.example";
        options_.redirects.frontend_url = "https://console.example";
        options_.grant_patience = patience;
        broker_ = std::make_unique<Broker>(foundations(shards_, switched_), std::move(options_));
        provider_.answers([this](const net::ClientRequest& request) -> Result<net::ClientAnswer> {
            switched_.away = switched_.away || request.url.ends_with("/token");
            return net::ClientAnswer{.status = 200,
                                     .headers = {{"content-type", "application/json"}},
                                     .body = token_answer("token-2", "refresh-2")};
        });
    }

    void TearDown() override { let_background_work_end(); }

    AuthorizationStarted started_at(const std::string& provider) {
        CredentialsGiven given;
        given.provider = provider;
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        EXPECT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        auto wanted = order();
        wanted.provider = provider;
        wanted.integration = acme_demo.integration;
        return started(std::move(wanted));
    }

    evergrant::testing::SwitchedStore switched_{*store_};
};

TEST_F(GrantKeeperTest, a_grant_is_kept_although_the_store_is_away_for_a_moment) {
    const auto link = started();
    std::thread mending([this] {
        while (!switched_.away)
            std::this_thread::yield();
        switched_.away = false;
    });

    const auto finished = come_back("code=the-code&state=" + link.state);

    mending.join();
    EXPECT_TRUE(finished->succeeded);
    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-2");
    EXPECT_EQ(count_revocations(), 0U);
}

TEST_F(GrantKeeperTest, a_grant_that_the_store_does_not_take_is_revoked) {
    const auto link = started();

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_EQ(finished->location, "https://console.example/admin/clients/acme?oauth=error&reason=store_unavailable");
    let_background_work_end();
    ASSERT_EQ(count_revocations(), 1U);
    EXPECT_NE(provider_.bodies().back().find("token=refresh-2"), std::string::npos);
}

TEST_F(GrantKeeperTest, a_grant_not_taken_is_left_where_its_revocation_might_end_the_one_that_stood_there) {
    add_grant();
    const auto link = started();

    ASSERT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);

    let_background_work_end();
    EXPECT_EQ(count_revocations(), 0U);
}

TEST_F(GrantKeeperTest, a_grant_not_taken_is_revoked_where_each_ends_alone) {
    add_grant();
    const auto link = started_at("separate");

    ASSERT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);

    let_background_work_end();
    EXPECT_EQ(count_revocations(), 1U);
}

TEST_F(GrantKeeperTest, a_code_is_not_spent_while_the_store_cannot_be_read) {
    const auto link = started();
    switched_.reads_away = true;

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_FALSE(finished->succeeded);
    EXPECT_EQ(provider_.requests(), 0U);
}

}  // namespace evergrant::broker
