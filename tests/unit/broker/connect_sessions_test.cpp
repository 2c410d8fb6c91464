//
// The connect page's use cases, on a real store.
//
#include "authorizer_fixture.h"

#include <gmock/gmock.h>

namespace evergrant::broker {

namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr std::string_view shop_provider = R"(id: shop
name: Shop
grant_types: [authorization_code, refresh_token]
authorization_url: https://${params.shop}.shop.example/authorize
token_url: https://${params.shop}.shop.example/token
scopes: [read]
parameters:
  - {name: shop, asked_of: person, example: acme-store, pattern: "[a-z0-9-]+", required: true}
  - {name: kind, pattern: "[a-z]+", default: plain}
authorization_params: {kind: "${params.kind}"}
)";

}  // namespace

class ConnectSessionsTest : public AuthorizerTest {
protected:
    void SetUp() override {
        const auto problems = catalog_.add(shop_provider, "shop.yaml");
        ASSERT_TRUE(problems.empty()) << problems.front().to_string();
        add_tenant();
        CredentialsGiven given;
        given.provider = "shop";
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }

    ConnectSessions& sessions() { return use_cases().connect_sessions; }
    static ConnectOrder connect_order() {
        ConnectOrder order;
        order.tenant = acme_demo.tenant;
        order.providers = {ProviderId("demo"), ProviderId("shop")};
        order.return_origin = "https://console.example";
        order.created_by = "key-1";
        return order;
    }
    Errc refused(ConnectOrder order) { return run(sessions().create(std::move(order))).error().code; }
    /// A session that one browser has opened.
    void open_session(ConnectOrder order = connect_order()) {
        const ConnectCreated created = run(sessions().create(std::move(order))).value();
        id_ = created.id;
        token_ = created.url.substr(created.url.rfind('/') + 1);
        browser_ = opened(SecretString()).value().browser_secret.reveal();
    }
    Result<ConnectOpened> opened(SecretString held) {
        return run(sessions().open(SecretString(token_), std::move(held)));
    }
    Result<ConnectView> looked() { return run(sessions().look(id_, SecretString(browser_))); }
    Result<ConnectBegun> begun(const std::string& provider = "demo", catalog::Parameters given = {}) {
        return run(sessions().begin(id_, SecretString(browser_), provider, std::move(given)));
    }
    /// Where the browser stands at the provider, its ticket opened.
    std::string at_provider(const std::string& provider = "demo", catalog::Parameters given = {}) {
        const auto started = begun(provider, std::move(given)).value().started.value();
        const std::string ticket = started.url.substr(started.url.rfind('/') + 1);
        return run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString(browser_)))
            .value()
            .location.reveal();
    }
    Result<AuthorizationFinished> come_back(const std::string& query, const std::string& browser) {
        CallbackReceived received;
        received.path = "/api/oauth/callback";
        received.query = query;
        received.browser_secret = SecretString(browser);
        return run(sessions().finish(std::move(received)));
    }
    ConnectStatus status() { return run(sessions().status(id_)).value(); }

    std::string id_;
    std::string token_;
    std::string browser_;
};

TEST_F(ConnectSessionsTest, are_made_for_half_an_hour_under_a_link_that_is_not_their_id) {
    const auto created = run(sessions().create(connect_order())).value();

    EXPECT_THAT(created.url, StartsWith("https://evergrant.example/connect/"));
    EXPECT_FALSE(created.url.contains(created.id));
    EXPECT_EQ(created.expires_at, clock_.now_seconds() + std::chrono::minutes(30));
}

TEST_F(ConnectSessionsTest, are_made_for_a_tenant_that_there_is) {
    ConnectOrder order = connect_order();
    order.tenant = TenantId("nobody");

    EXPECT_EQ(refused(std::move(order)), Errc::tenant_not_found);
}

TEST_F(ConnectSessionsTest, are_made_for_providers_that_there_are_and_for_one_at_least) {
    ConnectOrder unknown = connect_order();
    unknown.providers.emplace_back("nowhere");
    ConnectOrder none = connect_order();
    none.providers.clear();

    EXPECT_EQ(refused(std::move(unknown)), Errc::unknown_provider);
    EXPECT_EQ(refused(std::move(none)), Errc::invalid_request);
}

