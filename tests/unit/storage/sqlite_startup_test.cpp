// What the engine makes of a data folder, and which it refuses.
#include "sqlite_under_test.h"
#include "storage/sqlite/claims.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/health.h"
#include "storage/sqlite/master_keys.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/store_exception.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace evergrant::storage {

namespace {

class SqliteStartupTest : public ::testing::Test {
protected:
    Result<std::unique_ptr<Store>> open(KeyRing ring) {
        SqliteOptions options;
        options.folder = folder_;
        return open_sqlite_store(options, std::move(ring), random_, clock_);
    }
    Result<std::unique_ptr<Store>> open() { return open(ring_of({first_key})); }

    static unsigned mode_of(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 0777U;
    }

    /// How SQLite goes about a statement.
    std::string plan_of(std::string_view sql) {
        sqlite::Database raw(folder_ / "evergrant.db", sqlite::Database::Use::read);
        auto plan = raw.query("EXPLAIN QUERY PLAN " + std::string(sql), 0, 10);
        std::string steps;
        while (plan.step()) {
            plan.seek(3);
            steps += plan.text() + "\n";
        }
        return steps;
    }

    evergrant::testing::TemporaryFolder temporary_;
    std::filesystem::path folder_{temporary_.path() / "nested" / "data"};
    boost::asio::io_context context_{1};
    ManualClock clock_{Instant(std::chrono::milliseconds(1'800'000'000'000))};
    crypto::SystemRandom random_;
};

}  // namespace

TEST_F(SqliteStartupTest, folder_and_files_are_made_for_their_owner_alone) {
    const auto store = open();

    ASSERT_TRUE(store);
    EXPECT_EQ(mode_of(folder_), 0700U);
    for (const char* file : {"evergrant.db", "evergrant.db-wal", "evergrant.db-shm", "evergrant.lock"})
        EXPECT_EQ(mode_of(folder_ / file), 0600U) << file;
}

TEST_F(SqliteStartupTest, a_folder_that_others_may_read_is_refused_with_the_command_that_mends_it) {
    std::filesystem::create_directories(folder_);
    ::chmod(folder_.c_str(), 0755);

    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::forbidden);
    EXPECT_NE(store.error().message.find("chmod 700 " + folder_.string()), std::string::npos) << store.error().message;
}

TEST_F(SqliteStartupTest, a_database_that_others_may_read_is_refused_with_the_command_that_mends_it) {
    (void)open();
    ::chmod((folder_ / "evergrant.db").c_str(), 0644);

    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::forbidden);
    EXPECT_NE(store.error().message.find("chmod 600 " + (folder_ / "evergrant.db").string()), std::string::npos);
}

TEST_F(SqliteStartupTest, a_folder_in_use_is_refused_with_its_name_and_the_process_that_holds_it) {
    const auto first = open();

    const auto second = open();

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_NE(second.error().message.find(folder_.string()), std::string::npos);
    EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid()) + ")"), std::string::npos);
}

TEST_F(SqliteStartupTest, a_folder_is_free_again_once_its_store_is_closed) {
    (void)open();

    EXPECT_TRUE(open());
}

TEST_F(SqliteStartupTest, a_newer_schema_is_refused) {
    (void)open();
    {
        sqlite::Database raw(folder_ / "evergrant.db", sqlite::Database::Use::write);
        raw.change("INSERT INTO schema_version VALUES (9999, 'from_the_future', 0)");
    }

    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("9999"), std::string::npos);
}

TEST_F(SqliteStartupTest, another_master_key_is_refused) {
    (void)open();

    const auto store = open(ring_of({second_key}));

    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("not the one this store was made with"), std::string::npos);
}

TEST_F(SqliteStartupTest, a_new_master_key_opens_the_store_while_the_old_one_stands_behind_it) {
    {
        const auto store = open();
        ASSERT_TRUE(evergrant::testing::run_task(context_, (*store)->save_grant(some_grant())));
    }

    const auto store = open(ring_of({second_key, first_key}));

    ASSERT_TRUE(store);
    const auto found = evergrant::testing::run_task(context_, (*store)->find_connection(some_key));
    EXPECT_EQ((*found)->tokens.access_token.reveal(), "access-1");
}

TEST_F(SqliteStartupTest, a_file_that_is_no_database_is_refused) {
    std::filesystem::create_directories(folder_);
    ::chmod(folder_.c_str(), 0700);
    std::ofstream(folder_ / "evergrant.db") << std::string(4096, 'x');
    ::chmod((folder_ / "evergrant.db").c_str(), 0600);

    const auto store = open();

    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::store_unavailable);
}

