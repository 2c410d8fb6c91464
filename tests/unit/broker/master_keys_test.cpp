// Rotation of the master key as the fleet does it: not before every replica knows the new key.
#include "broker/master_keys.h"
#include "stage.h"

#include <gtest/gtest.h>

#include <thread>

namespace evergrant::broker {

class MasterKeysTest : public Stage {
protected:
    static constexpr std::string_view new_key = "f0e0d0c0b0a090807060504030201000ffeeddccbbaa99887766554433221100";

    /// Opens the store again with a ring of the new key and the old.
    void bring_in_the_new_key() {
        store_.reset();
        std::vector<SecretString> both;
        both.emplace_back(std::string(new_key));
        both.emplace_back(keys().front().reveal());
        auto ring = storage::KeyRing::parse(both);
        ring_ = ring->ids();
        storage::SqliteOptions options;
        options.folder = folder_.path() / "data";
        store_ = std::move(storage::open_sqlite_store(options, std::move(*ring), random_, clock_).value());
        Foundations made = foundations(shards_, *store_);
        made.master_keys = ring_;
        BrokerOptions chosen;
        chosen.redirects.base_url = "https://evergrant.example";
        broker_ = std::make_unique<Broker>(std::move(made), std::move(chosen));
        ASSERT_TRUE(run(use_cases().master_keys.announce()));
    }

    MasterKeyReport report() { return run(use_cases().master_keys.report()).value(); }
    Result<MasterKeyReport> rotate() { return run(use_cases().master_keys.rotate()); }
    Result<bool> take_up() { return run(use_cases().master_keys.take_up()); }
    MasterKeyReport when_ended() {
        const auto deadline = async::Deadline::after(std::chrono::seconds(10));
        while (report().running && !deadline.passed())
            std::this_thread::yield();
        return report();
    }

    std::vector<std::string> ring_;
};

TEST_F(MasterKeysTest, a_rotation_leaves_nothing_under_the_old_key_and_says_that_it_may_be_taken_out) {
    add_tenant();
    add_grant();
    bring_in_the_new_key();
    const MasterKeyReport before = report();

    ASSERT_TRUE(rotate());

    const MasterKeyReport after = when_ended();
    EXPECT_EQ(before.remaining, 2U);
    EXPECT_TRUE(before.free.empty());
    EXPECT_EQ(after.remaining, 0U);
    EXPECT_EQ(after.sealed_anew, 2U);
    EXPECT_EQ(after.free, std::vector<std::string>{ring_.at(1)});
    EXPECT_EQ(after.failure, "");
}

TEST_F(MasterKeysTest, a_rotation_leaves_the_figure_of_the_old_key_at_nought) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(use_cases().master_keys.report()));

    ASSERT_TRUE(rotate());

    when_ended();
    const std::string figure = "evergrant_master_key_data_keys{master_key=\"" + ring_.at(1) + "\"} ";
    EXPECT_NE(metrics_.render().find(figure + "0\n"), std::string::npos) << metrics_.render();
}

TEST_F(MasterKeysTest, it_is_refused_while_a_replica_does_not_know_the_new_key) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->announce_replica({"another", {ring_.at(1)}, 0})));

    const auto refused = rotate();

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(refused.error().message,
              "Replica another does not know master key " + ring_.at(0) + "; restart it with that key in its ring.");
}

TEST_F(MasterKeysTest, it_is_refused_while_a_replica_would_still_encrypt_under_the_old_key) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->announce_replica({"another", {ring_.at(1), ring_.at(0)}, 0})));

    EXPECT_EQ(rotate().error().code, Errc::conflict);
}

TEST_F(MasterKeysTest, a_replica_not_heard_of_for_a_minute_is_passed_over) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->announce_replica({"another", {ring_.at(1)}, 0})));
    clock_.advance(MasterKeys::stale);

    EXPECT_TRUE(rotate());
}

TEST_F(MasterKeysTest, a_rotation_that_was_broken_off_is_gone_on_with_by_itself_to_the_end) {
    add_tenant();
    add_grant();
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->hold_rotation(ring_.at(0), MasterKeys::held)));
    ASSERT_EQ(run(store_->rewrap_data_keys(1)).value(), 1U);
    clock_.advance(MasterKeys::held);

    EXPECT_TRUE(take_up().value());

    EXPECT_EQ(when_ended().remaining, 0U);
    clock_.advance(MasterKeys::held);
    EXPECT_FALSE(take_up().value());
}

TEST_F(MasterKeysTest, a_rotation_that_somebody_goes_on_with_is_left_to_them) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->hold_rotation(ring_.at(0), MasterKeys::held)));

    EXPECT_FALSE(take_up().value());
}

TEST_F(MasterKeysTest, a_new_first_key_alone_begins_no_rotation) {
    add_tenant();
    add_grant();
    bring_in_the_new_key();

    EXPECT_FALSE(take_up().value());
}

TEST_F(MasterKeysTest, a_rotation_that_was_broken_off_waits_until_all_replicas_are_ready) {
    bring_in_the_new_key();
    ASSERT_TRUE(run(store_->hold_rotation(ring_.at(0), MasterKeys::held)));
    ASSERT_TRUE(run(store_->announce_replica({"another", {ring_.at(1)}, 0})));
    clock_.advance(MasterKeys::held);
    EXPECT_EQ(take_up().error().code, Errc::conflict);

    ASSERT_TRUE(run(store_->forget_replica("another")));

    EXPECT_TRUE(take_up().value());
}

TEST_F(MasterKeysTest, the_old_key_is_kept_while_a_replica_holds_token_sets_that_are_not_written) {
    bring_in_the_new_key();
    ASSERT_TRUE(rotate());
    when_ended();
    ASSERT_TRUE(run(store_->announce_replica({"another", ring_, 1})));

    EXPECT_TRUE(report().free.empty());
}

}  // namespace evergrant::broker
