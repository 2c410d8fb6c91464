#include "health/alert_rules.h"

#include "oauth/failure_words.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace evergrant::health {
namespace {

using storage::ConnectionStatus;
using storage::Episode;
using storage::Severity;

storage::UntoldConnection connection(ConnectionStatus status, ConnectionStatus told = ConnectionStatus::healthy) {
    storage::UntoldConnection one;
    one.key = {TenantId("acme"), IntegrationId("crm")};
    one.provider = ProviderId("zoho_crm");
    one.status = status;
    one.told = told;
    one.error = "The provider says no.";
    one.failures = 1;
    return one;
}

storage::UntoldConnection refused_app() {
    storage::UntoldConnection one = connection(ConnectionStatus::refresh_failed);
    one.error = std::string(oauth::words_for_misconfigured_app) + " (invalid_client).";
    return one;
}

storage::Alert failing(std::uint64_t count) {
    storage::Alert alert;
    alert.rule = rule::connection_failing;
    alert.severity = Severity::warning;
    alert.count = count;
    return alert;
}

TEST(AlertRulesTest, a_failing_connection_is_perhaps_a_blip_until_its_time_or_its_failures_say_otherwise) {
    const AlertRules rules;
    storage::UntoldConnection one = connection(ConnectionStatus::refresh_failed);
    EXPECT_TRUE(is_perhaps_a_blip(rules, one));

    one.postponed = true;
    EXPECT_FALSE(is_perhaps_a_blip(rules, one));
    one.postponed = false;
    one.failures = rules.failing_failures;
    EXPECT_FALSE(is_perhaps_a_blip(rules, one));
}

TEST(AlertRulesTest, neither_death_nor_recovery_nor_a_refused_app_is_a_blip) {
    const AlertRules rules;

    EXPECT_FALSE(is_perhaps_a_blip(rules, connection(ConnectionStatus::invalid)));
    EXPECT_FALSE(is_perhaps_a_blip(rules, connection(ConnectionStatus::healthy, ConnectionStatus::invalid)));
    EXPECT_FALSE(is_perhaps_a_blip(rules, refused_app()));
}

TEST(AlertRulesTest, a_death_names_its_connection_and_folds_with_others_at_the_provider) {
    const auto told = telling_of(connection(ConnectionStatus::invalid), "id-1");

    EXPECT_EQ(told.telling.id, "id-1");
    EXPECT_EQ(told.telling.rule, "connection_dead");
    EXPECT_EQ(told.telling.fold_key, "connection_dead|zoho_crm");
    EXPECT_EQ(told.telling.severity, Severity::error);
    EXPECT_EQ(told.telling.tenant.str(), "acme");
    EXPECT_EQ(told.telling.reason, "The provider says no.");
    EXPECT_FALSE(told.telling.ends);
}

TEST(AlertRulesTest, a_recovery_ends_what_it_recovers_from) {
    const auto from_death = telling_of(connection(ConnectionStatus::healthy, ConnectionStatus::invalid), "id-1");
    const auto from_failing =
        telling_of(connection(ConnectionStatus::healthy, ConnectionStatus::refresh_failed), "id-2");

    EXPECT_TRUE(from_death.telling.ends);
    EXPECT_EQ(from_death.telling.rule, "connection_dead");
    EXPECT_FALSE(from_death.unless_episode);
    EXPECT_EQ(from_failing.telling.rule, "connection_failing");
    EXPECT_TRUE(from_failing.unless_episode);
}

TEST(AlertRulesTest, a_refused_app_is_told_of_as_the_app_and_of_the_tenant_only_if_it_is_the_tenants) {
    storage::UntoldConnection one = refused_app();
    const auto of_all = telling_of(one, "id-1");
    one.own_app = true;
    const auto of_acme = telling_of(one, "id-2");

    EXPECT_EQ(of_all.telling.rule, "app_refused");
    EXPECT_EQ(of_all.telling.severity, Severity::critical);
    EXPECT_EQ(of_all.telling.episode, Episode::connections);
    EXPECT_TRUE(of_all.telling.tenant.empty());
    EXPECT_EQ(of_acme.telling.tenant.str(), "acme");
    EXPECT_NE(of_all.telling.fold_key, of_acme.telling.fold_key);
}

TEST(AlertRulesTest, a_notice_says_by_which_day_a_person_must_act_whatever_the_status_is) {
    storage::UntoldConnection one = connection(ConnectionStatus::refresh_failed);
    one.notice = 14;
    one.dies_at = std::chrono::sys_days(std::chrono::December / 10 / 2026) + std::chrono::hours(23);

    const auto told = telling_of(one, "id-1");

    EXPECT_EQ(told.telling.rule, "renewal_due");
    EXPECT_EQ(told.telling.status, "expiring");
    EXPECT_EQ(told.telling.reason, "The grant ends on 2026-12-10: a person must authorize again by then.");
    EXPECT_FALSE(told.telling.ends);
}

TEST(AlertRulesTest, the_last_notice_weighs_more_and_folds_with_no_earlier_one) {
    storage::UntoldConnection one = connection(ConnectionStatus::healthy);
    std::set<std::string> fold_keys;
    for (const auto& [days, severity] :
         {std::pair(14U, Severity::warning), std::pair(7U, Severity::warning), std::pair(1U, Severity::error)}) {
        one.notice = days;
        const auto told = telling_of(one, "id-1");
        EXPECT_EQ(told.telling.severity, severity) << days;
        fold_keys.insert(told.telling.fold_key);
    }

    EXPECT_EQ(fold_keys.size(), 3U);
}

TEST(AlertRulesTest, many_failing_connections_are_an_outage_of_the_provider) {
    const AlertRules rules;

    EXPECT_EQ(episode_of(rules, failing(rules.provider_connections - 1)), Episode::none);
    EXPECT_EQ(severity_of(rules, failing(rules.provider_connections - 1)), Severity::warning);
    EXPECT_EQ(episode_of(rules, failing(rules.provider_connections)), Episode::connections);
    EXPECT_EQ(severity_of(rules, failing(rules.provider_connections)), Severity::error);
}

}  // namespace
}  // namespace evergrant::health
