// Alerts: what is yet to be told, what becomes of it, and how often it is sent.
#include "alert_contract.h"

namespace evergrant::storage {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Telling some_telling(const std::string& id, const std::string& fold_key = "redis_lost") {
    Telling telling;
    telling.id = id;
    telling.fold_key = fold_key;
    telling.rule = "redis_lost";
    telling.severity = Severity::error;
    telling.status = "lost";
    telling.reason = "Redis does not answer.";
    return telling;
}

Telling lasting(const std::string& id) {
    Telling telling = some_telling(id);
    telling.episode = Episode::condition;
    return telling;
}

}  // namespace

TEST_P(AlertContract, a_healthy_connection_is_nothing_to_tell_of) {
    saved();

    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertContract, a_dead_connection_is_told_once_with_what_its_row_says) {
    fails("crm", ConnectionStatus::invalid);

    const auto found = untold();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, some_key);
    EXPECT_EQ(found[0].provider.str(), "zoho_crm");
    EXPECT_EQ(found[0].status, ConnectionStatus::invalid);
    EXPECT_EQ(found[0].told, ConnectionStatus::healthy);
    EXPECT_EQ(found[0].error, "The provider says no.");
    EXPECT_EQ(found[0].failures, 1U);
    EXPECT_FALSE(found[0].own_app);
    EXPECT_EQ(tell_all(), 1U);
    EXPECT_TRUE(untold().empty());
    EXPECT_EQ(tell_all(), 0U);
}

TEST_P(AlertContract, whose_app_it_is_comes_along) {
    fails("crm", ConnectionStatus::invalid);
    AppCredentials own;
    own.tenant = TenantId("acme");
    own.provider = ProviderId("zoho_crm");
    own.client_id = "own";
    ask(store().save_app_credentials(std::move(own)));

    ASSERT_EQ(untold().size(), 1U);
    EXPECT_TRUE(untold()[0].own_app);
}

TEST_P(AlertContract, what_was_told_is_told_after_a_restart_no_more_and_its_alert_is_still_to_be_sent) {
    fails("crm", ConnectionStatus::invalid);
    tell_all();

    restart();

    EXPECT_TRUE(untold().empty());
    clock_.advance(pace.settle);
    EXPECT_EQ(to_send().size(), 1U);
}

TEST_P(AlertContract, a_connection_that_changed_since_it_was_seen_is_left) {
    fails("crm", ConnectionStatus::invalid);
    ConnectionTelling telling;
    telling.connection = untold()[0];
    telling.telling = some_telling("stale");
    saved();

    std::vector<ConnectionTelling> tellings;
    tellings.push_back(telling);
    EXPECT_EQ(ask(alerts().tell(std::move(tellings), pace)), 0U);
    EXPECT_TRUE(listed().empty());
}

TEST_P(AlertContract, a_connection_that_died_is_told_of_again_when_it_is_healthy) {
    fails("crm", ConnectionStatus::invalid);
    tell_all();

    saved();

    ASSERT_EQ(untold().size(), 1U);
    EXPECT_EQ(untold()[0].status, ConnectionStatus::healthy);
    EXPECT_EQ(untold()[0].told, ConnectionStatus::invalid);
    tell_all();
    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertContract, a_failing_connection_is_looked_at_again_after_its_pause_and_a_blip_never) {
    fails("crm", ConnectionStatus::refresh_failed);
    ASSERT_EQ(untold().size(), 1U);
    EXPECT_FALSE(untold()[0].postponed);

    ask(alerts().postpone_telling(untold(), minutes(15)));

    EXPECT_TRUE(untold().empty());
    clock_.advance(minutes(15));
    ASSERT_EQ(untold().size(), 1U);
    EXPECT_TRUE(untold()[0].postponed);
    completed(leased("one"), "2");
    EXPECT_TRUE(untold().empty());
}

TEST_P(AlertContract, a_pause_speaks_of_one_failure_and_not_of_the_next) {
    fails("crm", ConnectionStatus::refresh_failed);
    ask(alerts().postpone_telling(untold(), minutes(15)));
    completed(leased("one"), "2");
    clock_.advance(minutes(15));

    fails("crm", ConnectionStatus::refresh_failed);

    ASSERT_EQ(untold().size(), 1U);
    EXPECT_FALSE(untold()[0].postponed);
}

