// Signing keys: what is added is there for every replica, sealed, and hands over as it was told.
#include "signing_key_contract.h"

namespace evergrant::storage {

TEST_P(SigningKeyContract, a_key_added_is_listed_as_it_is_after_a_restart_too) {
    added("one");

    restart();

    const auto all = listed();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.front().id, "one");
    EXPECT_EQ(all.front().algorithm, "RS384");
    EXPECT_EQ(all.front().private_key.reveal(), "private one");
    EXPECT_EQ(all.front().signs_from, all.front().created_at);
    EXPECT_FALSE(all.front().signs_until);
    EXPECT_FALSE(all.front().published_until);
}

TEST_P(SigningKeyContract, a_key_that_is_there_is_not_added_again_and_ends_no_other) {
    added("one");
    added("two");

    EXPECT_EQ(refusal(keys().add_signing_key(key_of("two"), handover())), Errc::conflict);

    EXPECT_FALSE(listed().front().signs_until);
}

TEST_P(SigningKeyContract, a_handover_ends_the_key_that_it_names_alone) {
    added("one");
    added("other");
    const SigningHandover told = handover();

    added("two", "RS384", told);

    const auto all = listed();
    EXPECT_EQ(all[0].signs_until, told.signs_until);
    EXPECT_EQ(all[0].published_until, told.published_until);
    EXPECT_FALSE(all[1].signs_until);
    EXPECT_FALSE(all[2].signs_until);
}

TEST_P(SigningKeyContract, an_end_once_told_stays) {
    added("one");
    const SigningHandover first = handover();
    added("two", "RS384", first);

    added("three", "RS384", handover());

    EXPECT_EQ(listed().front().published_until, first.published_until);
}

TEST_P(SigningKeyContract, a_key_that_nobody_was_told_of_any_more_is_forgotten_with_the_next_one) {
    added("one");
    added("two", "RS384", handover());
    clock_.advance(std::chrono::hours(3));

    added("other", "ES384");

    EXPECT_EQ(listed().front().id, "two");
}

TEST_P(SigningKeyContract, a_key_removed_is_gone_and_goes_once) {
    added("one");

    EXPECT_TRUE(ask(keys().remove_signing_key("one")));

    EXPECT_TRUE(listed().empty());
    EXPECT_FALSE(ask(keys().remove_signing_key("one")));
}

TEST_P(SigningKeyContract, a_private_key_moved_to_another_row_does_not_open) {
    added("one");
    tamper("UPDATE signing_keys SET id = 'another'");

    EXPECT_EQ(refusal(keys().list_signing_keys()), Errc::internal_error);
}

}  // namespace evergrant::storage
