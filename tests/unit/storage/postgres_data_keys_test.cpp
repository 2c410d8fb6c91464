// The data keys that a replica remembers.
#include "storage/postgres/data_keys.h"

#include <gtest/gtest.h>

namespace evergrant::storage::postgres {

namespace {

WrappedDataKey key_of(const std::string& tenant, std::uint64_t id) {
    return {.id = id,
            .tenant = tenant,
            .master_key_id = "01234567",
            .wrapped = "wrapped",
            .seals_reserved = Sealer::seals_per_reservation};
}

}  // namespace

TEST(PostgresDataKeys, those_not_used_for_long_are_let_go_and_those_just_learned_are_not) {
    DataKeys keys(2);
    for (std::uint64_t id = 1; id <= 5; ++id) {
        keys.remember_with_block(key_of("tenant " + std::to_string(id), id));
        EXPECT_EQ(keys.newest("tenant " + std::to_string(id))->id, id);
    }

    EXPECT_FALSE(keys.find(1));
    EXPECT_THROW((void)keys.newest("tenant 1"), KeyMissing);
    EXPECT_THROW(keys.reserve_seals(1, 1), KeyMissing);
    EXPECT_TRUE(keys.find(4));
    EXPECT_NO_THROW(keys.reserve_seals(5, Sealer::seals_per_reservation));
}

TEST(PostgresDataKeys, one_that_is_used_stays_while_others_come_and_go) {
    DataKeys keys(2);
    keys.remember(key_of("acme", 1));

    for (std::uint64_t id = 2; id <= 20; ++id) {
        keys.remember(key_of("others", id));
        EXPECT_TRUE(keys.find(1)) << id;
    }
}

TEST(PostgresDataKeys, what_is_forgotten_is_gone_from_both_generations) {
    DataKeys keys(2);
    for (std::uint64_t id = 1; id <= 3; ++id)
        keys.remember(key_of("acme", id));

    keys.forget("acme");

    for (std::uint64_t id = 1; id <= 3; ++id)
        EXPECT_FALSE(keys.find(id));
    EXPECT_THROW((void)keys.newest("acme"), KeyMissing);
}

}  // namespace evergrant::storage::postgres
