// Claims: which connections are offered to whom, and for how long.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

constexpr std::chrono::milliseconds claim_duration{60'000};

DueClaim by(const std::string& owner, std::size_t limit = 10) {
    return {owner, claim_duration, limit, false};
}

DueClaim abandoned_by(const std::string& owner) {
    return {owner, claim_duration, 10, true};
}

ConnectionKey key_of(const std::string& name) {
    return {TenantId("acme"), IntegrationId(name)};
}

std::vector<std::string> names_of(const std::vector<DueConnection>& due) {
    std::vector<std::string> names;
    for (const DueConnection& one : due)
        names.push_back(one.key.integration.str());
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_P(ClaimContract, what_is_due_is_offered_soonest_first_and_nothing_before_its_time) {
    for (const int minutes : {3, 1, 2, 9})
        saved_due("in-" + std::to_string(minutes), std::chrono::minutes(minutes));
    saved(key_of("never"));

    EXPECT_TRUE(ask(store().claim_due_connections(by("one"))).empty());
    clock_.advance(std::chrono::minutes(3));
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("one", 1)))), Names{"in-1"});
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), (Names{"in-2", "in-3"}));
}

TEST_P(ClaimContract, two_owners_who_ask_at_once_get_different_connections_and_together_all) {
    for (int i = 0; i < 40; ++i)
        saved_due("in-" + std::to_string(i));
    std::vector<Task<Result<std::vector<DueConnection>>>> calls;
    for (int i = 0; i < 8; ++i)
        calls.push_back(store().claim_due_connections(by(i % 2 == 0 ? "one" : "two", 5)));

    const auto answers = ask_all(std::move(calls));

    std::set<std::string> different;
    std::size_t offered = 0;
    for (const auto& claimed : answers) {
        offered += claimed.size();
        for (const std::string& name : names_of(claimed))
            different.insert(name);
    }
    EXPECT_EQ(different.size(), offered);
    if (offered < 40) {
        for (const std::string& name : names_of(ask(store().claim_due_connections(by("one", 40)))))
            EXPECT_TRUE(different.insert(name).second) << name;
    }
    EXPECT_EQ(different.size(), 40U);
}

TEST_P(ClaimContract, a_claim_that_ran_out_is_offered_to_others) {
    saved_due("crm");
    ask(store().claim_due_connections(by("one")));

    clock_.advance(claim_duration - std::chrono::milliseconds(1));
    EXPECT_TRUE(ask(store().claim_due_connections(by("two"))).empty());
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), Names{"crm"});
    EXPECT_TRUE(ask(store().claim_due_connections(by("three"))).empty());
}

TEST_P(ClaimContract, a_claim_tells_the_generation_that_is_due) {
    saved_due("crm");
    saved_due("crm");

    const auto claimed = ask(store().claim_due_connections(by("one")));

    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().generation, generation_after(1));
}

TEST_P(ClaimContract, what_is_postponed_is_offered_again_after_its_pause_behind_what_was_due_before) {
    saved_due("stuck");
    const auto claimed = ask(store().claim_due_connections(by("one")));
    saved_due("next", std::chrono::minutes(1));

    EXPECT_TRUE(ask(store().postpone_due_connection(claimed.front(), std::chrono::minutes(2))));

    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), Names{"next"});
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), (Names{"next", "stuck"}));
}

TEST_P(ClaimContract, a_generation_that_is_no_longer_current_is_not_postponed) {
    saved_due("crm");
    const auto claimed = ask(store().claim_due_connections(by("one")));
    saved_due("crm");

    EXPECT_FALSE(ask(store().postpone_due_connection(claimed.front(), std::chrono::minutes(2))));
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), Names{"crm"});
}

TEST_P(ClaimContract, what_was_abandoned_is_not_postponed_and_stays_claimed) {
    saved_due("crm");
    leased("one");
    clock_.advance(lease_duration);
    const auto claimed = ask(store().claim_due_connections(by("two")));

    EXPECT_FALSE(ask(store().postpone_due_connection(claimed.front(), std::chrono::minutes(2))));
    EXPECT_TRUE(ask(store().claim_due_connections(by("three"))).empty());
}

