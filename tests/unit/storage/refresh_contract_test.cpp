#include "store_contract.h"

namespace evergrant::storage {

TEST_P(RefreshContract, a_completed_refresh_replaces_the_token_set_and_ends_lease_and_intent) {
    saved();
    const Lease lease = leased("one");
    clock_.advance(std::chrono::seconds(2));
    const Instant due = clock_.now() + std::chrono::hours(1);

    const bool written = ask(store().complete_refresh({lease, full_tokens("2"), due}));

    EXPECT_TRUE(written);
    const auto connection = found().value();
    EXPECT_EQ(connection.summary.generation, 2U);
    EXPECT_EQ(connection.tokens.access_token.reveal(), "access-2");
    EXPECT_EQ(connection.tokens.refresh_token.reveal(), "refresh-2");
    EXPECT_EQ(connection.tokens.metadata.at("mark"), "2");
    EXPECT_EQ(connection.summary.last_refresh, clock_.now());
    EXPECT_EQ(connection.summary.next_try_at, due);
    EXPECT_FALSE(connection.summary.intent);
    EXPECT_EQ(connection.params, (catalog::Parameters{{"region", "eu"}}));
    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(lease_asked("two", 2)));
}

TEST_P(RefreshContract, what_stays_through_a_refresh_opens_under_the_new_generation) {
    saved();
    oauth::TokenSet kept_refresh_token = full_tokens("2");
    kept_refresh_token.refresh_token = SecretString("refresh-1");

    ask(store().complete_refresh({leased("one"), std::move(kept_refresh_token), std::nullopt}));

    EXPECT_EQ(found()->tokens.refresh_token.reveal(), "refresh-1");
}

TEST_P(RefreshContract, a_completed_refresh_clears_the_failures_before_it) {
    saved();
    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "Down.", clock_.now(), false}));

    completed(leased("one"), "2");

    const auto connection = found().value();
    EXPECT_EQ(connection.summary.status, ConnectionStatus::healthy);
    EXPECT_EQ(connection.summary.failures, 0U);
    EXPECT_EQ(connection.summary.last_error, "");
}

TEST_P(RefreshContract, a_write_after_a_newer_one_writes_nothing) {
    saved();
    const Lease lease = leased("one");
    saved(some_key, "newer");

    const bool written = completed(lease, "late");

    EXPECT_FALSE(written);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-newer");
}

TEST_P(RefreshContract, a_token_set_is_written_over_an_older_generation_that_a_failover_has_brought_back) {
    saved();
    Lease lease = leased("one");
    lease.generation = 3;

    EXPECT_TRUE(completed(lease, "newest"));

    EXPECT_EQ(found()->summary.generation, 4U);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-newest");
}

TEST_P(RefreshContract, a_token_set_is_not_written_over_an_older_generation_that_another_is_refreshing) {
    saved();
    Lease lease = leased("one");
    lease.generation = 3;
    lease.owner = "two";

    EXPECT_FALSE(completed(lease, "newest"));

    EXPECT_EQ(found()->summary.generation, 1U);
}

TEST_P(RefreshContract, a_failure_is_not_recorded_over_an_older_generation) {
    saved();
    Lease lease = leased("one");
    lease.generation = 3;

    EXPECT_FALSE(ask(store().fail_refresh(lease, {ConnectionStatus::invalid, "Revoked.", std::nullopt, false})));
}

TEST_P(RefreshContract, a_refresh_begins_with_the_connection_and_the_app_credentials_of_its_tenant) {
    saved();
    AppCredentials credentials;
    credentials.tenant = some_key.tenant;
    credentials.provider = found()->summary.provider;
    credentials.client_id = "own";
    credentials.client_secrets.emplace_back("secret");
    ask(store().save_app_credentials(std::move(credentials)));

    const auto basis = ask(store().find_refresh_basis(some_key)).value();

    EXPECT_EQ(basis.connection.tokens.refresh_token.reveal(), "refresh-1");
    ASSERT_TRUE(basis.own_credentials);
    EXPECT_EQ(basis.own_credentials->client_id, "own");
    EXPECT_EQ(basis.own_credentials->client_secrets.front().reveal(), "secret");
}

