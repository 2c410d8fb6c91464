#include "health/server_rules.h"

#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evergrant::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A server whose figures a test changes while time passes.
class ServerRulesTest : public ::testing::Test {
protected:
    /// The rules that hold after this time, judged every half minute.
    std::vector<std::string> after(milliseconds time) {
        std::vector<std::string> names;
        for (milliseconds passed{0}; passed < time; passed += seconds(30)) {
            figures_.at += seconds(30);
            names.clear();
            wrong_ = rules_.judge(figures_);
            for (const Condition& one : wrong_)
                names.emplace_back(one.rule);
        }
        return names;
    }

    ServerFigures figures_;
    ServerRules rules_;
    std::vector<Condition> wrong_;
};

TEST_F(ServerRulesTest, a_server_that_is_well_has_nothing_to_tell) {
    figures_.refreshes = 1'000;
    figures_.failed_refreshes = 900;  // before we looked

    EXPECT_THAT(after(minutes(10)), IsEmpty());
}

TEST_F(ServerRulesTest, refreshes_that_fail_are_told_above_one_in_twenty_and_until_five_minutes_are_over) {
    after(minutes(1));
    figures_.refreshes += 100;
    figures_.failed_refreshes += 5;
    EXPECT_THAT(after(seconds(30)), IsEmpty());

    figures_.failed_refreshes += 1;
    EXPECT_THAT(after(seconds(30)), Contains("refresh_failures"));
    EXPECT_THAT(wrong_.front().reason, HasSubstr("6 % of the refreshes of the last minutes failed: 6 of 100."));
    EXPECT_THAT(after(minutes(3)), Contains("refresh_failures"));
    EXPECT_THAT(after(minutes(3)), IsEmpty());
}

TEST_F(ServerRulesTest, a_handful_of_refreshes_says_nothing) {
    after(minutes(1));
    figures_.refreshes += 19;
    figures_.failed_refreshes += 19;

    EXPECT_THAT(after(seconds(30)), IsEmpty());
}

TEST_F(ServerRulesTest, more_than_ten_failed_authorizations_in_an_hour_are_told) {
    after(minutes(1));
    for (int i = 0; i < 10; ++i) {
        figures_.failed_callbacks += 1;
        EXPECT_THAT(after(minutes(4)), IsEmpty()) << i;
    }

    figures_.failed_callbacks += 1;
    EXPECT_THAT(after(minutes(4)), Contains("callback_errors"));
    EXPECT_THAT(after(minutes(60)), IsEmpty());
}

TEST_F(ServerRulesTest, redis_is_lost_after_a_minute_and_no_more_when_it_is_back) {
    figures_.redis_up = false;
    EXPECT_THAT(after(minutes(1)), IsEmpty());
    EXPECT_THAT(after(seconds(30)), Contains("redis_lost"));

    figures_.redis_up = true;
    EXPECT_THAT(after(seconds(30)), IsEmpty());
    figures_.redis_up = false;
    EXPECT_THAT(after(seconds(30)), IsEmpty());
}

TEST_F(ServerRulesTest, a_store_that_takes_no_writes_is_lost_after_a_minute_and_never_also_slow) {
    figures_.store_writable = false;
    figures_.store_took = seconds(5);

    EXPECT_THAT(after(minutes(1)), IsEmpty());
    EXPECT_EQ(after(seconds(30)), std::vector<std::string>{"database_lost"});
}

TEST_F(ServerRulesTest, a_store_is_slow_when_it_was_so_twice_in_a_row) {
    figures_.store_took = milliseconds(999);
    EXPECT_THAT(after(minutes(2)), IsEmpty());
    figures_.store_took = seconds(1);
    EXPECT_THAT(after(seconds(30)), IsEmpty());
    EXPECT_THAT(after(seconds(30)), Contains("database_slow"));
}

TEST_F(ServerRulesTest, a_rescue_journal_that_does_not_empty_is_told_after_five_minutes) {
    figures_.rescue_waiting = 3;
    EXPECT_THAT(after(minutes(5)), IsEmpty());
    EXPECT_THAT(after(seconds(30)), Contains("rescue_waiting"));
    EXPECT_THAT(wrong_.front().reason, HasSubstr("3 refreshed token sets"));

    figures_.rescue_waiting = 0;
    EXPECT_THAT(after(seconds(30)), IsEmpty());
}