TEST_P(AlertContract, a_failing_connection_that_dies_is_told_of_at_once) {
    fails("crm", ConnectionStatus::refresh_failed);
    ask(alerts().postpone_telling(untold(), minutes(15)));

    fails("crm", ConnectionStatus::invalid);

    ASSERT_EQ(untold().size(), 1U);
    EXPECT_EQ(untold()[0].status, ConnectionStatus::invalid);
}

TEST_P(AlertContract, many_deaths_are_one_alert_with_their_number_and_the_first_few_names) {
    for (const std::string name : {"a", "b", "c", "d", "e", "f", "g"})
        fails(name, ConnectionStatus::invalid);
    EXPECT_EQ(tell_all(), 7U);
    clock_.advance(pace.settle);

    const auto waiting = to_send();

    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].count, 7U);
    EXPECT_EQ(waiting[0].names, (std::vector<std::string>{"acme/a", "acme/b", "acme/c", "acme/d", "acme/e"}));
    EXPECT_EQ(waiting[0].reason, "The provider says no.");
}

TEST_P(AlertContract, deaths_that_go_on_are_waited_for_but_not_forever) {
    for (int i = 0; i < 15; ++i) {
        fails("in-" + std::to_string(i), ConnectionStatus::invalid);
        tell_all();
        EXPECT_TRUE(to_send().empty()) << i;
        clock_.advance(seconds(4));
    }

    ASSERT_EQ(to_send().size(), 1U);
    EXPECT_EQ(to_send()[0].count, 15U);
}

TEST_P(AlertContract, further_ones_wait_for_the_throttle_and_become_one) {
    fails("first", ConnectionStatus::invalid);
    tell_all();
    clock_.advance(pace.settle);
    sent();
    for (const std::string name : {"second", "third"}) {
        fails(name, ConnectionStatus::invalid);
        tell_all();
        clock_.advance(minutes(5));
        EXPECT_TRUE(to_send().empty());
    }

    clock_.advance(minutes(5));

    EXPECT_EQ(sent().count, 2U);
}

TEST_P(AlertContract, an_alert_is_sent_by_one_who_asks) {
    fails("crm", ConnectionStatus::invalid);
    tell_all();
    clock_.advance(pace.settle);
    const std::string id = to_send().front().id;

    EXPECT_TRUE(ask(alerts().send_alert(id, {"slack"}, Episode::none)));
    EXPECT_FALSE(ask(alerts().send_alert(id, {"email"}, Episode::none)));

    ASSERT_EQ(claimed().size(), 1U);
    EXPECT_EQ(listed()[0].deliveries[0].channel, "slack");
}

TEST_P(AlertContract, a_delivery_is_offered_to_one_and_to_another_when_its_claim_has_run_out_under_the_same_id) {
    ask(alerts().raise_alert(some_telling("redis-1"), pace));
    clock_.advance(pace.settle);
    sent();

    const auto first = claimed();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].alert.id, "redis-1");
    EXPECT_EQ(first[0].alert.reason, "Redis does not answer.");
    EXPECT_EQ(first[0].attempts, 1U);
    EXPECT_TRUE(claimed().empty());
    clock_.advance(claim_time);
    const auto again = claimed();
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[0].alert.id, "redis-1");
    EXPECT_EQ(again[0].attempts, 2U);
}

TEST_P(AlertContract, a_delivery_that_arrived_is_over_and_one_that_failed_comes_again_after_its_pause) {
    ask(alerts().raise_alert(some_telling("redis-1"), pace));
    clock_.advance(pace.settle);
    sent();
    claimed();

    ask(alerts().end_delivery("redis-1", "slack"));
    ask(alerts().fail_delivery("redis-1", "webhook", "It answered 503.", minutes(1)));

    EXPECT_TRUE(claimed().empty());
    const auto records = listed();
    ASSERT_EQ(records.size(), 1U);
    ASSERT_EQ(records[0].deliveries.size(), 2U);
    EXPECT_EQ(records[0].deliveries[0].state, "delivered");
    EXPECT_EQ(records[0].deliveries[0].delivered_at, clock_.now());
    EXPECT_EQ(records[0].deliveries[1].state, "pending");
    EXPECT_EQ(records[0].deliveries[1].last_error, "It answered 503.");
    clock_.advance(minutes(1));
    ASSERT_EQ(claimed().size(), 1U);
}