TEST_P(RefreshContract, without_credentials_of_its_own_a_tenants_refresh_begins_with_the_connection_alone) {
    saved();
    AppCredentials deployment;
    deployment.provider = found()->summary.provider;
    deployment.client_id = "deployment";
    ask(store().save_app_credentials(std::move(deployment)));

    const auto basis = ask(store().find_refresh_basis(some_key)).value();

    EXPECT_EQ(basis.connection.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_FALSE(basis.own_credentials);
    EXPECT_FALSE(ask(store().find_refresh_basis({TenantId("nobody"), IntegrationId("crm")})));
}

TEST_P(RefreshContract, the_same_write_twice_counts_once) {
    saved();
    const Lease lease = leased("one");
    completed(lease, "2");

    const bool again = completed(lease, "2");

    EXPECT_FALSE(again);
    EXPECT_EQ(found()->summary.generation, 2U);
}

TEST_P(RefreshContract, a_late_write_is_taken_while_nobody_else_has_refreshed) {
    saved();
    const Lease lease = leased("one");
    clock_.advance(lease_duration * 10);

    const bool written = completed(lease, "late");

    EXPECT_TRUE(written);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-late");
}

TEST_P(RefreshContract, a_late_write_does_not_win_over_somebody_elses_refresh) {
    saved();
    const Lease late = leased("one");
    clock_.advance(lease_duration);
    completed(leased("two"), "theirs");

    const bool written = completed(late, "late");

    EXPECT_FALSE(written);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-theirs");
}

TEST_P(RefreshContract, a_late_write_is_refused_while_another_holds_the_lease_and_taken_once_that_has_ended) {
    saved();
    const Lease late = leased("one");
    clock_.advance(lease_duration);
    const Lease theirs = leased("two");

    EXPECT_FALSE(completed(late, "late"));
    ask(store().fail_refresh(theirs, {ConnectionStatus::invalid, "invalid_grant", std::nullopt, false}));
    EXPECT_TRUE(completed(late, "late"));
    EXPECT_EQ(found()->summary.status, ConnectionStatus::healthy);
}

TEST_P(RefreshContract, of_fifty_writes_for_one_generation_one_is_taken) {
    saved();
    const Lease lease = leased("one");
    std::vector<Task<Result<bool>>> calls;
    for (int i = 0; i < 50; ++i)
        calls.push_back(store().complete_refresh({lease, full_tokens(std::to_string(i)), std::nullopt}));

    const auto written = ask_all(std::move(calls));

    EXPECT_EQ(std::ranges::count(written, true), 1);
    EXPECT_EQ(found()->summary.generation, 2U);
}

TEST_P(RefreshContract, a_failure_is_recorded_and_ends_lease_and_intent) {
    saved();
    const Instant next = clock_.now() + std::chrono::minutes(1);

    const bool recorded = ask(
        store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "The provider is down.", next, false}));

    EXPECT_TRUE(recorded);
    const auto connection = found().value();
    EXPECT_EQ(connection.summary.status, ConnectionStatus::refresh_failed);
    EXPECT_EQ(connection.summary.last_error, "The provider is down.");
    EXPECT_EQ(connection.summary.failures, 1U);
    EXPECT_EQ(connection.summary.next_try_at, next);
    EXPECT_FALSE(connection.summary.intent);
    EXPECT_EQ(connection.summary.generation, 1U);
    EXPECT_EQ(connection.tokens.refresh_token.reveal(), "refresh-1");
}

TEST_P(RefreshContract, a_failure_that_may_have_spent_the_token_keeps_the_intent_and_ends_the_lease) {
    saved();

    ask(store().fail_refresh(leased("one"), {ConnectionStatus::refresh_failed, "No answer.", std::nullopt, true}));

    ASSERT_TRUE(found()->summary.intent);
    const auto next = std::get<LeaseTaken>(lease_asked("two"));
    EXPECT_EQ(next.connection.summary.intent->attempts, 2U);
}

TEST_P(RefreshContract, a_failure_of_an_older_generation_is_not_recorded) {
    saved();
    const Lease lease = leased("one");
    saved(some_key, "newer");

    const bool recorded =
        ask(store().fail_refresh(lease, {ConnectionStatus::invalid, "invalid_grant", std::nullopt, false}));

    EXPECT_FALSE(recorded);
    EXPECT_EQ(found()->summary.status, ConnectionStatus::healthy);
}

}  // namespace evergrant::storage