TEST_F(ServerRulesTest, audit_events_that_wait_for_a_minute_are_told) {
    figures_.audit_waited = 59;
    EXPECT_THAT(after(seconds(30)), IsEmpty());

    figures_.audit_waited = 60;
    EXPECT_THAT(after(seconds(30)), Contains("audit_not_written"));
    EXPECT_EQ(wrong_.front().reason, "Audit events have not been written for 60 seconds.");
    figures_.audit_waited = 0;
    EXPECT_THAT(after(seconds(30)), IsEmpty());
}

TEST_F(ServerRulesTest, lost_audit_events_are_told_for_a_quarter_of_an_hour) {
    figures_.audit_lost = 3;  // before we looked
    EXPECT_THAT(after(minutes(1)), IsEmpty());

    figures_.audit_lost += 2;
    EXPECT_THAT(after(minutes(14)), Contains("audit_not_written"));
    EXPECT_EQ(wrong_.front().reason, "2 audit events were lost within the last quarter of an hour.");
    EXPECT_THAT(after(minutes(2)), IsEmpty());
}

TEST_F(ServerRulesTest, an_hours_figures_are_kept_however_often_it_is_asked) {
    for (int i = 0; i < 100'000; ++i) {
        figures_.at += milliseconds(1);
        static_cast<void>(rules_.judge(figures_));
    }
    figures_.failed_callbacks = 11;

    EXPECT_THAT(after(seconds(30)), Contains("callback_errors"));
}

TEST(MetricFiguresTest, the_servers_own_metrics_are_read_back) {
    Metrics metrics;
    metrics.counter("evergrant_refreshes_total", "r", {{"provider", "a"}, {"outcome", "refreshed"}}).increment(7);
    metrics.counter("evergrant_refreshes_total", "r", {{"provider", "b"}, {"outcome", "throttled"}}).increment(2);
    metrics.counter("evergrant_callbacks_total", "c", {{"provider", "a"}, {"outcome", "success"}}).increment(5);
    metrics.counter("evergrant_callbacks_total", "c", {{"provider", "a"}, {"outcome", "invalid_state"}}).increment(1);
    metrics.counter("evergrant_callbacks_total", "c", {{"provider", "a"}, {"outcome", "access_denied"}}).increment(9);
    metrics.counter("evergrant_callbacks_total", "c", {{"provider", "unknown"}, {"outcome", "invalid_state"}})
        .increment(8);
    metrics.gauge("evergrant_redis_up", "u", {{"shard", "0"}}).set(1);
    metrics.gauge("evergrant_redis_up", "u", {{"shard", "1"}}).set(0);
    metrics.gauge("evergrant_rescue_waiting", "w").set(4);
    metrics.gauge("evergrant_audit_waiting_seconds", "a").set(61.5);
    metrics.counter("evergrant_audit_lost_total", "l").increment(2);

    const ServerFigures figures = figures_of(MetricFigures::parse(metrics.render()));

    EXPECT_EQ(figures.refreshes, 9);
    EXPECT_EQ(figures.failed_refreshes, 2);
    EXPECT_EQ(figures.failed_callbacks, 1);
    EXPECT_FALSE(figures.redis_up);
    EXPECT_EQ(figures.rescue_waiting, 4);
    EXPECT_EQ(figures.audit_waited, 61.5);
    EXPECT_EQ(figures.audit_lost, 2);
}

TEST(MetricFiguresTest, a_server_without_redis_has_not_lost_it) {
    EXPECT_TRUE(figures_of(MetricFigures::parse("")).redis_up);
}

TEST(MetricFiguresTest, what_cannot_be_read_is_passed_over) {
    const MetricFigures figures =
        MetricFigures::parse("# HELP x y\nnonsense\nx{a=\"b\"} NaNN\n\nx 2\nx{a=\"c d\"} 3\n");

    EXPECT_EQ(figures.sum("x"), 5);
}

}  // namespace
}  // namespace evergrant::health