TEST_F(ConnectSessionsTest, are_not_made_for_a_provider_at_which_we_have_no_app) {
    ConnectOrder order = connect_order();
    order.providers = {ProviderId("hubspot")};

    EXPECT_EQ(refused(std::move(order)), Errc::missing_app_credentials);
}

TEST_F(ConnectSessionsTest, live_no_longer_than_half_an_hour) {
    ConnectOrder order = connect_order();
    order.lifetime = std::chrono::seconds(1801);

    EXPECT_EQ(refused(std::move(order)), Errc::invalid_request);
}

TEST_F(ConnectSessionsTest, lead_back_to_an_allowed_origin_alone) {
    for (const std::string origin : {"https://evil.example", "https://console.example/path", "console.example",
                                     "https://console.example.evil.example", ""}) {
        ConnectOrder order = connect_order();
        order.return_origin = origin;
        EXPECT_EQ(refused(std::move(order)), Errc::invalid_request) << origin;
    }
}

TEST_F(ConnectSessionsTest, belong_to_the_browser_that_opens_the_link_first) {
    open_session();

    EXPECT_TRUE(opened(SecretString(browser_)));
    EXPECT_EQ(opened(SecretString()).error().code, Errc::forbidden);
    EXPECT_EQ(opened(SecretString(std::string(43, 'x'))).error().code, Errc::forbidden);
}

TEST_F(ConnectSessionsTest, are_shown_to_no_other_browser_that_knows_their_id) {
    open_session();

    EXPECT_EQ(run(sessions().look(id_, SecretString(std::string(43, 'x')))).error().code, Errc::forbidden);
    EXPECT_EQ(run(sessions().look(id_, SecretString())).error().code, Errc::forbidden);
}

TEST_F(ConnectSessionsTest, that_nobody_opened_are_shown_to_nobody) {
    id_ = run(sessions().create(connect_order())).value().id;

    EXPECT_FALSE(looked());
}

TEST_F(ConnectSessionsTest, are_over_when_their_time_is) {
    open_session();
    clock_.advance(std::chrono::minutes(30));

    EXPECT_EQ(looked().error().code, Errc::invalid_state);
    EXPECT_EQ(begun().error().code, Errc::invalid_state);
    EXPECT_EQ(status().state, ConnectState::expired);
}

TEST_F(ConnectSessionsTest, show_whom_they_are_for_and_what_may_be_connected) {
    open_session();

    const ConnectView view = looked().value();

    EXPECT_EQ(view.tenant_name, "acme");
    EXPECT_THAT(view.providers, ElementsAre(catalog_.find(ProviderId("demo")), catalog_.find(ProviderId("shop"))));
}

TEST_F(ConnectSessionsTest, begin_by_a_ticket_as_for_an_end_user) {
    open_session();

    const auto started = begun().value().started;

    ASSERT_TRUE(started);
    EXPECT_THAT(started->url, StartsWith("https://evergrant.example/api/oauth/start/"));
}

TEST_F(ConnectSessionsTest, begin_nothing_at_a_provider_that_is_not_theirs) {
    open_session();

    EXPECT_EQ(begun("hubspot").error().code, Errc::invalid_request);
}

TEST_F(ConnectSessionsTest, say_what_a_person_must_give_otherwise) {
    open_session();

    const auto missing = begun("shop").value();
    const auto wrong = begun("shop", {{"shop", "not a shop/"}}).value();

    EXPECT_FALSE(missing.started);
    ASSERT_EQ(missing.problems.size(), 1U);
    EXPECT_EQ(missing.problems.front().parameter, "shop");
    ASSERT_EQ(wrong.problems.size(), 1U);
    EXPECT_EQ(wrong.problems.front().message, "This cannot be right. An example: acme-store");
}

TEST_F(ConnectSessionsTest, take_what_a_person_gave_without_the_blanks_around_it) {
    open_session();

    EXPECT_THAT(at_provider("shop", {{"shop", " acme-store \n"}}), StartsWith("https://acme-store.shop.example/"));
}

