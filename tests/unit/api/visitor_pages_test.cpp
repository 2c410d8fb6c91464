#include "api/visitor_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace evergrant::api {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string header(const net::Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, [](const auto& one) { return one.first; });
    return found == response.headers.end() ? "" : found->second;
}

const catalog::Catalog& catalogue() {
    static const catalog::Catalog built_in = catalog::Catalog::built_in();
    return built_in;
}

net::Response outcome(std::string oauth, std::string provider, std::string reason, bool as_json = false) {
    return outcome_page({.oauth = std::move(oauth), .provider = std::move(provider), .reason = std::move(reason)},
                        catalogue(), as_json);
}

broker::Renewal renewal(broker::RenewalState state) {
    broker::Renewal renewal;
    renewal.subject = {.key = {.tenant = TenantId("acme"), .integration = IntegrationId("crm")},
                       .provider = ProviderId("demo")};
    renewal.provider_name = "Demo & <Sons>";
    renewal.state = state;
    return renewal;
}

net::Request accepting(std::string accept) {
    net::Request request;
    request.headers.emplace_back("accept", std::move(accept));
    return request;
}

}  // namespace

TEST(OutcomePageTest, names_the_provider_that_is_connected) {
    EXPECT_THAT(outcome("success", "hubspot", "").body, HasSubstr("<h1>Connected</h1><p>HubSpot is connected."));
}

TEST(OutcomePageTest, says_why_not_and_what_to_do) {
    const auto page = outcome("error", "", "provider_timeout");

    EXPECT_THAT(page.body, HasSubstr("<h1>Not connected</h1><p>The provider did not answer in time."));
}

TEST(OutcomePageTest, repeats_nothing_of_a_query_that_it_does_not_know) {
    for (const bool as_json : {false, true}) {
        const std::string forged = "Call +1555 at once<script>";
        EXPECT_THAT(outcome("success", forged, "", as_json).body, Not(HasSubstr("+1555")));
        EXPECT_THAT(outcome("error", "", forged, as_json).body, Not(HasSubstr("+1555")));
        EXPECT_THAT(outcome(forged, "", "", as_json).body, Not(HasSubstr("+1555")));
    }
}

TEST(OutcomePageTest, is_json_for_who_prefers_it) {
    EXPECT_TRUE(prefers_json(accepting("application/json")));
    EXPECT_FALSE(prefers_json(accepting("text/html,application/json;q=0.9")));
    EXPECT_FALSE(prefers_json(accepting("*/*")));
    EXPECT_EQ(outcome("success", "hubspot", "", true).body, R"({"oauth":"success","provider":"hubspot"})");
}

TEST(RenewalPageTest, offers_one_button_that_posts_to_this_server_alone) {
    const auto page = renewal_page(renewal(broker::RenewalState::dead), false);

    EXPECT_THAT(page.body, HasSubstr("<form method=\"post\" action=\"\"><button>"));
    EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("form-action 'self';"));
    EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(header(page, "Content-Security-Policy"), Not(HasSubstr("script-src")));
}

TEST(RenewalPageTest, names_the_connection_escaped) {
    const auto page = renewal_page(renewal(broker::RenewalState::dead), false);

    EXPECT_THAT(page.body, HasSubstr("<dd>acme</dd>"));
    EXPECT_THAT(page.body, HasSubstr("<dd>crm</dd>"));
    EXPECT_THAT(page.body, HasSubstr("Demo &amp; &lt;Sons&gt;"));
    EXPECT_THAT(page.body, Not(HasSubstr("<Sons>")));
}

TEST(RenewalPageTest, has_no_button_when_nothing_is_to_be_done) {
    const auto page = renewal_page(renewal(broker::RenewalState::fine), false);

    EXPECT_THAT(page.body, HasSubstr("Nothing to be done"));
    EXPECT_THAT(page.body, Not(HasSubstr("<form")));
}

TEST(RenewalPageTest, sends_the_browser_on_without_a_script) {
    broker::AuthorizationStarted started;
    started.url = "https://evergrant.example/api/oauth/start/t";

    const auto page = way_to_provider(renewal(broker::RenewalState::dead), started, false);

    EXPECT_EQ(header(page, "Refresh"), "0; url=https://evergrant.example/api/oauth/start/t");
    EXPECT_THAT(page.body, HasSubstr("<a href=\"https://evergrant.example/api/oauth/start/t\">"));
}

}  // namespace evergrant::api
