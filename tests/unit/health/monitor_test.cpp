#include "health_stage.h"

#include <algorithm>
#include <thread>

namespace evergrant::health {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::ConnectionStatus;

class MonitorTest : public HealthStage {
protected:
    void SetUp() override {
        HealthStage::SetUp();
        health_options_.monitor.look_for_due = milliseconds(5);
    }

    template <class Condition>
    bool becomes(const Condition& condition) {
        const auto deadline = async::Deadline::after(seconds(60));
        while (!condition() && !deadline.passed())
            std::this_thread::yield();
        return condition();
    }
};

TEST_F(MonitorTest, what_is_due_at_start_is_looked_at_at_once) {
    grant({.check_at = clock_.now()});

    health().start();

    EXPECT_TRUE(becomes([this] { return api_calls_ == 1; }));
    EXPECT_TRUE(becomes([this] { return row().next_check_at > clock_.now() + minutes(26); }));
    EXPECT_LE(row().next_check_at, clock_.now() + minutes(30));
}

TEST_F(MonitorTest, one_that_nobody_renews_dies_the_moment_its_token_ends) {
    grant({.provider = "demo", .left = seconds(60), .renewable = false, .check_at = clock_.now() + seconds(60)});
    health().start();

    clock_.advance(seconds(60));

    EXPECT_TRUE(becomes([this] { return row().status == ConnectionStatus::invalid; }));
    EXPECT_FALSE(row().next_check_at);
}

TEST_F(MonitorTest, two_replicas_look_at_each_connection_once) {
    constexpr std::size_t due = 40;
    for (std::size_t index = 0; index < due; ++index)
        grant({.check_at = clock_.now(), .integration = "demo-" + std::to_string(index)});
    Health other(health_foundations(), health_options_);

    health().start();
    other.start();

    EXPECT_TRUE(becomes([this] { return api_calls_ >= due; }));
    shards_.stop(async::Deadline::after(seconds(5)));
    EXPECT_EQ(api_calls_, due);
}

TEST_F(MonitorTest, the_calendar_moves_fourteen_seven_and_one_days_before_a_grant_dies) {
    grant({.provider = "demo", .dies_at = clock_.now_seconds() + days(20), .check_at = clock_.now() + days(6)});
    health().start();

    for (const auto& [passed, notice] : {std::pair(days(6), 14U), std::pair(days(7), 7U), std::pair(days(6), 1U)}) {
        clock_.advance(passed);
        EXPECT_TRUE(becomes([this, expected = notice] { return row().renewal_notice == expected; })) << notice;
    }
    EXPECT_TRUE(becomes([this] { return !row().next_check_at; }));
}

TEST_F(MonitorTest, a_connection_that_its_refreshes_see_to_is_looked_at_no_more) {
    grant({.provider = "demo", .check_at = clock_.now()});

    health().start();

    EXPECT_TRUE(becomes([this] { return !row().next_check_at; }));
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(MonitorTest, a_token_too_near_its_end_to_be_probed_is_left_alone_until_then) {
    grant({.left = seconds(20), .renewable = false, .check_at = clock_.now()});

    health().start();

    EXPECT_TRUE(becomes([this] { return row().next_check_at == clock_.now() + seconds(20); }));
    EXPECT_EQ(api_calls_, 0U);
}

TEST_F(MonitorTest, what_the_providers_budget_has_no_room_for_is_probed_when_it_has) {
    ASSERT_TRUE(
        catalog_.add("id: probed\nextends: probed\nbudgets: {provider: {requests: 1, seconds: 600}}\n", "probed.yaml")
            .empty());
    for (const char* name : {"demo-1", "demo-2"})
        grant({.check_at = clock_.now(), .integration = name});

    health().start();
    Counter& refused = metrics_.counter("evergrant_budget_refusals_total", "", {{"provider", "probed"}});
    EXPECT_TRUE(becomes([&refused] { return refused.value() >= 1; }));
    EXPECT_TRUE(becomes([this] { return api_calls_ == 1; }));
    const auto put_off = [this] {
        const auto page = run(store_->list_connections({}, "", 10));
        return std::ranges::all_of(page->items,
                                   [this](const auto& one) { return one.next_check_at > clock_.now() + minutes(9); });
    };
    EXPECT_TRUE(becomes(put_off));
    clock_.advance(minutes(10));

    EXPECT_TRUE(becomes([this] { return api_calls_ == 2; }));
}

TEST_F(MonitorTest, one_without_a_plan_is_probed_once_its_provider_has_a_probe) {
    grant({});

    health().start();

    EXPECT_TRUE(becomes([this] { return row().next_check_at.has_value(); }));
    clock_.advance(minutes(30));
    EXPECT_TRUE(becomes([this] { return api_calls_ == 1; }));
}

TEST_F(MonitorTest, one_planned_for_the_calendar_alone_is_probed_once_its_provider_has_a_probe) {
    grant({.dies_at = clock_.now_seconds() + days(100), .check_at = clock_.now() + days(86)});

    health().start();

    EXPECT_TRUE(becomes([this] { return row().next_check_at <= clock_.now() + minutes(30); }));
}

TEST_F(MonitorTest, nothing_is_planned_while_no_probes_are_made) {
    health_options_.probe_every = seconds(0);
    grant({});
    grant({.check_at = clock_.now(), .integration = "due"});

    health().start();

    EXPECT_TRUE(becomes([this] {
        return !run(store_->find_connection({broker::acme_demo.tenant, IntegrationId("due")}))
                    .value()
                    ->summary.next_check_at;
    }));
    EXPECT_FALSE(row().next_check_at);
}

TEST_F(MonitorTest, one_that_cannot_be_looked_at_keeps_no_other_from_it) {
    grant({.provider = "in_no_catalogue", .check_at = clock_.now(), .integration = "a"});
    grant({.check_at = clock_.now()});

    health().start();

    EXPECT_TRUE(becomes([this] { return api_calls_ == 1; }));
}

}  // namespace
}  // namespace evergrant::health
