#include "health/alert_routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::health {
namespace {

using storage::Severity;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> all{"slack", "webhook", "email", "pagerduty", "sms:+15550100", "sms:+15550101"};

std::vector<AlertRoute> routes(const std::vector<std::string>& texts) {
    std::vector<AlertRoute> parsed;
    for (const std::string& text : texts)
        parsed.push_back(parse_route(text).value());
    return parsed;
}

storage::Alert alert(const std::string& rule = "connection_dead", const std::string& tenant = "acme") {
    storage::Alert one;
    one.rule = rule;
    one.tenant = TenantId(tenant);
    return one;
}

TEST(AlertRoutingTest, the_severity_chooses_the_channels) {
    EXPECT_THAT(channels_for({}, alert(), Severity::info, all), ElementsAre("slack", "webhook"));
    EXPECT_THAT(channels_for({}, alert(), Severity::warning, all), ElementsAre("slack", "webhook"));
    EXPECT_THAT(channels_for({}, alert(), Severity::error, all), ElementsAre("slack", "webhook", "email", "pagerduty"));
    EXPECT_EQ(channels_for({}, alert(), Severity::critical, all), all);
}

TEST(AlertRoutingTest, a_rule_that_there_is_not_is_refused_with_the_nearest_that_is) {
    const auto near = parse_route("connection_ded=sms");
    const auto far = parse_route("whatever=sms");

    ASSERT_FALSE(near);
    EXPECT_THAT(near.error().message, ::testing::HasSubstr("(did you mean connection_dead?)"));
    ASSERT_FALSE(far);
    EXPECT_THAT(far.error().message, ::testing::Not(::testing::HasSubstr("did you mean")));
}

TEST(AlertRoutingTest, a_tenant_with_a_route_of_its_own_folds_with_nobody_else) {
    const auto set = routes({"tenant:acme=slack", "connection_dead=email"});
    const auto fold_key = [&](const std::string& tenant) {
        storage::Telling telling;
        telling.fold_key = "connection_dead|demo";
        telling.tenant = TenantId(tenant);
        keep_apart(set, telling);
        return telling.fold_key;
    };

    EXPECT_NE(fold_key("acme"), fold_key("other"));
    EXPECT_EQ(fold_key("acme"), fold_key("acme"));
    EXPECT_EQ(fold_key("other"), fold_key("another"));
    EXPECT_EQ(fold_key(""), fold_key("other"));
}

TEST(AlertRoutingTest, what_is_not_configured_is_not_chosen) {
    EXPECT_THAT(channels_for({}, alert(), Severity::critical, {"email"}), ElementsAre("email"));
    EXPECT_THAT(channels_for(routes({"connection_dead=slack"}), alert(), Severity::critical, {"email"}), IsEmpty());
}

TEST(AlertRoutingTest, a_route_of_the_rule_stands_in_place_of_the_severity) {
    const auto set = routes({"connection_dead=sms+email"});

    EXPECT_THAT(channels_for(set, alert(), Severity::info, all),
                ElementsAre("email", "sms:+15550100", "sms:+15550101"));
    EXPECT_THAT(channels_for(set, alert("redis_lost"), Severity::info, all), ElementsAre("slack", "webhook"));
}

TEST(AlertRoutingTest, a_route_of_the_tenant_is_stronger_whatever_the_order) {
    for (const auto& set : {routes({"connection_dead=email", "tenant:acme=slack"}),
                            routes({"tenant:acme=slack", "connection_dead=email"})}) {
        EXPECT_THAT(channels_for(set, alert(), Severity::critical, all), ElementsAre("slack"));
        EXPECT_THAT(channels_for(set, alert("connection_dead", "other"), Severity::critical, all),
                    ElementsAre("email"));
    }
}

TEST(AlertRoutingTest, what_keeps_incidents_hears_of_its_alerts_ends_and_of_no_other_recovery) {
    storage::Alert recovery = alert();
    recovery.id = "alert_2";
    recovery.ends = true;
    storage::Alert end = recovery;
    end.id = "alert_1-end";

    EXPECT_THAT(channels_for({}, recovery, Severity::error, all), ElementsAre("slack", "webhook", "email"));
    EXPECT_THAT(channels_for({}, end, Severity::error, all), ElementsAre("slack", "webhook", "email", "pagerduty"));
}

TEST(AlertRoutingTest, a_route_may_lead_nowhere) {
    EXPECT_THAT(channels_for(routes({"connection_failing="}), alert("connection_failing"), Severity::error, all),
                IsEmpty());
}

TEST(AlertRoutingTest, a_route_is_written_down_as_it_is_read) {
    for (const std::string text : {"connection_dead=slack+email", "tenant:acme=pagerduty", "test="})
        EXPECT_EQ(to_text(parse_route(text).value()), text);
}

TEST(AlertRoutingTest, what_is_no_route_is_refused) {
    for (const std::string text :
         {"", "slack", "=slack", "connection_dead=pigeon", "tenant:=slack", "tenant:a b=slack"})
        EXPECT_FALSE(parse_route(text)) << text;
}

}  // namespace
}  // namespace evergrant::health
