// Who granted access stands with the connection, and goes with it.
#include "store_contract.h"

namespace evergrant::storage {

namespace {

NewGrant by_ada() {
    NewGrant grant = some_grant();
    grant.granted_by = oauth::Identity{
        .issuer = "https://issuer.example", .subject = "ada-1815", .email = "ada@acme.example", .name = "Ad\xc3\xa4"};
    return grant;
}

}  // namespace

TEST_P(GrantedByContract, is_found_as_it_was_saved) {
    ask(store().save_grant(by_ada()));

    const auto granted_by = found()->summary.granted_by;

    ASSERT_TRUE(granted_by);
    EXPECT_EQ(granted_by->issuer, "https://issuer.example");
    EXPECT_EQ(granted_by->subject, "ada-1815");
    EXPECT_EQ(granted_by->email, "ada@acme.example");
    EXPECT_EQ(granted_by->name, "Ad\xc3\xa4");
}

TEST_P(GrantedByContract, is_kept_by_a_refresh) {
    ask(store().save_grant(by_ada()));
    const Lease lease = leased("one");
    ask(store().complete_refresh({lease, full_tokens("2"), std::nullopt}));

    EXPECT_EQ(found()->summary.granted_by->subject, "ada-1815");
}

TEST_P(GrantedByContract, ends_with_a_grant_of_whom_nothing_is_said) {
    ask(store().save_grant(by_ada()));
    ask(store().save_grant(some_grant(some_key, "2")));

    EXPECT_FALSE(found()->summary.granted_by);
}

TEST_P(GrantedByContract, is_listed) {
    ask(store().save_grant(by_ada()));

    const auto page = ask(store().list_connections({}, "", 10));

    EXPECT_EQ(page.items.front().granted_by->email, "ada@acme.example");
}

}  // namespace evergrant::storage
