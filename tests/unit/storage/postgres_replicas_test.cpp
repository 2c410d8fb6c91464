// Two replicas on one database.
#include "postgres_store_test.h"
#include "tcp_relay.h"

#include <set>

namespace evergrant::storage {

using PostgresReplicasTest = PostgresStoreTest;

namespace {

ConnectionKey key_of(const std::string& integration) {
    return {TenantId("acme"), IntegrationId(integration)};
}

}  // namespace

TEST_F(PostgresReplicasTest, there_is_one_lease_between_them) {
    ask(one().save_grant(some_grant()));
    std::vector<Task<Result<LeaseAnswer>>> calls;
    for (int i = 0; i < 20; ++i) {
        Store& replica = i % 2 == 0 ? one() : two();
        calls.push_back(replica.take_lease({some_key, "owner-" + std::to_string(i), lease_duration, 0}));
    }

    const auto answers = ask_all(std::move(calls));

    const auto taken =
        std::ranges::count_if(answers, [](const auto& a) { return std::holds_alternative<LeaseTaken>(a); });
    const auto held =
        std::ranges::count_if(answers, [](const auto& a) { return std::holds_alternative<LeaseHeld>(a); });
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(held, 19);
}

TEST_F(PostgresReplicasTest, a_restart_of_one_leaves_the_lease_of_the_other) {
    ask(one().save_grant(some_grant()));
    leased(one(), "one");

    other_ = engine_.replica();

    EXPECT_TRUE(std::holds_alternative<LeaseHeld>(lease_asked(two(), "two")));
}

TEST_F(PostgresReplicasTest, a_write_after_the_lease_was_lost_does_not_win) {
    ask(one().save_grant(some_grant()));
    const Lease late = leased(one(), "one");
    clock_.advance(lease_duration);
    const Lease theirs = leased(two(), "two");

    const bool while_held = completed(one(), late, "late");
    const bool written = completed(two(), theirs, "theirs");
    const bool afterwards = completed(one(), late, "late");

    EXPECT_FALSE(while_held);
    EXPECT_TRUE(written);
    EXPECT_FALSE(afterwards);
    EXPECT_EQ(access_token_at(one()), "access-theirs");
}

TEST_F(PostgresReplicasTest, of_a_late_write_and_a_take_over_at_once_one_wins) {
    for (int round = 0; round < 20; ++round) {
        ask(one().save_grant(some_grant()));
        const Lease late = leased(one(), "one");
        clock_.advance(lease_duration);
        std::vector<Task<Result<bool>>> calls;
        calls.push_back(one().complete_refresh({late, full_tokens("late"), std::nullopt}));
        const auto taking = [](Store& store) -> Task<Result<bool>> {
            LeaseRequest request{some_key, "two", lease_duration, 1};
            const auto answer = co_await store.take_lease(std::move(request));
            if (!answer)
                co_return std::unexpected(answer.error());
            co_return std::holds_alternative<LeaseTaken>(*answer) &&
                std::get<LeaseTaken>(*answer).lease.generation == 1;
        };
        calls.push_back(taking(two()));

        const auto answers = ask_all(std::move(calls));

        EXPECT_NE(answers[0], answers[1]);
        ask(one().remove_tenant(TenantId("acme")));
        engine_.execute("UPDATE store_state SET number = 0 WHERE name = 'generation_floor'");
    }
}

TEST_F(PostgresReplicasTest, a_sweep_of_authorizations_takes_the_budgets_whose_windows_ended_and_does_not_count_them) {
    ask(one().reserve_budget({"of the past", std::chrono::seconds(1), 10, 1}));
    clock_.advance(std::chrono::minutes(2));
    ask(one().reserve_budget({"of now", std::chrono::seconds(600), 10, 1}));

    EXPECT_EQ(ask(two().sweep_authorizations(clock_.now())), 0U);

    EXPECT_EQ(engine_.execute("SELECT string_agg(name, ', ') FROM budgets"), "of now");
}

TEST_F(PostgresReplicasTest, a_count_that_takes_too_long_is_ended_by_the_server) {
    ask(one().save_grant(some_grant()));
    engine_.execute(
        "CREATE OR REPLACE FUNCTION evergrant_now() RETURNS bigint LANGUAGE sql VOLATILE"
        " AS 'SELECT 0::bigint FROM pg_sleep(30)'");

    const auto counts = run(one().count_health({}));

    ASSERT_FALSE(counts);
    EXPECT_EQ(counts.error().code, Errc::store_unavailable);
    EXPECT_EQ(engine_.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                              " AND state = 'active' AND pid <> pg_backend_pid()"),
              "0");
}