TEST_P(AlertContract, a_delivery_given_up_is_recorded_and_never_offered_again) {
    ask(alerts().raise_alert(some_telling("redis-1"), pace));
    clock_.advance(pace.settle);
    sent();
    claimed();

    ask(alerts().fail_delivery("redis-1", "slack", "It answered 404.", std::nullopt));
    ask(alerts().end_delivery("redis-1", "webhook"));

    clock_.advance(std::chrono::hours(24));
    EXPECT_TRUE(claimed().empty());
    EXPECT_EQ(listed()[0].deliveries[0].state, "given_up");
}

TEST_P(AlertContract, a_condition_that_lasts_is_told_once_and_its_end_once) {
    EXPECT_TRUE(ask(alerts().raise_alert(lasting("redis-1"), pace)));
    clock_.advance(pace.settle);
    sent(Episode::condition);
    for (int i = 0; i < 60; ++i) {
        clock_.advance(seconds(30));
        EXPECT_FALSE(ask(alerts().raise_alert(lasting("redis-again"), pace)));
        EXPECT_EQ(ask(alerts().end_episodes(minutes(2))), 0U);
    }
    EXPECT_TRUE(to_send().empty());

    clock_.advance(minutes(2));
    EXPECT_EQ(ask(alerts().end_episodes(minutes(2))), 1U);
    EXPECT_EQ(ask(alerts().end_episodes(minutes(2))), 0U);

    const auto ending = to_send();
    ASSERT_EQ(ending.size(), 1U);
    EXPECT_TRUE(ending[0].ends);
    EXPECT_EQ(ending[0].id, "redis-1-end");
    EXPECT_EQ(ending[0].severity, Severity::error);
}

TEST_P(AlertContract, what_is_to_be_told_once_is_told_again_only_when_it_is_forgotten) {
    Telling notice = some_telling("notice-1", "key_expiring|7|k1");
    notice.once = true;
    EXPECT_TRUE(ask(alerts().raise_alert(notice, pace)));
    notice.id = "notice-2";
    EXPECT_FALSE(ask(alerts().raise_alert(notice, pace)));
    clock_.advance(pace.settle);
    sent();
    EXPECT_FALSE(ask(alerts().raise_alert(notice, pace)));
    for (const AlertDelivery& one : claimed())
        ask(alerts().end_delivery(one.alert.id, one.channel));
    clock_.advance(std::chrono::hours(24 * 30) + seconds(1));

    EXPECT_EQ(ask(alerts().sweep_alerts(std::chrono::hours(24 * 30), 10)), 1U);

    EXPECT_TRUE(ask(alerts().raise_alert(notice, pace)));
}

TEST_P(AlertContract, a_condition_that_ends_before_it_is_told_is_told_never) {
    ask(alerts().raise_alert(lasting("redis-1"), pace));
    clock_.advance(seconds(1));

    EXPECT_EQ(ask(alerts().end_episodes(seconds(1))), 1U);

    clock_.advance(pace.settle);
    EXPECT_TRUE(to_send().empty());
}

TEST_P(AlertContract, what_belongs_to_an_episode_under_way_is_counted_and_not_told) {
    fails("a", ConnectionStatus::refresh_failed);
    tell_all(Episode::connections);
    clock_.advance(pace.settle);
    sent(Episode::connections);

    fails("b", ConnectionStatus::refresh_failed);
    fails("c", ConnectionStatus::refresh_failed);
    EXPECT_EQ(tell_all(Episode::connections), 2U);

    clock_.advance(std::chrono::hours(1));
    EXPECT_TRUE(to_send().empty());
    EXPECT_EQ(listed()[0].alert.count, 3U);
}

