// Pending revocations: what is gone here and yet to be revoked is neither lost nor asked for by two at a time.
#include "revocation_contract.h"

namespace evergrant::storage {

TEST_P(RevocationContract, what_is_removed_is_noted_with_its_tokens_in_the_same_change) {
    saved();

    const PendingRevocation pending = begun();

    EXPECT_FALSE(found());
    EXPECT_EQ(pending.connection.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_EQ(pending.tries, 0U);
    EXPECT_EQ(waiting(), 1U);
}

TEST_P(RevocationContract, of_what_is_not_there_nothing_is_noted) {
    EXPECT_FALSE(ask(revocations().begin_revocation(some_key, claim)));
    EXPECT_EQ(waiting(), 0U);
}

TEST_P(RevocationContract, who_began_it_has_it_to_himself_until_its_claim_is_over_and_a_restart_does_not_lose_it) {
    saved();
    const std::uint64_t id = begun().id;
    EXPECT_TRUE(claimed().empty());

    restart();
    clock_.advance(claim);

    const auto due = claimed();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due.front().id, id);
    EXPECT_EQ(due.front().connection.summary.key, some_key);
    EXPECT_EQ(due.front().connection.summary.provider.str(), "zoho_crm");
    EXPECT_EQ(due.front().connection.params.at("region"), "eu");
    EXPECT_EQ(due.front().connection.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_EQ(due.front().connection.tokens.access_token.reveal(), "access-1");
    EXPECT_EQ(due.front().age, claim);
    EXPECT_TRUE(claimed().empty());
}

TEST_P(RevocationContract, what_is_put_off_is_due_again_after_its_pause) {
    saved();
    const std::uint64_t id = begun().id;

    EXPECT_TRUE(ask(revocations().postpone_revocation(id, 3, std::chrono::minutes(5))));

    clock_.advance(std::chrono::minutes(4));
    EXPECT_TRUE(claimed().empty());
    clock_.advance(std::chrono::minutes(1));
    ASSERT_EQ(claimed().front().tries, 3U);
}

TEST_P(RevocationContract, what_has_ended_is_gone_and_ends_once) {
    saved();
    const std::uint64_t id = begun().id;

    EXPECT_TRUE(ask(revocations().end_revocation(id)));

    EXPECT_FALSE(ask(revocations().end_revocation(id)));
    EXPECT_FALSE(ask(revocations().postpone_revocation(id, 1, claim)));
    EXPECT_EQ(waiting(), 0U);
}

TEST_P(RevocationContract, a_new_grant_under_the_key_leaves_what_is_to_be_revoked_alone) {
    saved();
    begun();

    saved(some_key, "2");

    clock_.advance(claim);
    EXPECT_EQ(claimed().front().connection.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_EQ(found()->tokens.refresh_token.reveal(), "refresh-2");
}

TEST_P(RevocationContract, a_grant_that_stands_nowhere_is_noted_too) {
    Connection gone;
    gone.summary.key = some_key;
    gone.summary.provider = ProviderId("zoho_crm");
    gone.tokens = full_tokens("orphan");

    const PendingRevocation pending = ask(revocations().add_revocation(std::move(gone), claim));

    EXPECT_EQ(pending.connection.tokens.refresh_token.reveal(), "refresh-orphan");
    clock_.advance(claim);
    EXPECT_EQ(claimed().front().connection.tokens.refresh_token.reveal(), "refresh-orphan");
}

TEST_P(RevocationContract, a_value_that_does_not_open_keeps_no_other_from_being_offered) {
    const ConnectionKey other{TenantId("globex"), IntegrationId("crm")};
    saved();
    saved(other, "2");
    const std::uint64_t damaged = begun().id;
    begun(other);
    tamper("UPDATE pending_revocations SET generation = generation + 7 WHERE id = " + std::to_string(damaged));
    clock_.advance(claim);

    const auto due = claimed();

    ASSERT_EQ(due.size(), 2U);
    EXPECT_TRUE(due.front().connection.tokens.refresh_token.empty());
    EXPECT_EQ(due.back().connection.tokens.refresh_token.reveal(), "refresh-2");
}

TEST_P(RevocationContract, they_are_counted_by_tenant_and_provider_and_the_oldest_tells_its_age) {
    saved();
    begun();
    clock_.advance(std::chrono::hours(1));
    const ConnectionKey other{TenantId("globex"), IntegrationId("crm")};
    saved(other);
    begun(other);

    EXPECT_EQ(ask(revocations().revocations_waiting({})).oldest, std::chrono::hours(1));
    EXPECT_EQ(waiting(), 2U);
    EXPECT_EQ(waiting({.tenant = TenantId("globex"), .provider = {}, .status = {}}), 1U);
    EXPECT_EQ(waiting({.tenant = {}, .provider = ProviderId("zoho_crm"), .status = {}}), 2U);
    EXPECT_EQ(waiting({.tenant = TenantId("acme"), .provider = ProviderId("another"), .status = {}}), 0U);
}

TEST_P(RevocationContract, they_go_with_their_tenant) {
    saved();
    begun();

    EXPECT_TRUE(ask(store().remove_tenant(some_key.tenant)));

    EXPECT_EQ(waiting(), 0U);
}

}  // namespace evergrant::storage
