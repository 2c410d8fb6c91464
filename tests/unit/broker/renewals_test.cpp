//
// What a renewal link opens, on a real store.
//
#include "authorizer_fixture.h"

#include <gmock/gmock.h>

namespace evergrant::broker {

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

}  // namespace

class RenewalsTest : public AuthorizerTest {
protected:
    const storage::KeyRing ring_ = storage::KeyRing::parse(keys()).value();
    const RenewalLinks links_{ring_.derive_all(RenewalLinks::purpose), "https://evergrant.example"};
    Renewals renewals_{{.store = *store_,
                        .catalog = catalog_,
                        .authorizer = use_cases().authorizer,
                        .clock = clock_,
                        .links = &links_}};

    std::string link(const ConnectionKey& key = acme_demo, const std::string& provider = "demo") {
        const std::string url = links_.url_of({.key = key, .provider = ProviderId(provider)}, clock_.now());
        return url.substr(url.rfind('/') + 1);
    }
    RenewalState state() { return run(renewals_.look(link())).value().state; }
    Renewals::Begun begun() { return run(renewals_.begin(link())).value(); }
    /// Of a grant that nobody refreshes: of another only a refresh can say that it is dead.
    void end_grant() {
        storage::CheckFinding finding;
        finding.key = acme_demo;
        finding.generation = stored().summary.generation;
        finding.verdict = storage::CheckVerdict::dead;
        finding.error = "It is dead.";
        ASSERT_TRUE(run(store_->record_check(std::move(finding))).value());
    }
    /// Opens the ticket as a browser and returns where it is sent, and the cookie.
    TicketOpened opened(const Renewals::Begun& begun) {
        const std::string ticket = begun.started->url.substr(begun.started->url.rfind('/') + 1);
        return run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString())).value();
    }
};

TEST_F(RenewalsTest, a_working_connection_needs_nobody_and_begins_nothing) {
    add_grant();

    EXPECT_EQ(state(), RenewalState::fine);
    EXPECT_FALSE(begun().started);
}

TEST_F(RenewalsTest, a_dead_one_is_begun_like_an_end_users_by_a_ticket) {
    add_grant(std::chrono::hours(1), "");
    end_grant();

    const auto started = begun();

    EXPECT_EQ(started.renewal.state, RenewalState::dead);
    ASSERT_TRUE(started.started);
    EXPECT_THAT(started.started->url, StartsWith("https://evergrant.example/api/oauth/start/"));
    EXPECT_TRUE(started.started->state.empty());
}

TEST_F(RenewalsTest, one_that_is_gone_is_begun_anew) {
    EXPECT_EQ(state(), RenewalState::gone);
    EXPECT_TRUE(begun().started);
}

TEST_F(RenewalsTest, one_whose_notice_has_come_due_is_begun_before_its_end) {
    add_grant();
    storage::NewGrant ending;
    ending.key = acme_demo;
    ending.provider = ProviderId("demo");
    ending.tokens.access_token = SecretString("token");
    ending.tokens.refresh_token = SecretString("refresh");
    ending.dies_at = clock_.now_seconds() + std::chrono::days(20);
    ASSERT_TRUE(run(store_->save_grant(std::move(ending))));
    EXPECT_EQ(state(), RenewalState::fine);

    clock_.advance(std::chrono::days(7));

    EXPECT_EQ(state(), RenewalState::ending);
    EXPECT_TRUE(begun().started);
}

TEST_F(RenewalsTest, keeps_the_scopes_that_the_connection_has_beside_the_providers_own) {
    add_grant();
    storage::NewGrant grant;
    grant.key = acme_demo;
    grant.provider = ProviderId("demo");
    grant.tokens.access_token = SecretString("token");
    grant.tokens.scopes = {"write", "export"};
    ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    end_grant();

    const auto ticket = opened(begun());

    EXPECT_EQ(query_value(ticket.location.reveal(), "scope"), "read write export");
}

TEST_F(RenewalsTest, only_the_browser_that_opened_the_ticket_comes_back) {
    const auto ticket = opened(begun());
    const std::string state = query_value(ticket.location.reveal(), "state");

    EXPECT_FALSE(come_back("code=the-code&state=" + state));
}

TEST_F(RenewalsTest, that_browser_renews_the_connection) {
    const auto ticket = opened(begun());
    const std::string state = query_value(ticket.location.reveal(), "state");

    const auto finished = come_back("code=the-code&state=" + state, ticket.browser_secret.reveal());

    ASSERT_TRUE(finished);
    EXPECT_THAT(finished->location, HasSubstr("oauth=success"));
    EXPECT_EQ(this->state(), RenewalState::fine);
}

TEST_F(RenewalsTest, a_link_that_is_not_ours_opens_nothing) {
    const auto looked = run(renewals_.look("AAAA"));

    ASSERT_FALSE(looked);
    EXPECT_EQ(looked.error().code, Errc::invalid_state);
}

TEST_F(RenewalsTest, a_link_whose_tenant_or_provider_is_no_more_opens_nothing) {
    add_grant();
    const ConnectionKey removed{TenantId("gone"), IntegrationId("demo")};

    EXPECT_EQ(run(renewals_.look(link(removed))).error().code, Errc::invalid_state);
    EXPECT_EQ(run(renewals_.look(link(acme_demo, "no_more"))).error().code, Errc::invalid_state);
    EXPECT_EQ(run(renewals_.look(link(acme_demo, "hubspot"))).error().code, Errc::invalid_state);
}

}  // namespace evergrant::broker