TEST_F(PostgresReplicasTest, a_removal_whose_answer_was_lost_says_what_it_removed) {
    evergrant::testing::TcpRelay relay(evergrant::testing::PostgresServer::shared().port());
    PostgresOptions options;
    options.url =
        evergrant::testing::PostgresServer::url_through(relay.port(), engine_.execute("SELECT current_database()")) +
        "?sslmode=disable";
    crypto::SystemRandom random;
    const auto distant = value_of(open_postgres_store(options, ring_of({first_key}), random, {&context_}));
    ask(one().save_grant(some_grant(some_key, "a")));
    ask(distant->find_connection(some_key));
    const std::size_t connections = relay.connections();
    relay.lose_answer_to("DELETE FROM oauth_tokens");

    const auto removed = run(distant->remove_connection(some_key));

    EXPECT_GT(relay.connections(), connections);
    ASSERT_TRUE(removed) << removed.error().detail;
    ASSERT_TRUE(*removed);
    EXPECT_EQ((*removed)->tokens.access_token.reveal(), "access-a");
    EXPECT_EQ(access_token_at(one()), "nothing");
}

TEST_F(PostgresReplicasTest, what_one_seals_the_other_opens) {
    std::vector<Task<Result<Connection>>> calls;
    calls.push_back(one().save_grant(some_grant(key_of("a"), "a")));
    calls.push_back(two().save_grant(some_grant(key_of("b"), "b")));

    ask_all(std::move(calls));

    EXPECT_EQ(access_token_at(two(), key_of("a")), "access-a");
    EXPECT_EQ(access_token_at(one(), key_of("b")), "access-b");
}

TEST_F(PostgresReplicasTest, nothing_is_kept_under_a_key_that_the_other_destroyed) {
    ask(one().save_grant(some_grant()));
    ask(two().remove_tenant(TenantId("acme")));

    ask(one().save_grant(some_grant(some_key, "again")));
    EXPECT_EQ(access_token_at(two()), "access-again");

    ask(two().remove_tenant(TenantId("acme")));
    AppCredentials credentials;
    credentials.tenant = TenantId("acme");
    credentials.provider = ProviderId("zoho_crm");
    credentials.client_secrets.emplace_back("secret");
    ask(one().save_app_credentials(std::move(credentials)));
    const auto kept = ask(two().find_app_credentials(TenantId("acme"), ProviderId("zoho_crm")));
    EXPECT_EQ(kept.value().client_secrets.at(0).reveal(), "secret");

    ask(two().remove_tenant(TenantId("acme")));
    PendingAuthorization pending;
    pending.state_hash = "state";
    pending.key = some_key;
    pending.code_verifier = SecretString("verifier");
    pending.expires_at = clock_.now() + std::chrono::minutes(1);
    ask(one().save_authorization(std::move(pending)));
    EXPECT_EQ(ask(two().spend_authorization("state", clock_.now())).value().code_verifier.reveal(), "verifier");
}

TEST_F(PostgresReplicasTest, a_refresh_is_written_although_its_tenant_was_removed_and_came_again_elsewhere) {
    ask(one().save_grant(some_grant()));
    ask(two().remove_tenant(TenantId("acme")));
    ask(two().save_grant(some_grant(some_key, "again")));
    const Lease lease = leased(one(), "one");

    const bool written = completed(one(), lease, "refreshed");

    EXPECT_TRUE(written);
    EXPECT_EQ(access_token_at(two()), "access-refreshed");
}

