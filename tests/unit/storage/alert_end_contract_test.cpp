// Ends of alerts: an alert of connections is over when the last of them has left it, in whatever way.
#include "alert_contract.h"

namespace evergrant::storage {

namespace {

using Names = std::set<std::string>;

}  // namespace

TEST_P(AlertEndContract, an_alert_of_many_ends_when_the_last_has_a_new_grant) {
    const std::string id = told_dead({"a", "b"});
    all_arrive();

    authorized_again("a");
    EXPECT_EQ(end_left(), 0U);
    authorized_again("b");
    EXPECT_EQ(end_left(), 1U);

    EXPECT_EQ(due(), Names{id + "-end through webhook"});
}

TEST_P(AlertEndContract, an_end_is_told_once) {
    told_dead({"a"});
    authorized_again("a");

    EXPECT_EQ(end_left(), 1U);
    EXPECT_EQ(end_left(), 0U);
}

TEST_P(AlertEndContract, an_end_names_what_has_ended) {
    const std::string id = told_dead({"a"});
    all_arrive();
    authorized_again("a");
    end_left();

    const std::vector<AlertDelivery> waiting = claimed();

    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_TRUE(is_end_of_an_alert(waiting[0].alert));
    EXPECT_EQ(waiting[0].alert.names, std::vector<std::string>{"acme/a"});
}

TEST_P(AlertEndContract, an_end_goes_only_where_the_alert_went) {
    told_dead({"a"});
    all_arrive();
    authorized_again("a");

    EXPECT_EQ(ask(alerts().end_left_alerts({"pagerduty"})), 1U);

    EXPECT_TRUE(due().empty());
}

TEST_P(AlertEndContract, an_end_waits_until_the_beginning_has_arrived) {
    const std::string id = told_dead({"a"});
    authorized_again("a");
    end_left();

    EXPECT_EQ(due(), (Names{id + " through slack", id + " through webhook"}));
    clock_.advance(claim_time / 2);
    EXPECT_TRUE(due().empty());
    ask(alerts().end_delivery(id, "webhook"));
    EXPECT_EQ(due(), Names{id + "-end through webhook"});
}

TEST_P(AlertEndContract, an_alert_ends_when_its_connections_are_removed) {
    const std::string id = told_dead({"a", "b"});
    all_arrive();

    removed("a");
    removed("b");

    EXPECT_EQ(end_left(), 1U);
    EXPECT_EQ(due(), Names{id + "-end through webhook"});
}

TEST_P(AlertEndContract, an_alert_ends_when_its_tenant_is_removed) {
    Tenant tenant;
    tenant.id = TenantId("acme");
    tenant.name = "Acme";
    ask(store().create_tenant(tenant));
    told_dead({"a", "b"});

    ask(store().remove_tenant(TenantId("acme")));

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, an_alert_whose_connections_are_gone_before_it_is_sent_ends_after_it) {
    fails("a", ConnectionStatus::invalid);
    tell_all();
    removed("a");
    EXPECT_EQ(end_left(), 0U);

    sent_when_due();

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_second_death_is_another_alert_with_an_end_of_its_own) {
    const std::string first = told_dead({"a"});
    authorized_again("a");
    end_left();
    sent_when_due();  // the recovery
    const std::string second = told_dead({"a"});
    EXPECT_EQ(end_left(), 0U);

    removed("a");

    EXPECT_NE(first, second);
    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_failing_connection_leaves_its_alert_when_it_dies) {
    fails("a", ConnectionStatus::refresh_failed);
    tell_all();
    sent_when_due();
    fails("a", ConnectionStatus::invalid);

    tell_all();

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, an_outage_is_no_alert_that_its_connections_end_by_leaving) {
    fails("a", ConnectionStatus::refresh_failed);
    tell_all(Episode::connections);
    clock_.advance(pace.settle);
    sent(Episode::connections);

    removed("a");

    EXPECT_EQ(end_left(), 0U);
    EXPECT_EQ(ask(alerts().end_episodes(std::chrono::minutes(2))), 1U);
}

TEST_P(AlertEndContract, a_notice_ends_with_a_new_grant) {
    saved_mortal();
    told_of_notice(1);

    saved_mortal();

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_notice_ends_with_a_refresh_that_puts_the_end_off) {
    saved_mortal();
    told_of_notice(1);

    const sys_seconds later = clock_.now_seconds() + std::chrono::days(130);
    ask(store().complete_refresh({leased("one"), full_tokens("2"), std::nullopt, std::nullopt, later}));

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_notice_lasts_over_a_refresh_that_leaves_the_end_where_it_was) {
    saved_mortal();
    told_of_notice(1);

    ask(store().complete_refresh({leased("one"), full_tokens("2"), std::nullopt, std::nullopt, std::nullopt}));

    EXPECT_EQ(end_left(), 0U);
}

TEST_P(AlertEndContract, a_notice_ends_when_a_nearer_one_is_told) {
    saved_mortal();
    told_of_notice(7);

    notice_comes(1);
    tell_notices();

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_notice_ends_when_the_death_is_told) {
    saved_mortal();
    told_of_notice(1);
    fails("crm", ConnectionStatus::invalid);

    tell_all();

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_notice_ends_when_the_connection_is_removed) {
    saved_mortal();
    told_of_notice(1);

    removed("crm");

    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, a_dead_connection_that_was_removed_and_is_authorized_again_has_recovered) {
    told_dead({"a"});
    removed("a");
    EXPECT_TRUE(untold().empty());

    saved(key_of("a"));

    const auto found = untold();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].status, ConnectionStatus::healthy);
    EXPECT_EQ(found[0].told, ConnectionStatus::invalid);
}

