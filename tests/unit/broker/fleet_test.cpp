#include "fleet_stage.h"

namespace evergrant::broker {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class FleetTest : public FleetStage {
protected:
    void revoke() { ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo))); }
};

TEST_F(FleetTest, a_revoke_on_one_replica_is_refused_by_the_other) {
    ASSERT_EQ(served_there(), "token-1");

    revoke();
    settle();

    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(FleetTest, a_new_token_set_of_one_replica_is_served_by_the_other) {
    ASSERT_EQ(served_there(), "token-1");

    ASSERT_TRUE(read({}, true));
    settle();

    EXPECT_EQ(served_there(), "token-2");
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(FleetTest, a_revoke_whose_message_is_lost_is_refused_within_the_bound_with_news) {
    ASSERT_EQ(served_there(), "token-1");
    theirs_.loses = true;

    revoke();
    settle();
    clock_.advance(trust_.with_news - seconds(1));
    const std::string just_before = served_there();
    clock_.advance(seconds(1));

    EXPECT_EQ(just_before, "token-1");
    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(FleetTest, without_news_the_bound_is_the_shorter_one) {
    ASSERT_EQ(served_there(), "token-1");
    theirs_.alive = false;

    revoke();
    clock_.advance(trust_.without_news - seconds(1));
    const std::string just_before = served_there();
    clock_.advance(seconds(1));

    EXPECT_EQ(just_before, "token-1");
    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(FleetTest, after_a_gap_nothing_is_believed_without_a_look_at_the_store) {
    ASSERT_EQ(served_there(), "token-1");
    theirs_.loses = true;
    revoke();

    theirs_.deliver(std::nullopt);
    settle();

    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(FleetTest, a_clock_that_is_set_back_makes_no_trust_longer) {
    ASSERT_EQ(served_there(), "token-1");
    theirs_.loses = true;
    revoke();

    clock_.advance(trust_.with_news);
    clock_.step(-minutes(5));

    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(FleetTest, no_shard_serves_at_once_what_is_no_longer_believed) {
    ASSERT_EQ(served_there(), "token-1");
    TokenVendor& vendor = their_use_cases().tokens;
    const bool before = vendor.cached("acme", "demo", clock_.now_seconds(), seconds(0)) != nullptr;

    clock_.advance(trust_.with_news);

    EXPECT_TRUE(before);
    EXPECT_EQ(vendor.cached("acme", "demo", clock_.now_seconds(), seconds(0)), nullptr);
}

TEST_F(FleetTest, what_still_stands_is_believed_again_and_not_written_anew) {
    const auto first = read_there();
    const std::size_t rendered = rendered_;
    clock_.advance(trust_.with_news);

    const auto again = read_there();
    const std::size_t reads = their_store_.reads;
    const auto once_more = read_there();

    EXPECT_EQ(*first, *again);
    EXPECT_EQ(*again, *once_more);
    EXPECT_EQ(rendered_, rendered);
    EXPECT_EQ(their_store_.reads, reads);
}

TEST_F(FleetTest, a_token_that_was_replaced_while_its_message_was_lost_is_replaced_at_the_next_look) {
    ASSERT_EQ(served_there(), "token-1");
    theirs_.loses = true;
    ASSERT_TRUE(read({}, true));

    clock_.advance(trust_.with_news);

    EXPECT_EQ(served_there(), "token-2");
}

TEST_F(FleetTest, a_read_does_not_fail_while_the_store_is_away_and_the_token_held_is_valid) {
    ASSERT_EQ(served_there(), "token-1");
    their_store_.away = true;

    clock_.advance(minutes(50));
    const std::string while_valid = served_there();
    clock_.advance(minutes(11));

    EXPECT_EQ(while_valid, "token-1");
    EXPECT_EQ(served_there(), "store_unavailable");
}

TEST_F(FleetTest, a_store_that_is_away_is_not_asked_at_each_read) {
    ASSERT_EQ(served_there(), "token-1");
    their_store_.away = true;
    clock_.advance(trust_.with_news);
    static_cast<void>(served_there());
    const std::size_t reads = their_store_.reads;

    static_cast<void>(served_there());

    EXPECT_EQ(their_store_.reads, reads);
}

TEST_F(FleetTest, a_token_that_was_replaced_is_served_while_the_store_is_away_and_one_that_was_removed_is_not) {
    ASSERT_EQ(served_there(), "token-1");
    const std::uint64_t generation = stored().summary.generation;
    their_store_.away = true;

    theirs_.deliver(cache::News{cache::News::Kind::replaced, acme_demo, generation + 1});
    settle();
    const std::string replaced = served_there();
    theirs_.deliver(cache::News{cache::News::Kind::removed, acme_demo, generation + 1});
    settle();

    EXPECT_EQ(replaced, "token-1");
    EXPECT_EQ(served_there(), "store_unavailable");
}

TEST_F(FleetTest, a_row_read_before_a_refresh_and_told_after_it_does_not_bring_back_the_token_before) {
    ASSERT_EQ(served_there(), "token-1");
    provider_.holds_answers = true;
    auto refreshed = begin_to_read_there(true);
    wait_until([this] { return provider_.requests() == 1; });
    const std::size_t reads = their_store_.reads;
    their_store_.holds_reads = true;
    clock_.advance(trust_.with_news);
    auto late = begin_to_read_there(false);
    wait_until([this, reads] { return their_store_.reads > reads; });

    provider_.holds_answers = false;
    const auto first = refreshed.get();
    their_store_.holds_reads = false;
    const auto second = late.get();

    EXPECT_EQ((*first)->access_token.reveal(), "token-2");
    EXPECT_EQ((*second)->access_token.reveal(), "token-2");
    EXPECT_EQ(served_there(), "token-2");
}

TEST_F(FleetTest, who_has_answered_with_a_token_does_not_go_back_to_the_one_before_when_the_store_goes_away) {
    ASSERT_TRUE(begin_to_read_at_home_there().get());
    theirs_.loses = true;
    ASSERT_TRUE(read({}, true));
    clock_.advance(trust_.with_news);
    const std::size_t reads = their_store_.reads;
    their_store_.holds_reads = true;
    auto looking = begin_to_read_at_home_there();
    wait_until([this, reads] { return their_store_.reads > reads; });
    they_find_nothing_to_revoke();
    their_store_.holds_reads = false;
    const auto replaced = looking.get();

    their_store_.away = true;

    EXPECT_EQ((*replaced)->access_token.reveal(), "token-2");
    EXPECT_FALSE(begin_to_read_at_home_there().get());
}

TEST_F(FleetTest, what_a_refresh_brings_after_its_connection_was_removed_is_kept_by_nobody_while_the_store_is_away) {
    const storage::Generation generation = stored().summary.generation;
    provider_.answers(200, token_answer("token-2", "refresh-2"));
    provider_.holds_answers = true;
    auto refreshing = begin_to_read_there(true);
    wait_until([this] { return provider_.requests() == 1; });
    boost::asio::co_spawn(other_shards_[0].context(), other_->vendors().removed(acme_demo, generation),
                          boost::asio::use_future)
        .get();
    their_store_.away = true;

    provider_.holds_answers = false;
    refreshing.wait();

    EXPECT_EQ(served_there(), "store_unavailable");
}

TEST_F(FleetTest, a_token_set_of_another_replica_that_has_ended_by_our_clock_is_refreshed_once_more) {
    ASSERT_EQ(served_there(), "token-1");
    provider_.answers(200,
                      R"({"access_token":"short","refresh_token":"refresh-2","token_type":"Bearer","expires_in":60})");
    ASSERT_TRUE(read({}, true));
    settle();
    provider_.answers(200, token_answer("token-3", "refresh-3"));
    clock_.advance(std::chrono::minutes(60));

    const std::string served = served_there();

    EXPECT_EQ(served, "token-3");
}

TEST_F(FleetTest, old_news_change_nothing) {
    ASSERT_EQ(served_there(), "token-1");
    const std::uint64_t generation = stored().summary.generation;
    const std::size_t reads = their_store_.reads;

    theirs_.deliver(cache::News{cache::News::Kind::replaced, acme_demo, generation});
    theirs_.deliver(cache::News{cache::News::Kind::removed, acme_demo, generation - 1});
    settle();

    EXPECT_EQ(served_there(), "token-1");
    EXPECT_EQ(their_store_.reads, reads);
}

TEST_F(FleetTest, false_news_cost_a_look_at_the_store_and_nothing_else) {
    ASSERT_EQ(served_there(), "token-1");

    theirs_.deliver(cache::News{cache::News::Kind::removed, acme_demo, 1'000'000});
    settle();

    EXPECT_EQ(served_there(), "token-1");
}

TEST_F(FleetTest, a_key_revoked_on_one_replica_is_refused_by_the_other) {
    storage::ApiKey described;
    described.name = "a key";
    const auto minted = run(use_cases().administration.create_key(std::move(described)));
    const std::string header = "Bearer " + std::string(minted->text.reveal());
    ASSERT_TRUE(run_there(their_use_cases().authenticator.authenticate(header)));

    ASSERT_TRUE(run(use_cases().administration.revoke_key(minted->key.id)));
    settle();

    EXPECT_FALSE(run_there(their_use_cases().authenticator.authenticate(header)));
}

class LoneReplicaTest : public Stage {};

TEST_F(LoneReplicaTest, a_process_that_has_the_store_for_itself_trusts_what_it_knows) {
    add_tenant();
    add_grant(hours(1));
    ASSERT_TRUE(read());
    ASSERT_TRUE(run(store_->remove_connection(acme_demo)));

    clock_.advance(minutes(30));

    EXPECT_TRUE(read());
}

}  // namespace evergrant::broker
