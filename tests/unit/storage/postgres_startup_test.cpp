// What the engine makes of a database, and which it refuses.
#include "postgres_plan.h"
#include "postgres_store_test.h"
#include "storage/postgres/claims.h"
#include "storage/postgres/health.h"
#include "storage/postgres/master_keys.h"
#include "storage/postgres/schema.h"

#include <array>
#include <thread>

namespace evergrant::storage {

using PostgresStartupTest = PostgresStoreTest;

TEST_F(PostgresStartupTest, both_of_two_that_migrate_at_once_succeed) {
    auto& server = testing::PostgresServer::shared();
    const std::string url = server.url(server.new_database());
    std::array<Result<std::vector<std::string>>, 4> outcomes;
    std::vector<std::thread> threads;
    for (auto& outcome : outcomes)
        threads.emplace_back([&] { outcome = postgres::migrate_postgres(url); });
    for (std::thread& thread : threads)
        thread.join();

    for (const auto& outcome : outcomes)
        EXPECT_TRUE(outcome) << outcome.error().message << " " << outcome.error().detail;
    EXPECT_EQ(testing::PlainConnection(url).execute("SELECT count(*) FROM schema_migrations"),
              std::to_string(postgres::migrations().size()));
}

TEST_F(PostgresStartupTest, both_of_two_that_start_at_once_on_an_empty_database_serve) {
    auto& server = testing::PostgresServer::shared();
    PostgresOptions options;
    options.url = server.url(server.new_database());
    crypto::SystemRandom random;
    std::array<boost::asio::io_context, 3> contexts;
    std::array<std::unique_ptr<Store>, 3> stores;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < stores.size(); ++i)
        threads.emplace_back([&, i] {
            auto opened = open_postgres_store(options, ring_of({first_key}), random, {&contexts[i]});
            if (opened)
                stores[i] = std::move(*opened);
        });
    for (std::thread& thread : threads)
        thread.join();

    for (std::size_t i = 0; i < stores.size(); ++i) {
        ASSERT_TRUE(stores[i]);
        AppCredentials credentials;
        credentials.provider = ProviderId("zoho_crm");
        credentials.client_secrets.emplace_back("secret");
        EXPECT_TRUE(evergrant::testing::run_task(contexts[i], stores[i]->save_app_credentials(std::move(credentials))));
    }
}

TEST_F(PostgresStartupTest, a_newer_schema_is_refused) {
    engine_.execute("INSERT INTO schema_migrations VALUES (9999, 'from_the_future', 0)");

    const auto store = engine_.open(ring_of({first_key}));

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::invalid_request);
    EXPECT_NE(store.error().message.find("9999"), std::string::npos);
}

TEST_F(PostgresStartupTest, another_master_key_is_refused) {
    const auto store = engine_.open(ring_of({second_key}));

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::invalid_request);
    EXPECT_NE(store.error().message.find("not the one this store was made with"), std::string::npos);
}

TEST_F(PostgresStartupTest, a_new_master_key_opens_the_store_while_the_old_one_stands_behind_it) {
    ask(one().save_grant(some_grant()));

    auto store = engine_.open(ring_of({second_key, first_key}));

    ASSERT_TRUE(store);
    EXPECT_EQ(access_token_at(**store), "access-1");
}

TEST_F(PostgresStartupTest, a_database_that_a_server_is_connected_to_is_not_copied) {
    ask(one().list_api_keys());
    PostgresOptions options;
    options.url = engine_.url();
    options.for_copying = true;
    crypto::SystemRandom random;

    const auto store = open_postgres_store(options, ring_of({first_key}), random, {&context_});
    const auto still_alone = refuse_connected_servers(engine_.url());

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::conflict);
    EXPECT_NE(store.error().message.find("stop every replica"), std::string::npos);
    ASSERT_FALSE(still_alone);
    EXPECT_EQ(still_alone.error().code, Errc::conflict);
}

TEST_F(PostgresStartupTest, a_copy_is_not_taken_for_a_server_whatever_the_url_calls_it) {
    auto& server = testing::PostgresServer::shared();
    PostgresOptions options;
    options.url = server.url(server.new_database()) + "&application_name=evergrant";
    options.for_copying = true;
    crypto::SystemRandom random;
    const auto store = open_postgres_store(options, ring_of({first_key}), random, {&context_});
    ASSERT_TRUE(store) << store.error().message << " " << store.error().detail;
    ask((*store)->list_api_keys());

    const auto alone = refuse_connected_servers(options.url);

    EXPECT_TRUE(alone) << alone.error().message << " " << alone.error().detail;
}

TEST_F(PostgresStartupTest, a_store_that_must_exist_is_not_made) {
    auto& server = testing::PostgresServer::shared();
    PostgresOptions options;
    options.url = server.url(server.new_database());
    options.must_exist = true;
    crypto::SystemRandom random;

    const auto store = open_postgres_store(options, ring_of({first_key}), random, {&context_});

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::not_found);
    EXPECT_EQ(
        testing::PlainConnection(options.url).execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0");
    options.url = engine_.url();
    EXPECT_TRUE(open_postgres_store(options, ring_of({first_key}), random, {&context_}));
}