TEST_F(PostgresReplicasTest, removals_and_writes_at_once_leave_nothing_that_does_not_open) {
    for (int round = 0; round < 10; ++round) {
        std::vector<Task<Result<bool>>> calls;
        const auto saving = [](Store& store, ConnectionKey key) -> Task<Result<bool>> {
            NewGrant grant = some_grant(key);
            const auto saved = co_await store.save_grant(std::move(grant));
            co_return saved.has_value();
        };
        for (int i = 0; i < 6; ++i)
            calls.push_back(saving(i % 2 == 0 ? one() : two(), key_of("in-" + std::to_string(i))));
        calls.push_back(two().remove_tenant(TenantId("acme")));
        calls.push_back(one().remove_tenant(TenantId("acme")));

        ask_all(std::move(calls));

        for (int i = 0; i < 6; ++i) {
            EXPECT_TRUE(run(one().find_connection(key_of("in-" + std::to_string(i)))));
            EXPECT_TRUE(run(two().find_connection(key_of("in-" + std::to_string(i)))));
        }
    }
}

TEST_F(PostgresReplicasTest, no_generation_is_given_twice_while_many_save_and_remove) {
    std::vector<Task<Result<Generation>>> calls;
    const auto saving = [](Store& store) -> Task<Result<Generation>> {
        for (int tries = 0; tries < 20; ++tries) {
            NewGrant grant = some_grant();
            const auto saved = co_await store.save_grant(std::move(grant));
            if (saved)
                co_return saved->summary.generation;
            if (saved.error().code != Errc::store_unavailable)
                co_return std::unexpected(saved.error());
        }
        co_return Generation{0};
    };
    const auto removing = [](Store& store) -> Task<Result<Generation>> {
        const auto removed = co_await store.remove_connection(some_key);
        if (!removed)
            co_return std::unexpected(removed.error());
        co_return Generation{0};
    };
    for (int i = 0; i < 30; ++i) {
        calls.push_back(saving(i % 2 == 0 ? one() : two()));
        if (i % 3 == 0)
            calls.push_back(removing(i % 2 == 0 ? two() : one()));
    }

    const auto generations = ask_all(std::move(calls));

    std::set<Generation> given;
    for (const Generation generation : generations)
        EXPECT_TRUE(generation == 0 || given.insert(generation).second) << generation;
    EXPECT_GE(given.size(), 28U);
}

TEST_F(PostgresReplicasTest, due_connections_that_both_claim_are_different_ones) {
    for (int i = 0; i < 40; ++i) {
        NewGrant grant = some_grant(key_of("in-" + std::to_string(i)));
        grant.refresh_due_at = clock_.now();
        ask(one().save_grant(std::move(grant)));
    }
    std::vector<Task<Result<std::vector<DueConnection>>>> calls;
    for (int i = 0; i < 4; ++i) {
        calls.push_back(one().claim_due_connections({"one", std::chrono::minutes(1), 5, false}));
        calls.push_back(two().claim_due_connections({"two", std::chrono::minutes(1), 5, false}));
    }

    std::size_t offered = 0;
    std::set<ConnectionKey> different;
    for (const auto& claimed : ask_all(std::move(calls))) {
        offered += claimed.size();
        for (const DueConnection& due : claimed)
            different.insert(due.key);
    }

    EXPECT_EQ(offered, different.size());
    EXPECT_GT(offered, 0U);
}

TEST_F(PostgresReplicasTest, two_that_write_to_the_audit_log_at_once_keep_one_chain) {
    std::vector<Task<Result<AuditPosition>>> calls;
    for (int round = 0; round < 5; ++round)
        for (Store* replica : {&one(), &two()})
            calls.push_back(replica->append_audit({AuditEvent{.action = "token.vend"}, AuditEvent{.action = "x"}}));
    ask_all(std::move(calls));

    const AuditCheck check = ask(one().check_audit(0, 100));

    EXPECT_EQ(check.broken, std::nullopt) << check.reason;
    EXPECT_EQ(check.checked_to, 20U);
}

}  // namespace evergrant::storage