TEST_F(SqliteStartupTest, a_migration_that_fails_leaves_the_database_as_it_was) {
    std::filesystem::create_directories(folder_);
    sqlite::Database database(folder_ / "some.db", sqlite::Database::Use::write);
    constexpr Migration good{1, "0001_good", "CREATE TABLE kept (a);"};
    constexpr Migration bad{2, "0002_bad", "CREATE TABLE lost (a); CREATE TABLE kept (a);"};
    const std::array<Migration, 2> both{good, bad};
    sqlite::migrate(database, std::span(both).first(1), clock_.now());

    EXPECT_THROW(sqlite::migrate(database, both, clock_.now()), sqlite::StoreException);

    auto tables = database.query("SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'table'");
    tables.step();
    EXPECT_EQ(tables.text(), "schema_version kept");
}

TEST_F(SqliteStartupTest, living_connections_of_a_version_without_checks_are_looked_at_within_half_an_hour) {
    std::filesystem::create_directories(folder_);
    sqlite::Database database(folder_ / "some.db", sqlite::Database::Use::write);
    const auto all = sqlite::migrations();
    sqlite::migrate(database, all.first(2), clock_.now());
    database.change(
        "INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s,"
        " created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token) VALUES"
        " ('acme', 'alive', 'p', 'healthy', 1, '[]', 77, 5, 6, '{}', 'Bearer', 3600, x'01', x'02'),"
        " ('acme', 'alone', 'p', 'healthy', 2, '[]', 77, 5, 6, '{}', 'Bearer', 3600, x'01', NULL),"
        " ('acme', 'dead', 'p', 'invalid', 3, '[]', 77, 5, 6, '{}', 'Bearer', 3600, x'01', x'02')");

    sqlite::migrate(database, all, clock_.now());

    auto rows = database.query(
        "SELECT group_concat(integration_id || ' ' || generation || ' ' || obtained_at || ' '"
        " || coalesce(dies_at_s, 'never') || ' ' || (next_check_at BETWEEN unixepoch() * 1000 - 60000"
        " AND unixepoch() * 1000 + 1800000) || ' ' || hex(access_token), ', ')"
        " FROM (SELECT * FROM oauth_tokens WHERE next_check_at IS NOT NULL ORDER BY integration_id)");
    rows.step();
    EXPECT_EQ(rows.text(), "alive 1 5 never 1 01, alone 2 5 77 1 01");
    auto kept = database.query("SELECT count(*) FROM oauth_tokens");
    kept.step();
    EXPECT_EQ(kept.integer(), 3);
}

TEST_F(SqliteStartupTest, due_connections_are_found_by_their_index) {
    (void)open();

    const std::string steps = plan_of(sqlite::due_sql);

    EXPECT_NE(steps.find("SEARCH t USING INDEX oauth_tokens_due"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("SCAN"), std::string::npos) << steps;
}

TEST_F(SqliteStartupTest, connections_to_be_looked_at_are_found_by_their_index) {
    (void)open();

    const std::string steps = plan_of(sqlite::due_checks_sql);

    EXPECT_NE(steps.find("SEARCH t USING COVERING INDEX oauth_tokens_checks"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
}

TEST_F(SqliteStartupTest, all_connections_are_counted_by_status_without_a_look_at_their_rows) {
    (void)open();

    const std::string steps = plan_of(std::string(sqlite::count_all_sql) + " GROUP BY t.status, expiring LIMIT ?2");

    EXPECT_NE(steps.find("COVERING INDEX oauth_tokens_by_life"), std::string::npos) << steps;
}

TEST_F(SqliteStartupTest, data_keys_to_be_sealed_anew_are_found_by_their_index_however_many_are_left) {
    (void)open();

    const std::string steps =
        plan_of(sqlite::tenant_keys_to_rewrap_sql) + plan_of(sqlite::deployment_keys_to_rewrap_sql);

    EXPECT_NE(steps.find("USING INDEX data_keys_by_master_key (master_key_id<?)"), std::string::npos) << steps;
    EXPECT_NE(steps.find("USING INDEX data_keys_by_master_key (master_key_id>?)"), std::string::npos) << steps;
    EXPECT_NE(steps.find("USING INDEX data_keys_by_tenant (tenant_id=?)"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
}

TEST_F(SqliteStartupTest, what_expires_next_is_found_by_an_index) {
    (void)open();

    const std::string steps = plan_of(sqlite::next_expiry_sql);

    EXPECT_NE(steps.find("SEARCH t USING COVERING INDEX oauth_tokens_by_life"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
}

TEST_F(SqliteStartupTest, abandoned_connections_are_found_by_their_index) {
    (void)open();

    const std::string steps = plan_of(sqlite::abandoned_sql);

    EXPECT_NE(steps.find("SEARCH i USING COVERING INDEX refresh_intents_by_lease"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("TEMP B-TREE"), std::string::npos) << steps;
    EXPECT_EQ(steps.find("SCAN"), std::string::npos) << steps;
}

}  // namespace evergrant::storage