TEST_F(ConnectSessionsTest, take_nothing_from_a_person_that_is_not_a_persons_to_give) {
    open_session();

    EXPECT_EQ(query_value(at_provider("shop", {{"shop", "acme"}, {"kind", "forged"}}), "kind"), "plain");
}

TEST_F(ConnectSessionsTest, are_connected_when_the_browser_comes_back) {
    open_session();
    const std::string state = query_value(at_provider(), "state");

    const auto finished = come_back("code=the-code&state=" + state, browser_);

    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->location, "https://evergrant.example/connect/" + id_ + "/done");
    EXPECT_EQ(status().state, ConnectState::connected);
    EXPECT_EQ(status().integration, IntegrationId("demo"));
    EXPECT_EQ(begun().error().code, Errc::conflict);
}

TEST_F(ConnectSessionsTest, failed_when_the_provider_says_no_and_can_be_begun_again) {
    open_session();
    const std::string state = query_value(at_provider(), "state");

    const auto finished = come_back("error=access_denied&state=" + state, browser_);

    ASSERT_TRUE(finished);
    EXPECT_EQ(status().state, ConnectState::failed);
    EXPECT_EQ(status().session.error, "authorization_denied");
    EXPECT_TRUE(begun().value().started);
    EXPECT_EQ(status().state, ConnectState::pending);
}

TEST_F(ConnectSessionsTest, that_failed_are_shown_after_their_time_and_begin_nothing_more) {
    open_session();
    const std::string state = query_value(at_provider(), "state");
    ASSERT_TRUE(come_back("error=access_denied&state=" + state, browser_));
    EXPECT_TRUE(looked()->may_begin);

    clock_.advance(std::chrono::minutes(31));

    ASSERT_TRUE(looked());
    EXPECT_FALSE(looked()->may_begin);
}

TEST_F(ConnectSessionsTest, failed_when_the_exchange_did) {
    open_session();
    const std::string state = query_value(at_provider(), "state");
    provider_.answers(400, R"({"error":"invalid_grant"})");

    ASSERT_TRUE(come_back("code=the-code&state=" + state, browser_));

    EXPECT_EQ(status().session.error, "provider_error");
}

TEST_F(ConnectSessionsTest, learn_nothing_from_another_browser_that_comes_back) {
    open_session();
    const std::string state = query_value(at_provider(), "state");

    EXPECT_EQ(come_back("code=the-code&state=" + state, std::string(43, 'x')).error().code, Errc::invalid_state);

    EXPECT_EQ(status().state, ConnectState::pending);
}

TEST_F(ConnectSessionsTest, have_one_authorization_under_way_the_last) {
    open_session();
    const std::string first = query_value(at_provider(), "state");
    const std::string second = query_value(at_provider(), "state");

    EXPECT_EQ(come_back("code=the-code&state=" + first, browser_).error().code, Errc::invalid_state);
    EXPECT_TRUE(come_back("code=the-code&state=" + second, browser_)->succeeded);
}

TEST_F(ConnectSessionsTest, are_connected_by_what_was_begun_in_time_and_ended_after_it) {
    open_session();
    clock_.advance(std::chrono::minutes(29));
    const std::string state = query_value(at_provider(), "state");
    clock_.advance(std::chrono::minutes(5));

    ASSERT_TRUE(come_back("code=the-code&state=" + state, browser_));

    EXPECT_EQ(status().state, ConnectState::connected);
    EXPECT_TRUE(looked());
}

TEST_F(ConnectSessionsTest, connect_under_the_name_that_the_application_chose) {
    ConnectOrder order = connect_order();
    order.integration = IntegrationId("crm");
    open_session(std::move(order));
    const std::string state = query_value(at_provider(), "state");

    ASSERT_TRUE(come_back("code=the-code&state=" + state, browser_));

    ConnectionKey key = acme_demo;
    key.integration = IntegrationId("crm");
    EXPECT_TRUE(run(store_->find_connection(key)).value());
}

}  // namespace evergrant::broker
