#include "store_contract.h"

namespace evergrant::storage {

TEST_P(LeaseContract, a_lease_on_nothing_is_no_connection) {
    EXPECT_EQ(refusal(store().take_lease({some_key, "one", lease_duration, 0})), Errc::no_connection);
}

TEST_P(LeaseContract, a_free_lease_is_taken_with_the_connection_and_the_first_intent) {
    saved();

    const auto taken = std::get<LeaseTaken>(lease_asked("one"));

    EXPECT_EQ(taken.lease.key, some_key);
    EXPECT_EQ(taken.lease.owner, "one");
    EXPECT_EQ(taken.lease.generation, 1U);
    EXPECT_EQ(taken.lease.expires_at, clock_.now() + lease_duration);
    EXPECT_EQ(taken.connection.tokens.refresh_token.reveal(), "refresh-1");
    ASSERT_TRUE(taken.connection.summary.intent);
    EXPECT_EQ(taken.connection.summary.intent->generation, 1U);
    EXPECT_EQ(taken.connection.summary.intent->since, clock_.now());
    EXPECT_EQ(taken.connection.summary.intent->owner, "one");
    EXPECT_EQ(taken.connection.summary.intent->attempts, 1U);
}

TEST_P(LeaseContract, the_generation_the_caller_holds_is_refreshed_only_if_it_is_the_current_one) {
    saved();
    saved(some_key, "2");

    const auto older = lease_asked("one", 1);
    const auto current = lease_asked("one", generation_after(1));

    ASSERT_TRUE(std::holds_alternative<AlreadyRefreshed>(older));
    EXPECT_EQ(std::get<AlreadyRefreshed>(older).connection.tokens.access_token.reveal(), "access-2");
    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(current));
}

TEST_P(LeaseContract, another_owner_is_told_until_when_the_lease_is_held) {
    saved();
    const Lease lease = leased("one");

    const auto answer = lease_asked("two");

    ASSERT_TRUE(std::holds_alternative<LeaseHeld>(answer));
    EXPECT_EQ(std::get<LeaseHeld>(answer).until, lease.expires_at);
}

TEST_P(LeaseContract, of_fifty_who_race_for_a_lease_one_wins) {
    saved();
    std::vector<Task<Result<LeaseAnswer>>> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(store().take_lease({some_key, "owner-" + std::to_string(i), lease_duration, 1}));

    const auto answers = ask_all(std::move(calls));

    const auto taken =
        std::ranges::count_if(answers, [](const auto& a) { return std::holds_alternative<LeaseTaken>(a); });
    const auto held =
        std::ranges::count_if(answers, [](const auto& a) { return std::holds_alternative<LeaseHeld>(a); });
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(held, 49);
}

TEST_P(LeaseContract, an_expired_lease_is_taken_over_and_the_intent_remembers_the_first_attempt) {
    saved();
    leased("one");
    const Instant first = clock_.now();
    clock_.advance(lease_duration);

    const auto taken = std::get<LeaseTaken>(lease_asked("two"));

    EXPECT_EQ(taken.connection.summary.intent->since, first);
    EXPECT_EQ(taken.connection.summary.intent->attempts, 2U);
    EXPECT_EQ(taken.connection.summary.intent->owner, "two");
}

TEST_P(LeaseContract, the_owner_of_a_lease_may_take_it_again) {
    saved();
    leased("one");

    const auto again = lease_asked("one");

    ASSERT_TRUE(std::holds_alternative<LeaseTaken>(again));
    EXPECT_EQ(std::get<LeaseTaken>(again).connection.summary.intent->attempts, 2U);
}

TEST_P(LeaseContract, a_dead_connection_is_answered_as_it_is) {
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::invalid, "Revoked.", std::nullopt, false}));

    const auto answer = lease_asked("one", 1);

    ASSERT_TRUE(std::holds_alternative<AlreadyRefreshed>(answer));
    EXPECT_EQ(std::get<AlreadyRefreshed>(answer).connection.summary.status, ConnectionStatus::invalid);
}

TEST_P(LeaseContract, a_connection_without_refresh_token_is_answered_as_it_is) {
    NewGrant grant = some_grant();
    grant.tokens.refresh_token = SecretString();
    ask(store().save_grant(std::move(grant)));

    const auto answer = lease_asked("one");

    EXPECT_TRUE(std::holds_alternative<AlreadyRefreshed>(answer));
    EXPECT_FALSE(found()->summary.intent);
}

TEST_P(LeaseContract, the_intent_outlives_a_restart) {
    saved();
    leased("one");

    restart();

    clock_.advance(lease_duration);
    const auto taken = std::get<LeaseTaken>(lease_asked("two"));
    EXPECT_EQ(taken.connection.summary.intent->attempts, 2U);
}

TEST_P(LeaseContract, a_renewed_lease_is_held_for_longer) {
    saved();
    const Lease lease = leased("one");
    clock_.advance(lease_duration - std::chrono::seconds(1));

    const bool renewed = ask(store().renew_lease(lease, lease_duration));

    EXPECT_TRUE(renewed);
    clock_.advance(lease_duration - std::chrono::seconds(1));
    EXPECT_TRUE(std::holds_alternative<LeaseHeld>(lease_asked("two")));
}

TEST_P(LeaseContract, a_lease_that_is_no_longer_ours_is_not_renewed) {
    saved();
    const Lease expired = leased("one");
    clock_.advance(lease_duration);

    EXPECT_FALSE(ask(store().renew_lease(expired, lease_duration)));
    const Lease taken_over = leased("two");
    EXPECT_FALSE(ask(store().renew_lease(expired, lease_duration)));
    completed(taken_over, "2");
    EXPECT_FALSE(ask(store().renew_lease(taken_over, lease_duration)));
}

}  // namespace evergrant::storage
