#include "authorizer_fixture.h"

namespace evergrant::broker {

TEST_F(AuthorizerTest, the_link_carries_state_challenge_and_the_servers_redirect_uri) {
    const auto link = started();

    EXPECT_EQ(query_value(link.url, "state"), link.state);
    EXPECT_EQ(query_value(link.url, "code_challenge_method"), "S256");
    EXPECT_EQ(query_value(link.url, "redirect_uri"), "https://evergrant.example/api/oauth/callback");
    EXPECT_EQ(query_value(link.url, "scope"), "read write");
}

TEST_F(AuthorizerTest, every_authorization_has_another_state_and_challenge) {
    const auto first = started();
    const auto second = started();

    EXPECT_NE(first.state, second.state);
    EXPECT_NE(query_value(first.url, "code_challenge"), query_value(second.url, "code_challenge"));
}

TEST_F(AuthorizerTest, an_unknown_tenant_is_refused) {
    auto wanted = order();
    wanted.tenant = TenantId("nobody");

    EXPECT_EQ(refusal(std::move(wanted)), Errc::tenant_not_found);
}

TEST_F(AuthorizerTest, an_unknown_provider_is_refused) {
    auto wanted = order();
    wanted.provider = "dmeo";

    EXPECT_EQ(refusal(std::move(wanted)), Errc::unknown_provider);
}

TEST_F(AuthorizerTest, without_app_credentials_it_is_refused) {
    auto wanted = order();
    wanted.provider = "hubspot";

    EXPECT_EQ(refusal(std::move(wanted)), Errc::missing_app_credentials);
}

TEST_F(AuthorizerTest, a_redirect_to_another_origin_is_refused) {
    auto wanted = order();
    wanted.redirect_to = "https://console.example.evil.example/";

    EXPECT_EQ(refusal(std::move(wanted)), Errc::invalid_request);
}

TEST_F(AuthorizerTest, the_tenants_own_credentials_come_before_the_deployments) {
    CredentialsGiven own;
    own.tenant = acme_demo.tenant;
    own.provider = "demo";
    own.client_id = "acmes-own-client";
    ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(own))));

    EXPECT_EQ(query_value(started().url, "client_id"), "acmes-own-client");
}

TEST_F(AuthorizerTest, a_callback_with_its_code_obtains_the_grant) {
    const auto link = started();

    const auto finished = come_back("code=the-code&state=" + link.state);

    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->location, "https://console.example/admin/clients/acme?oauth=success&provider=demo");
    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
}

TEST_F(AuthorizerTest, a_tenant_removed_during_the_exchange_is_not_brought_back) {
    const auto link = started();
    provider_.answers([this](const net::ClientRequest&) -> Result<net::ClientAnswer> {
        auto removed =
            boost::asio::co_spawn(provider_side_, store_->remove_tenant(acme_demo.tenant), boost::asio::use_future);
        provider_side_.restart();
        provider_side_.run();
        static_cast<void>(removed.get());
        return net::ClientAnswer{.status = 200,
                                 .headers = {{"content-type", "application/json"}},
                                 .body = token_answer("token-1", "refresh-1")};
    });

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_FALSE(finished && finished->succeeded);
    EXPECT_FALSE(run(store_->find_connection(acme_demo)).value().has_value());
}

TEST_F(AuthorizerTest, the_verifier_that_is_sent_is_the_challenges) {
    const auto link = started();

    ASSERT_TRUE(come_back("code=the-code&state=" + link.state));

    EXPECT_NE(provider_.bodies().back().find("code_verifier="), std::string::npos);
    EXPECT_NE(provider_.bodies().back().find("code=the-code"), std::string::npos);
}

TEST_F(AuthorizerTest, a_state_is_spent_once) {
    const auto link = started();
    ASSERT_TRUE(come_back("code=the-code&state=" + link.state));

    EXPECT_EQ(come_back("code=the-code&state=" + link.state).error().code, Errc::invalid_state);
}

TEST_F(AuthorizerTest, a_state_is_spent_by_an_error_too) {
    const auto link = started();

    EXPECT_EQ(come_back("error=access_denied&state=" + link.state).error().code, Errc::authorization_denied);
    EXPECT_EQ(come_back("code=the-code&state=" + link.state).error().code, Errc::invalid_state);
}

TEST_F(AuthorizerTest, a_state_is_good_for_ten_minutes) {
    const auto link = started();
    clock_.advance(std::chrono::minutes(10));

    EXPECT_EQ(come_back("code=the-code&state=" + link.state).error().code, Errc::invalid_state);
}

