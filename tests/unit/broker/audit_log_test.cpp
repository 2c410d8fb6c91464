// Events on their way to the store: in order, none lost without being counted, and no vend without them if so asked.
#include "broker/audit_log.h"
#include "run_task.h"
#include "stage.h"
#include "switched_store.h"

#include <gtest/gtest.h>

#include <chrono>

namespace evergrant::broker {

namespace {

storage::AuditEvent event_of(const std::string& action) {
    return storage::AuditEvent{.actor = "key-1", .action = action, .outcome = "ok"};
}

}  // namespace

class AuditLogTest : public Stage {
protected:
    AuditLog& audit() {
        if (!log_)
            log_.emplace(switched_, clock_, metrics_, rules_);
        return *log_;
    }

    bool written_out() {
        return run([](AuditLog* log) -> async::Task<Result<bool>> { co_return co_await log->write_out(); }(&audit()))
            .value();
    }

    std::vector<std::string> actions() {
        std::vector<std::string> actions;
        const auto listed = run(store_->list_audit({}, "", 100));
        for (const auto& record : listed->items)
            actions.insert(actions.begin(), record.event.action);
        return actions;
    }

    AuditRules rules_;
    evergrant::testing::SwitchedStore switched_{*store_};
    std::optional<AuditLog> log_;
};

using Texts = std::vector<std::string>;

TEST_F(AuditLogTest, events_are_written_in_their_order_and_dated_when_they_came) {
    audit().record(event_of("one"));
    audit().record(event_of("two"));

    EXPECT_TRUE(written_out());

    EXPECT_EQ(actions(), (Texts{"one", "two"}));
    EXPECT_EQ(run(store_->list_audit({}, "", 1))->items.at(0).event.at, clock_.now());
}

TEST_F(AuditLogTest, what_the_store_refuses_waits_and_keeps_its_place) {
    switched_.away = true;
    audit().record(event_of("one"));
    const bool refused = !written_out();
    audit().record(event_of("two"));
    switched_.away = false;

    EXPECT_TRUE(refused);
    EXPECT_TRUE(written_out());
    EXPECT_EQ(actions(), (Texts{"one", "two"}));
}

TEST_F(AuditLogTest, what_there_is_no_room_for_is_told_by_an_event) {
    rules_.most_waiting = 2;
    for (const std::string action : {"one", "two", "three", "four"})
        audit().record(event_of(action));

    written_out();

    EXPECT_EQ(actions(), (Texts{"one", "two", "audit.lost"}));
    EXPECT_EQ(run(store_->list_audit({}, "", 1))->items.at(0).event.detail, R"({"count":2})");
}

TEST_F(AuditLogTest, where_it_is_required_nothing_is_vended_once_events_have_waited_too_long) {
    rules_.required = true;
    switched_.away = true;
    audit().record(event_of("one"));
    written_out();
    const bool at_first = audit().may_vend();
    clock_.advance(rules_.patience);
    const bool later = audit().may_vend();
    switched_.away = false;
    written_out();

    EXPECT_TRUE(at_first);
    EXPECT_FALSE(later);
    EXPECT_TRUE(audit().may_vend());
}

TEST_F(AuditLogTest, a_backlog_that_is_being_written_stops_no_vend_however_long_it_takes) {
    rules_.required = true;
    rules_.batch = 1;
    for (const std::string action : {"one", "two", "three"})
        audit().record(event_of(action));
    bool always = true;
    switched_.when_audit_is_written = [&] {
        clock_.advance(rules_.patience / 2 + std::chrono::seconds(1));
        always = always && audit().may_vend();
    };

    written_out();

    EXPECT_TRUE(always);
}

TEST_F(AuditLogTest, where_it_is_not_required_tokens_go_out_all_the_same) {
    switched_.away = true;
    audit().record(event_of("one"));
    written_out();
    clock_.advance(std::chrono::hours(1));

    EXPECT_TRUE(audit().may_vend());
}

TEST_F(AuditLogTest, events_that_wait_are_shown_with_the_time_that_they_have_waited) {
    Gauge& waited = metrics_.gauge("evergrant_audit_waiting_seconds", "");
    switched_.away = true;
    audit().record(event_of("one"));
    written_out();
    clock_.advance(std::chrono::seconds(70));
    written_out();
    const double away = waited.value();
    switched_.away = false;
    written_out();

    EXPECT_EQ(away, 70);
    EXPECT_EQ(waited.value(), 0);
}

TEST_F(AuditLogTest, tokens_handed_out_are_counted_by_caller_until_somebody_takes_the_counts) {
    AuditDesk desk(audit());
    Principal one;
    one.subject = "key-1";
    Principal another;
    another.subject = "key-2";
    for (const std::string tenant : {"acme", "acme", "globex"})
        desk.vend({&one, "192.0.2.7"}, tenant, "demo", "ok");
    desk.vend({&another, "192.0.2.7"}, "acme", "demo", "ok");
    desk.vend({&another, "192.0.2.7"}, "acme", "demo", "no_connection");
    desk.refusal({&another, "192.0.2.7"}, "/api/tenants", "forbidden");

    desk.hand_in();

    EXPECT_EQ(audit().take_vends(), (VendsByCaller{{"key-1", 3}, {"key-2", 1}}));
    EXPECT_TRUE(audit().take_vends().empty());
}

TEST_F(AuditLogTest, what_a_shard_counted_is_written_before_it_has_drained) {
    rules_.window = std::chrono::hours(1);
    options_.audit = rules_;
    broker().start();
    BrokerShard& shard = use_cases();
    boost::asio::post(shards_[0].context(), [&shard] {
        shard.audit.vend({nullptr, "192.0.2.7"}, "acme", "demo", "ok");
        shard.audit.refusal({nullptr, "192.0.2.7"}, "/api/tenants", "forbidden");
    });

    shards_.stop(async::Deadline::after(std::chrono::seconds(10)));

    const auto page = evergrant::testing::run_task(provider_side_, store_->list_audit({}, "", 10));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), 2U);
}

TEST_F(AuditLogTest, what_all_shards_handed_out_is_told_by_the_broker) {
    broker().start();
    Principal principal;
    principal.subject = "key-1";
    for (std::size_t index = 0; index < shards_.size(); ++index)
        boost::asio::post(shards_[index].context(), [&principal, &shard = broker().of(shards_[index])] {
            shard.audit.vend({&principal, "192.0.2.7"}, "acme", "demo", "ok");
        });

    shards_.stop(async::Deadline::after(std::chrono::seconds(10)));

    EXPECT_EQ(broker().take_vends(), (VendsByCaller{{"key-1", 2}}));
}

TEST_F(AuditLogTest, a_refresh_is_told_of) {
    add_tenant();
    add_grant(std::chrono::minutes(1));
    ASSERT_TRUE(read());
    broker().start();
    shards_.stop(async::Deadline::after(std::chrono::seconds(10)));

    const auto page =
        evergrant::testing::run_task(provider_side_, store_->list_audit({.action = "token.refresh"}, "", 10));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].event.actor, "system");
    EXPECT_EQ(page->items[0].event.tenant, "acme");
    EXPECT_EQ(page->items[0].event.integration, "demo");
    EXPECT_EQ(page->items[0].event.outcome, "ok");
}

}  // namespace evergrant::broker