TEST_P(ClaimContract, a_refresh_that_succeeds_ends_the_claim) {
    saved_due("crm");
    ask(store().claim_due_connections(by("one")));
    ask(store().complete_refresh({leased("one"), full_tokens("2"), clock_.now()}));

    const auto claimed = ask(store().claim_due_connections(by("two")));

    EXPECT_EQ(names_of(claimed), Names{"crm"});
}

TEST_P(ClaimContract, a_refresh_that_fails_ends_the_claim) {
    for (const bool keep_intent : {false, true}) {
        saved_due("crm");
        ask(store().claim_due_connections(by("one")));
        ask(store().fail_refresh(leased("one"),
                                 {ConnectionStatus::refresh_failed, "Down.", clock_.now(), keep_intent}));

        const auto claimed = ask(store().claim_due_connections(by("two")));

        EXPECT_EQ(names_of(claimed), Names{"crm"}) << keep_intent;
    }
}

TEST_P(ClaimContract, a_new_grant_ends_the_claim_and_so_does_removal) {
    saved_due("crm");
    ask(store().claim_due_connections(by("one")));

    saved_due("crm");
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), Names{"crm"});
    ask(store().remove_connection(some_key));
    saved_due("crm");
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("three")))), Names{"crm"});
}

TEST_P(ClaimContract, a_claim_does_not_keep_anybody_from_the_lease) {
    saved_due("crm");
    ask(store().claim_due_connections(by("one")));

    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(lease_asked("two")));
}

TEST_P(ClaimContract, a_connection_whose_lease_is_held_is_not_offered) {
    saved_due("crm");
    leased("one");

    EXPECT_TRUE(ask(store().claim_due_connections(by("two"))).empty());
    clock_.advance(lease_duration);
    EXPECT_EQ(names_of(ask(store().claim_due_connections(by("two")))), Names{"crm"});
}

TEST_P(ClaimContract, a_dead_connection_is_never_offered) {
    saved_due("crm");
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::invalid, "Revoked.", clock_.now(), true}));

    clock_.advance(std::chrono::hours(1));

    EXPECT_TRUE(ask(store().claim_due_connections(by("two"))).empty());
    EXPECT_TRUE(ask(store().claim_due_connections(abandoned_by("two"))).empty());
}

TEST_P(ClaimContract, a_lease_that_ran_out_before_its_refresh_ended_was_abandoned) {
    saved();
    const Lease lease = leased("one");

    EXPECT_TRUE(ask(store().claim_due_connections(abandoned_by("two"))).empty());
    clock_.advance(lease_duration);
    EXPECT_EQ(names_of(ask(store().claim_due_connections(abandoned_by("two")))), Names{"crm"});
    clock_.advance(claim_duration);
    completed(lease, "2");
    EXPECT_TRUE(ask(store().claim_due_connections(abandoned_by("three"))).empty());
}

TEST_P(ClaimContract, an_abandoned_connection_comes_before_those_that_are_due_and_once) {
    saved_due("due", std::chrono::minutes(-1));
    saved_due("crm");
    leased("one");
    clock_.advance(lease_duration);

    const auto claimed = ask(store().claim_due_connections(by("two")));

    EXPECT_EQ(names_of(claimed), (Names{"crm", "due"}));
}

TEST_P(ClaimContract, who_asks_for_the_abandoned_alone_is_not_offered_what_is_due) {
    saved_due("crm");

    EXPECT_TRUE(ask(store().claim_due_connections(abandoned_by("one"))).empty());
}

TEST_P(ClaimContract, a_refresh_that_ended_in_doubt_was_not_abandoned) {
    saved();

    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "No answer.", std::nullopt, true}));

    clock_.advance(lease_duration);
    EXPECT_TRUE(ask(store().claim_due_connections(abandoned_by("two"))).empty());
}

}  // namespace evergrant::storage