TEST_F(AuthorizerTest, a_failed_exchange_sends_the_person_on_with_the_reason) {
    provider_.answers(400, R"({"error":"invalid_grant"})");
    const auto link = started();

    const auto finished = come_back("code=the-code&state=" + link.state);

    EXPECT_EQ(finished->location, "https://console.example/admin/clients/acme?oauth=error&reason=provider_error");
}

TEST_F(AuthorizerTest, an_end_users_link_is_a_ticket_and_shows_no_state) {
    auto wanted = order();
    wanted.for_end_user = true;

    const auto link = started(std::move(wanted));

    EXPECT_TRUE(link.url.starts_with("https://evergrant.example/api/oauth/start/"));
    EXPECT_TRUE(link.state.empty());
}

TEST_F(AuthorizerTest, only_the_browser_that_opened_the_ticket_can_come_back) {
    auto wanted = order();
    wanted.for_end_user = true;
    const auto link = started(std::move(wanted));
    const std::string ticket = link.url.substr(link.url.rfind('/') + 1);

    const auto opened = run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()));
    const std::string state = query_value(opened->location.reveal(), "state");
    const auto foreign = come_back("code=the-code&state=" + state, "another-browser");

    EXPECT_EQ(foreign.error().code, Errc::invalid_state);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(AuthorizerTest, the_browser_that_opened_the_ticket_comes_back) {
    auto wanted = order();
    wanted.for_end_user = true;
    const auto link = started(std::move(wanted));
    const std::string ticket = link.url.substr(link.url.rfind('/') + 1);

    const auto opened = run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()));
    const std::string state = query_value(opened->location.reveal(), "state");

    EXPECT_TRUE(come_back("code=the-code&state=" + state, opened->browser_secret.reveal()));
}

TEST_F(AuthorizerTest, a_ticket_opens_once) {
    auto wanted = order();
    wanted.for_end_user = true;
    const auto link = started(std::move(wanted));
    const std::string ticket = link.url.substr(link.url.rfind('/') + 1);
    ASSERT_TRUE(run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString())));

    const auto again = run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()));

    EXPECT_EQ(again.error().code, Errc::invalid_state);
}

TEST_F(AuthorizerTest, a_new_grant_replaces_what_readers_had_cached) {
    add_grant();
    ASSERT_EQ((*read())->access_token.reveal(), "token-1");
    const auto link = started();

    ASSERT_TRUE(come_back("code=the-code&state=" + link.state));

    EXPECT_EQ((*read())->access_token.reveal(), "token-2");
}

TEST_F(AuthorizerTest, a_grant_is_probed_soon_after_it_was_obtained_and_dies_when_its_providers_entry_says) {
    ASSERT_TRUE(catalog_
                    .add("id: demo\nextends: demo\napi_base_url: https://api.example.com\nhealth_probe: /me\n"
                         "refresh: {policy: rotates_strictly, lifetime_days: 365}\n",
                         "demo.yaml")
                    .empty());

    ASSERT_TRUE(come_back("code=the-code&state=" + started().state));

    const storage::ConnectionSummary summary = stored().summary;
    EXPECT_LE(summary.next_check_at, clock_.now() + std::chrono::minutes(1));
    EXPECT_EQ(summary.dies_at, clock_.now_seconds() + std::chrono::days(365));
}

TEST_F(AuthorizerTest, a_grant_without_a_refresh_token_is_looked_at_when_its_token_ends) {
    provider_.answers(200, R"({"access_token":"token-2","token_type":"Bearer","expires_in":3600})");

    ASSERT_TRUE(come_back("code=the-code&state=" + started().state));

    const storage::ConnectionSummary summary = stored().summary;
    EXPECT_EQ(summary.next_check_at, clock_.now() + std::chrono::hours(1));
    EXPECT_EQ(summary.dies_at, clock_.now_seconds() + std::chrono::hours(1));
}

TEST_F(AuthorizerTest, a_caller_bound_to_one_provider_puts_an_end_to_no_grant_of_another) {
    add_grant(std::chrono::hours(1));
    AuthorizationOrder bound = order();
    bound.may_replace = {ProviderId("hubspot")};

    EXPECT_EQ(refusal(std::move(bound)), Errc::forbidden);
}

TEST_F(AuthorizerTest, a_caller_bound_to_a_provider_may_renew_its_grants) {
    add_grant(std::chrono::hours(1));
    AuthorizationOrder bound = order();
    bound.may_replace = {ProviderId("demo")};

    EXPECT_FALSE(started(std::move(bound)).url.empty());
}

}  // namespace evergrant::broker