TEST_F(PostgresStartupTest, a_database_of_another_isolation_is_refused_with_what_mends_it) {
    const std::string name = engine_.execute("SELECT current_database()");
    engine_.execute("ALTER DATABASE " + name + " SET default_transaction_isolation = 'repeatable read'");

    const auto store = engine_.open(ring_of({first_key}));

    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("default_transaction_isolation"), std::string::npos);
}

TEST_F(PostgresStartupTest, a_server_that_is_not_there_is_named_in_the_refusal) {
    PostgresOptions options;
    options.url = testing::PostgresServer::url_through(testing::free_port(), "none");
    crypto::SystemRandom random;

    const auto store = open_postgres_store(options, ring_of({first_key}), random, {&context_});

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::store_unavailable);
}

TEST_F(PostgresStartupTest, a_migration_that_fails_leaves_the_database_as_it_was) {
    constexpr Migration good{1, "0001_good", "CREATE TABLE kept (a int);"};
    constexpr Migration bad{2, "0002_bad", "CREATE TABLE lost (a int); CREATE TABLE kept (a int);"};
    const std::array<Migration, 2> both{good, bad};
    auto& server = testing::PostgresServer::shared();
    const std::string database = server.new_database();
    postgres::PoolOptions options;
    options.url = server.url(database);
    postgres::Pool pool(context_, options);

    const auto migrated = evergrant::testing::run_task(context_, postgres::migrate(&pool, both));

    EXPECT_FALSE(migrated);
    EXPECT_EQ(testing::PlainConnection(options.url)
                  .execute("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                           " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"),
              "kept schema_migrations");
}

TEST_F(PostgresStartupTest, a_script_is_cut_at_semicolons_outside_of_quotes_and_comments) {
    const auto statements = postgres::statements_of(
        "-- one; comment\nCREATE A 'it''s; B';\n\n-- only a comment; here\n;CREATE \"C;\" -- last;\n");

    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(statements[0], "-- one; comment\nCREATE A 'it''s; B'");
    EXPECT_EQ(statements[1], "CREATE \"C;\" -- last;\n");
}

TEST_F(PostgresStartupTest, due_connections_are_found_by_their_indexes) {
    const std::string plan = plan_of(engine_, postgres::claim_due_sql);

    EXPECT_NE(plan.find("Index Scan using oauth_tokens_due"), std::string::npos) << plan;
    EXPECT_NE(plan.find("refresh_intents_leased"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
}

TEST_F(PostgresStartupTest, data_keys_to_be_sealed_anew_are_found_by_their_indexes_however_many_are_left) {
    engine_.execute(
        "INSERT INTO data_keys (id, tenant_id, master_key_id, wrapped)"
        " SELECT 1000 + n, 'tenant-' || n, 'old', 'x' FROM generate_series(1, 20000) n");
    engine_.execute("ANALYZE");
    engine_.execute("PREPARE next_part (text, bigint) AS " + std::string(postgres::data_keys_to_rewrap_sql));
    engine_.execute("SET plan_cache_mode = force_generic_plan");

    const std::string plan = engine_.execute(
        "CREATE FUNCTION explained() RETURNS text LANGUAGE plpgsql AS 'DECLARE line text; plan text := ''''; BEGIN"
        " FOR line IN EXECUTE ''EXPLAIN EXECUTE next_part (''''new'''', 200)'' LOOP plan := plan || line || chr(10);"
        " END LOOP; RETURN plan; END'; SELECT explained()");

    EXPECT_NE(plan.find("Index Scan using data_keys_by_master_key"), std::string::npos) << plan;
    EXPECT_NE(plan.find("Index Scan using data_keys_by_tenant"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
}

TEST_F(PostgresStartupTest, abandoned_connections_are_found_by_their_index) {
    const std::string plan = plan_of(engine_, postgres::claim_abandoned_sql);

    EXPECT_NE(plan.find("refresh_intents_leased"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
}

TEST_F(PostgresStartupTest, connections_to_be_looked_at_are_found_by_their_index) {
    const std::string plan = plan_of(engine_, check_claim_of_three_parameters());

    EXPECT_NE(plan.find("Index Scan using oauth_tokens_checks"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

TEST_F(PostgresStartupTest, what_expires_next_is_found_by_an_index) {
    engine_.execute(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s,"
        " created_at, updated_at, params, token_type, lifetime_s)"
        " SELECT 'globex', n::text, 'p', 'healthy', 1, '[]', n, 0, 0, '{}', '', 0 FROM generate_series(1, 20000) n");

    const std::string plan = plan_of(engine_, postgres::next_expiries_sql());

    EXPECT_NE(plan.find("Scan using oauth_tokens_by_life"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

TEST_F(PostgresStartupTest, connections_without_a_probe_planned_are_found_by_their_index) {
    const std::string plan = plan_of(engine_, check_demand_of_three_parameters());

    EXPECT_NE(plan.find("using oauth_tokens_plans"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan on oauth_tokens"), std::string::npos) << plan;
}

}  // namespace evergrant::storage
