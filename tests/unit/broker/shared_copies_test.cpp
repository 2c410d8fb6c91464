#include "fleet_stage.h"

namespace evergrant::broker {

using std::chrono::minutes;
using std::chrono::seconds;

class SharedCopiesTest : public FleetStage {
protected:
    std::uint64_t generation() { return stored().summary.generation; }
};

TEST_F(SharedCopiesTest, what_one_replica_has_read_the_other_serves_without_asking_the_store) {
    ASSERT_TRUE(read());

    EXPECT_EQ(served_there(), "token-1");
    EXPECT_EQ(their_store_.reads, 0U);
}

TEST_F(SharedCopiesTest, a_copy_holds_no_refresh_token) {
    ASSERT_TRUE(read());

    ASSERT_TRUE(copies_.held(acme_demo));
    EXPECT_TRUE(copies_.held(acme_demo)->tokens.refresh_token.empty());
}

TEST_F(SharedCopiesTest, a_copy_is_believed_no_longer_than_if_the_store_had_been_asked_by_whom_it_comes_from) {
    ASSERT_TRUE(read());
    clock_.advance(seconds(20));
    ASSERT_EQ(served_there(), "token-1");
    theirs_.loses = true;
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));

    clock_.advance(trust_.with_news - seconds(20));

    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(SharedCopiesTest, a_refresh_puts_the_new_token_set_there) {
    ASSERT_TRUE(read({}, true));

    EXPECT_EQ(copies_.held(acme_demo)->generation, generation());
    EXPECT_EQ(served_there(), "token-2");
    EXPECT_EQ(their_store_.reads, 0U);
}

TEST_F(SharedCopiesTest, a_revoke_takes_the_copy_away_and_none_that_was_read_before_comes_back) {
    ASSERT_TRUE(read());
    const std::uint64_t last = generation();

    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));
    copies_.put(copy(last, seconds(0), "read just before"));

    EXPECT_FALSE(copies_.held(acme_demo));
    EXPECT_EQ(served_there(), "no_connection");
}

TEST_F(SharedCopiesTest, a_cache_that_lies_does_not_bring_back_what_this_replica_removed) {
    const std::uint64_t last = generation();
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));

    copies_.forge(copy(last, seconds(1), "token-1"));

    EXPECT_EQ(read().error().code, Errc::no_connection);
}

TEST_F(SharedCopiesTest, a_cache_that_lies_does_not_bring_back_what_this_replica_heard_was_removed) {
    const std::uint64_t last = generation();
    ASSERT_TRUE(run(use_cases().revoker.revoke(acme_demo)));
    settle();

    copies_.forge(copy(last, seconds(1), "token-1"));

    EXPECT_EQ(served_there(), "no_connection");
}

struct Lie {
    std::string_view name;
    std::chrono::milliseconds age;
    std::chrono::seconds left;
};

class LyingCopyTest : public SharedCopiesTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(LyingCopyTest, is_not_believed) {
    cache::SharedCopy lie = copy(generation(), GetParam().age, "a lie");
    lie.tokens.expires_at = clock_.now_seconds() + GetParam().left;
    copies_.forge(std::move(lie));

    EXPECT_EQ(served_there(), "token-1");
}

INSTANTIATE_TEST_SUITE_P(copies, LyingCopyTest,
                         ::testing::Values(Lie{"too_old", seconds(41), minutes(60)},
                                           Lie{"from_the_future", -seconds(11), minutes(60)},
                                           Lie{"to_be_renewed", seconds(1), minutes(4)},
                                           Lie{"expired", seconds(1), seconds(-1)}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST_F(SharedCopiesTest, no_copy_is_believed_without_news) {
    copies_.forge(copy(generation(), seconds(1), "a copy"));
    theirs_.alive = false;

    EXPECT_EQ(served_there(), "token-1");
}

TEST_F(SharedCopiesTest, no_copy_read_before_a_gap_is_believed_after_it) {
    copies_.forge(copy(generation(), seconds(1), "a copy"));
    theirs_.deliver(std::nullopt);
    settle();

    EXPECT_EQ(served_there(), "token-1");
}

TEST_F(SharedCopiesTest, a_copy_whose_token_is_to_be_refreshed_is_not_what_a_refresh_begins_with) {
    copies_.forge(copy(generation(), seconds(1), "a copy"));
    const auto token = read_there(true);

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_NE(provider_.bodies().front().find("refresh_token=refresh-1"), std::string::npos);
}

}  // namespace evergrant::broker