TEST_P(AlertContract, an_episode_ends_when_the_last_of_its_connections_is_healthy_and_none_is_told_of_by_itself) {
    for (const std::string name : {"a", "b"})
        fails(name, ConnectionStatus::refresh_failed);
    tell_all(Episode::connections);
    clock_.advance(pace.settle);
    const std::string id = sent(Episode::connections).id;

    saved({TenantId("acme"), IntegrationId("a")});
    tell_all(Episode::none, true);
    EXPECT_EQ(ask(alerts().end_episodes(minutes(2))), 0U);
    saved({TenantId("acme"), IntegrationId("b")});
    tell_all(Episode::none, true);
    EXPECT_EQ(ask(alerts().end_episodes(minutes(2))), 1U);

    const auto waiting = to_send();
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].id, id + "-end");
}

TEST_P(AlertContract, alerts_are_listed_newest_first_in_pages_and_by_filter) {
    for (const std::string name : {"one", "two", "three"}) {
        ask(alerts().raise_alert(some_telling(name, name), pace));
        clock_.advance(seconds(1));
    }
    fails("crm", ConnectionStatus::invalid);
    tell_all();

    const auto first = ask(alerts().list_alerts({}, "", 3));
    ASSERT_EQ(first.items.size(), 3U);
    EXPECT_EQ(first.items[0].alert.provider.str(), "zoho_crm");
    EXPECT_EQ(first.items[1].alert.id, "three");
    const auto second = ask(alerts().list_alerts({}, first.next_cursor, 3));
    ASSERT_EQ(second.items.size(), 1U);
    EXPECT_EQ(second.items[0].alert.id, "one");
    EXPECT_TRUE(second.next_cursor.empty());

    AlertFilter of_acme;
    of_acme.tenant = TenantId("acme");
    EXPECT_EQ(ask(alerts().list_alerts(of_acme, "", 10)).items.size(), 1U);
    AlertFilter of_redis;
    of_redis.rule = "redis_lost";
    EXPECT_EQ(ask(alerts().list_alerts(of_redis, "", 10)).items.size(), 3U);
    AlertFilter of_another;
    of_another.provider = ProviderId("hubspot");
    EXPECT_TRUE(ask(alerts().list_alerts(of_another, "", 10)).items.empty());
    EXPECT_EQ(refusal(alerts().list_alerts({}, "rubbish", 10)), Errc::invalid_request);
}

TEST_P(AlertContract, what_is_over_is_swept_and_what_is_under_way_is_not) {
    ask(alerts().raise_alert(some_telling("over", "over"), pace));
    clock_.advance(pace.settle);
    sent();
    for (const AlertDelivery& one : claimed())
        ask(alerts().end_delivery(one.alert.id, one.channel));
    ask(alerts().raise_alert(some_telling("on-its-way", "on-its-way"), pace));
    clock_.advance(pace.settle);
    sent();
    ask(alerts().raise_alert(lasting("lasts"), pace));
    clock_.advance(pace.settle);
    ask(alerts().send_alert("lasts", {}, Episode::condition));

    clock_.advance(std::chrono::hours(24));
    EXPECT_EQ(ask(alerts().sweep_alerts(std::chrono::hours(1), 10)), 1U);

    std::set<std::string> left;
    for (const AlertRecord& one : listed())
        left.insert(one.alert.id);
    EXPECT_EQ(left, (std::set<std::string>{"on-its-way", "lasts"}));
}

TEST_P(AlertContract, two_who_tell_at_once_tell_of_each_connection_once) {
    for (int i = 0; i < 10; ++i)
        fails("in-" + std::to_string(i), ConnectionStatus::invalid);
    const auto seen = untold();
    std::vector<Task<Result<std::size_t>>> calls;
    for (int caller = 0; caller < 4; ++caller) {
        std::vector<ConnectionTelling> tellings;
        for (const UntoldConnection& one : seen) {
            ConnectionTelling telling;
            telling.connection = one;
            telling.telling = some_telling("alert-" + std::to_string(caller) + one.key.integration.str(), "dead");
            tellings.push_back(std::move(telling));
        }
        calls.push_back(alerts().tell(std::move(tellings), pace));
    }

    std::size_t told = 0;
    for (const std::size_t one : ask_all(std::move(calls)))
        told += one;

    EXPECT_EQ(told, 10U);
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].alert.count, 10U);
}

}  // namespace evergrant::storage
