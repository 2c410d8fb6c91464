#include "fleet_stage.h"

#include "broker/scheduler.h"

#include <set>
#include <thread>

namespace evergrant::broker {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class SchedulerTest : public Stage {
protected:
    void SetUp() override {
        options_.scheduler.look_for_due = milliseconds(5);
        options_.scheduler.refreshes_at_once = 4;
        add_tenant();
    }

    void add_due(int count) {
        for (int index = 0; index < count; ++index) {
            storage::NewGrant grant;
            grant.key = {acme_demo.tenant, IntegrationId("demo-" + std::to_string(index))};
            grant.provider = ProviderId("demo");
            grant.tokens.access_token = SecretString("token-1");
            grant.tokens.refresh_token = SecretString("refresh-" + std::to_string(index));
            grant.tokens.lifetime = hours(1);
            grant.tokens.expires_at = clock_.now_seconds() + seconds(60);
            grant.refresh_due_at = clock_.now();
            ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
        }
    }

    std::size_t healthy_and_refreshed() {
        storage::ConnectionFilter filter;
        const auto page = run(store_->list_connections(filter, "", 200));
        std::size_t count = 0;
        for (const auto& connection : page->items)
            count += connection.expires_at && *connection.expires_at > clock_.now_seconds() + seconds(600);
        return count;
    }

    void wait_until_refreshed(std::size_t count) {
        const auto deadline = async::Deadline::after(seconds(90));
        while (healthy_and_refreshed() < count && !deadline.passed())
            std::this_thread::yield();
    }
};

TEST_F(SchedulerTest, refreshes_what_is_due_once_although_far_more_is_due_than_fits_at_once) {
    constexpr int due = 30;
    add_due(due);

    broker().start();
    wait_until_refreshed(due);

    EXPECT_EQ(healthy_and_refreshed(), 30U);
    EXPECT_EQ(provider_.requests(), 30U);
}

TEST_F(SchedulerTest, two_replicas_share_what_is_due_and_refresh_nothing_twice) {
    constexpr int due = 30;
    add_due(due);
    other_shards_.start();
    BrokerOptions options;
    options.scheduler.look_for_due = milliseconds(5);
    options.scheduler.refreshes_at_once = 4;
    options.trust = TrustTimes();
    Broker other(foundations(other_shards_, *store_), std::move(options));

    broker().start();
    other.start();
    wait_until_refreshed(due);
    other_shards_.stop(async::Deadline::after(seconds(5)));

    const auto bodies = provider_.bodies();
    EXPECT_EQ(std::set<std::string>(bodies.begin(), bodies.end()).size(), 30U);
    EXPECT_EQ(bodies.size(), 30U);
}

TEST_F(SchedulerTest, an_abandoned_lease_is_taken_up_by_another_replica_even_if_nothing_is_refreshed_ahead) {
    options_.scheduler.refresh_ahead = false;
    add_grant(seconds(60));
    storage::LeaseRequest request;
    request.key = acme_demo;
    request.owner = "a replica that died";
    request.duration = milliseconds(10);
    ASSERT_TRUE(run(store_->take_lease(std::move(request))));
    clock_.advance(seconds(1));

    broker().start();
    wait_until_refreshed(1);

    EXPECT_EQ(stored().tokens.access_token.reveal(), "token-2");
}

TEST_F(SchedulerTest, claims_nothing_that_it_cannot_begin_and_takes_up_again_when_the_store_is_back) {
    evergrant::testing::SwitchedStore store(*store_);
    store.away = true;
    constexpr int due = 3;
    add_due(due);
    other_shards_.start();
    BrokerOptions options;
    options.scheduler.look_for_due = milliseconds(5);
    Broker other(foundations(other_shards_, store), std::move(options));
    Counter& failed = metrics_.counter("evergrant_due_claims_failed_total", "");

    other.start();
    const auto deadline = async::Deadline::after(seconds(10));
    while (failed.value() < 2 && !deadline.passed())
        std::this_thread::yield();
    store.away = false;
    wait_until_refreshed(due);
    other_shards_.stop(async::Deadline::after(seconds(5)));

    EXPECT_GE(failed.value(), 2U);
    EXPECT_EQ(provider_.requests(), 3U);
}

TEST_F(SchedulerTest, what_a_reader_has_refreshed_since_it_was_claimed_is_not_refreshed_again) {
    add_grant(seconds(-1));
    const storage::DueConnection claimed{acme_demo, 1};
    ASSERT_TRUE(read());

    const auto renewed = run(broker().vendors().renew(claimed));

    EXPECT_EQ((*renewed)->generation, 2U);
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(SchedulerTest, what_another_replica_has_refreshed_since_this_one_looked_is_still_refreshed_when_it_is_due) {
    add_grant(seconds(60));
    ASSERT_TRUE(read());
    add_grant(seconds(60));

    const storage::Generation theirs = stored().summary.generation;

    const auto renewed = run(broker().vendors().renew({acme_demo, theirs}));

    EXPECT_EQ((*renewed)->generation, theirs + 1);
}

TEST_F(SchedulerTest, what_cannot_begin_is_left_alone_for_a_while) {
    storage::NewGrant grant;
    grant.key = acme_demo;
    grant.provider = ProviderId("in_no_catalogue");
    grant.tokens.refresh_token = SecretString("refresh-1");
    grant.refresh_due_at = clock_.now();
    ASSERT_TRUE(run(store_->save_grant(std::move(grant))));

    broker().start();
    const auto deadline = async::Deadline::after(seconds(30));
    while (*stored().summary.next_try_at <= clock_.now() && !deadline.passed())
        std::this_thread::yield();

    EXPECT_EQ(stored().summary.next_try_at, clock_.now() + seconds(60));
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::healthy);
}

TEST_F(SchedulerTest, an_app_that_was_asked_to_wait_refreshes_nothing_ahead_meanwhile) {
    constexpr int due = 30;
    add_due(due);
    provider_.answers([](const net::ClientRequest&) {
        return Result<net::ClientAnswer>(
            net::ClientAnswer{.status = 429, .headers = {{"retry-after", "120"}}, .body = R"({"error":"slow_down"})"});
    });

    broker().start();
    Counter& claimed = metrics_.counter("evergrant_due_claimed_total", "");
    const auto deadline = async::Deadline::after(seconds(30));
    while (claimed.value() < due && !deadline.passed())
        std::this_thread::yield();
    shards_.stop(async::Deadline::after(seconds(5)));

    // Each of the two shards may have had a full set under way when the first answer came.
    EXPECT_LE(provider_.requests(), 2U * options_.scheduler.refreshes_at_once);
}

}  // namespace
}  // namespace evergrant::broker
