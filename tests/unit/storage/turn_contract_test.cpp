// Turns: what only one may do at a time.
#include "turn_contract.h"

namespace evergrant::storage {

TEST_P(TurnContract, one_has_it_until_it_ends) {
    EXPECT_TRUE(asked("one").taken);
    EXPECT_FALSE(asked("two").taken);

    EXPECT_TRUE(ended("one"));

    EXPECT_TRUE(asked("two").taken);
}

TEST_P(TurnContract, each_name_has_turns_of_its_own) {
    EXPECT_TRUE(asked("one").taken);

    EXPECT_TRUE(asked("two", "another customer").taken);
}

TEST_P(TurnContract, an_owner_may_take_its_own_again) {
    EXPECT_TRUE(asked("one").taken);

    EXPECT_TRUE(asked("one").taken);
}

TEST_P(TurnContract, whose_owner_never_ends_it_is_anothers_after_its_time) {
    EXPECT_TRUE(asked("one").taken);
    clock_.advance(std::chrono::seconds(60));

    EXPECT_TRUE(asked("two").taken);
    EXPECT_FALSE(ended("one", "late"));
    EXPECT_FALSE(asked("three").taken);
}

TEST_P(TurnContract, the_next_one_is_told_what_was_made) {
    EXPECT_EQ(asked("one").record_id, "");
    EXPECT_TRUE(ended("one", "contacts:1"));

    EXPECT_EQ(asked("two").record_id, "contacts:1");
    EXPECT_TRUE(ended("two"));
    EXPECT_EQ(asked("three").record_id, "contacts:1");
}

TEST_P(TurnContract, what_was_made_is_forgotten_after_some_minutes) {
    EXPECT_TRUE(asked("one").taken);
    EXPECT_TRUE(ended("one", "contacts:1"));
    clock_.advance(turn_memory);

    EXPECT_EQ(asked("two").record_id, "");
}

TEST_P(TurnContract, outlives_a_restart) {
    EXPECT_TRUE(asked("one").taken);
    EXPECT_TRUE(ended("one", "contacts:1"));

    restart();

    EXPECT_EQ(asked("two").record_id, "contacts:1");
}

TEST_P(TurnContract, of_many_who_ask_at_once_one_gets_it) {
    std::vector<Task<Result<Turn>>> calls;
    for (int i = 0; i < 20; ++i)
        calls.push_back(turns_of(store()).take_turn({"customer", std::to_string(i), std::chrono::seconds(60)}));

    int taken = 0;
    for (const Turn& turn : ask_all(std::move(calls)))
        taken += turn.taken ? 1 : 0;

    EXPECT_EQ(taken, 1);
}

TEST_P(TurnContract, a_sweep_leaves_what_is_held_or_remembered) {
    EXPECT_TRUE(asked("one").taken);
    EXPECT_TRUE(ended("one", "contacts:1"));

    ask(store().sweep_authorizations(clock_.now()));

    EXPECT_EQ(asked("two").record_id, "contacts:1");
}

}  // namespace evergrant::storage