TEST_P(AlertEndContract, a_recovery_after_a_removal_is_told_once) {
    told_dead({"a"});
    removed("a");
    authorized_again("a");

    removed("a");
    saved(key_of("a"));

    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertEndContract, a_dead_connection_of_a_tenant_that_was_removed_has_recovered_when_it_is_back) {
    Tenant tenant;
    tenant.id = TenantId("acme");
    tenant.name = "Acme";
    ask(store().create_tenant(tenant));
    told_dead({"a"});
    ask(store().remove_tenant(tenant.id));

    ask(store().create_tenant(tenant));
    saved(key_of("a"));

    EXPECT_EQ(untold().size(), 1U);
}

TEST_P(AlertEndContract, a_healthy_connection_that_was_removed_is_no_news_when_it_is_back) {
    saved(key_of("a"));
    removed("a");

    saved(key_of("a"));

    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertEndContract, what_was_told_of_a_removed_connection_is_forgotten_in_the_end) {
    told_dead({"a"});
    removed("a");
    tamper("UPDATE told_of_removed SET removed_at = 1");

    ask(alerts().sweep_alerts(std::chrono::hours(1), 10));

    saved(key_of("a"));
    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertEndContract, an_alert_of_a_connection_that_is_still_dead_is_never_swept) {
    const std::string id = told_dead({"a"});
    all_arrive();
    clock_.advance(std::chrono::hours(24 * 60));

    EXPECT_EQ(ask(alerts().sweep_alerts(std::chrono::hours(1), 10)), 0U);

    removed("a");
    EXPECT_EQ(end_left(), 1U);
}

TEST_P(AlertEndContract, two_who_look_for_ends_at_once_tell_of_each_once) {
    const std::string id = told_dead({"a", "b", "c"});
    all_arrive();
    for (const std::string one : {"a", "b", "c"})
        removed(one);
    std::vector<Task<Result<std::size_t>>> calls;
    for (int caller = 0; caller < 4; ++caller)
        calls.push_back(alerts().end_left_alerts({"webhook"}));

    std::size_t ended = 0;
    for (const std::size_t one : ask_all(std::move(calls)))
        ended += one;

    EXPECT_EQ(ended, 1U);
    EXPECT_EQ(due(), Names{id + "-end through webhook"});
}

}  // namespace evergrant::storage
