// What the watch over the server tells of keys, certificates and callers, on a real store.
#include "health/server_watch.h"
#include "certificates.h"
#include "health_stage.h"

#include <fstream>

namespace evergrant::health {

using evergrant::testing::self_signed_certificate;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

class ServerWatchTest : public broker::Stage {
protected:
    static constexpr storage::AlertPace pace{.settle = std::chrono::milliseconds(0)};

    void SetUp() override { put_certificate(days(400)); }
    void TearDown() override { shards_.stop(async::Deadline::after(seconds(5))); }

    void put_certificate(seconds left) {
        std::ofstream(ca_file()) << self_signed_certificate("Our CA", clock_.now_seconds() + left);
    }
    std::filesystem::path ca_file() { return folder_.path() / "ca.pem"; }

    void save_key(const std::string& id, seconds left) {
        storage::ApiKey key;
        key.id = id;
        key.name = "the " + id;
        key.secret_hash = std::string(32, 'x');
        key.created_at = clock_.now() - days(365);
        key.expires_at = clock_.now_seconds() + left;
        ASSERT_TRUE(run(store_->save_api_key(std::move(key))));
    }

    storage::AlertStore& alerts() { return storage::alerts_of(*store_); }

    ServerWatch& watch() {
        if (!watch_)
            watch_.emplace(ServerWatch::Parts{.shard = shards_[0],
                                              .store = *store_,
                                              .alerts = alerts(),
                                              .courier = courier_,
                                              .clock = clock_,
                                              .random = random_,
                                              .metrics = metrics_,
                                              .pace = pace,
                                              .routes = {},
                                              .disk = disk_,
                                              .certificates = {{"redis.ca_file", ca_file()}},
                                              .take_vends = [this] { return std::exchange(vends_, {}); }});
        return *watch_;
    }

    /// What is said of this rule after a look, oldest first.
    Texts look(const std::string& rule) {
        const auto looked = [](ServerWatch* watch) -> async::Task<Result<void>> {
            co_await watch->look();
            co_return Result<void>();
        };
        EXPECT_TRUE(run(looked(&watch())));
        return told(rule);
    }
    Texts told(const std::string& rule) {
        storage::AlertFilter filter;
        filter.rule = rule;
        Texts reasons;
        const auto listed = run(alerts().list_alerts(std::move(filter), "", 50));
        for (const auto& record : listed->items)
            reasons.insert(reasons.begin(), record.alert.ends ? "over" : record.alert.reason);
        return reasons;
    }
    /// As the watch over alerts does.
    void send_and_end() {
        const auto ready = run(alerts().alerts_to_send(50));
        for (const storage::Alert& one : *ready)
            ASSERT_TRUE(run(alerts().send_alert(one.id, {}, one.episode)));
        clock_.advance(minutes(2));
        ASSERT_TRUE(run(alerts().end_episodes(minutes(2))));
    }

    async::BlockingPool disk_{1};
    broker::VendsByCaller vends_;
    AlertCourier courier_{AlertCourier::Parts{.shard = shards_[0],
                                              .store = storage::alerts_of(*store_),
                                              .clock = clock_,
                                              .random = random_,
                                              .metrics = metrics_,
                                              .rules = {},
                                              .times = {},
                                              .links = {},
                                              .channels = {}}};
    std::optional<ServerWatch> watch_;
};

TEST_F(ServerWatchTest, each_key_that_ends_is_told_of_once_for_each_of_its_notices) {
    save_key("k1", days(10));
    save_key("k2", days(10));
    EXPECT_EQ(look("key_expiring").size(), 2U);
    EXPECT_EQ(look("key_expiring").size(), 2U);

    clock_.advance(days(3));

    EXPECT_EQ(look("key_expiring").size(), 4U);
    EXPECT_EQ(metrics_.gauge("evergrant_api_keys_expiring", "", {{"days", "7"}}).value(), 2);
    EXPECT_EQ(metrics_.gauge("evergrant_api_keys_expiring", "", {{"days", "14"}}).value(), 0);
}

TEST_F(ServerWatchTest, a_notice_is_not_told_again_by_another_process) {
    save_key("k1", days(10));
    look("key_expiring");
    send_and_end();

    watch_.reset();

    EXPECT_EQ(look("key_expiring"),
              Texts{"The API key k1 (the k1) ends on 2027-01-25: give who uses it another one by then."});
}

TEST_F(ServerWatchTest, a_certificate_that_ends_is_told_of_until_another_stands_in_its_place) {
    EXPECT_EQ(look("certificate_expiring"), Texts{});
    EXPECT_EQ(metrics_.gauge("evergrant_certificate_expiry_seconds", "", {{"setting", "redis.ca_file"}}).value(),
              400 * 86'400);
    put_certificate(days(3));
    EXPECT_EQ(look("certificate_expiring").size(), 1U);
    EXPECT_EQ(look("certificate_expiring").size(), 1U);

    put_certificate(days(400));
    EXPECT_EQ(look("certificate_expiring").size(), 1U);
    send_and_end();

    EXPECT_EQ(told("certificate_expiring").back(), "over");
}

TEST_F(ServerWatchTest, a_key_that_takes_far_more_tokens_than_before_is_named) {
    save_key("k1", days(300));
    look("vend_rate");
    clock_.advance(std::chrono::hours(2));
    look("vend_rate");

    vends_ = {{"k1", 5'000}, {"k2", 500}};

    EXPECT_EQ(look("vend_rate"), Texts{"The API key k1 (the k1) took 5000 tokens within minutes; 0 are usual."});
    EXPECT_EQ(metrics_.gauge("evergrant_unusual_callers", "").value(), 1);
}

}  // namespace evergrant::health
