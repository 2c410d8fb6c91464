//
// Moving out of PostgreSQL on the command line: what is brought along, and when nothing is moved.
//
#include "command_fixture.h"

#include "postgres_server.h"
#include "run_task.h"
#include "storage/data_folder.h"
#include "storage/postgres/postgres_store.h"
#include "storage/rescue_journal.h"
#include "storage/sqlite/sqlite_store.h"

#include <gmock/gmock.h>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

oauth::TokenSet tokens_of(const std::string& mark) {
    oauth::TokenSet tokens;
    tokens.access_token = SecretString("access-" + mark);
    tokens.refresh_token = SecretString("refresh-" + mark);
    tokens.token_type = "Bearer";
    return tokens;
}

class CopyFromPostgresTest : public CommandFixture {
protected:
    CopyFromPostgresTest() { environment = {{"ENCRYPTION_KEY", some_key}, {"EVERGRANT_DATA", path_of("data")}}; }

    [[nodiscard]] std::string path_of(const std::string& name) const { return (folder.path() / name).string(); }

    static storage::KeyRing ring() {
        std::vector<SecretString> keys;
        keys.emplace_back(some_key);
        return storage::KeyRing::parse(keys).value();
    }
    std::unique_ptr<storage::Store> opened(bool as_a_server) {
        storage::PostgresOptions options;
        options.url = url;
        options.for_copying = !as_a_server;
        return std::move(storage::open_postgres_store(std::move(options), ring(), random, {&io}).value());
    }

    /// A connection that is being refreshed, and the token set that the journal of `data` holds for it.
    void make_store_with_rescued(const std::string& owner_in_the_journal) {
        const auto store = opened(false);
        storage::NewGrant grant;
        grant.key = key;
        grant.provider = ProviderId("zoho_crm");
        grant.tokens = tokens_of("old");
        ASSERT_TRUE(run_task(io, store->save_grant(std::move(grant))));
        auto answer = run_task(io, store->take_lease({key, "one", std::chrono::minutes(1), 0}));
        storage::Lease lease = std::get<storage::LeaseTaken>(answer.value()).lease;
        lease.owner = owner_in_the_journal;
        ASSERT_TRUE(storage::DataFolder::claim(path_of("data")));
        ASSERT_TRUE(journal()->append({lease, tokens_of("rescued"), std::nullopt}));
    }
    std::unique_ptr<storage::RescueJournal> journal() {
        return std::move(storage::RescueJournal::open(folder.path() / "data" / "rescue.journal",
                                                      ring().derive_all("rescue journal"), random)
                             .value());
    }
    std::string refresh_token_in(const std::string& name) {
        storage::SqliteOptions options;
        options.folder = path_of(name);
        const auto store = storage::open_sqlite_store(options, ring(), random, clock).value();
        return run_task(io, store->find_connection(key)).value()->tokens.refresh_token.reveal();
    }

    int copy_to(const std::string& name) {
        return run({"storage", "copy", "--from", url, "--to", "sqlite:" + path_of(name)});
    }

    const ConnectionKey key{TenantId("acme"), IntegrationId("crm")};
    boost::asio::io_context io{1};
    std::string url{PostgresServer::shared().url(PostgresServer::shared().new_database())};
};

TEST_F(CopyFromPostgresTest, what_waits_in_the_rescue_journal_of_this_machine_comes_along) {
    make_store_with_rescued("one");

    // Into the same folder: its lock is free again by then.
    ASSERT_EQ(copy_to("data"), 0) << error;

    EXPECT_EQ(journal()->size(), 0U);
    EXPECT_EQ(refresh_token_in("data"), "refresh-rescued");
}

TEST_F(CopyFromPostgresTest, a_token_set_that_another_lease_keeps_out_is_not_left_behind) {
    make_store_with_rescued("another");

    EXPECT_EQ(copy_to("new"), 4);

    EXPECT_THAT(error, HasSubstr("A refresh's lease has not run out; try again in two minutes."));
    EXPECT_EQ(journal()->size(), 1U);
}

TEST_F(CopyFromPostgresTest, nothing_is_copied_while_a_server_holds_the_journal) {
    make_store_with_rescued("one");
    const auto held = storage::DataFolder::claim(path_of("data"));

    EXPECT_EQ(copy_to("new"), 4);

    EXPECT_THAT(error, HasSubstr("is in use by another evergrant process"));
}

TEST_F(CopyFromPostgresTest, a_database_without_a_store_is_no_source) {
    EXPECT_EQ(copy_to("new"), 4);

    EXPECT_THAT(error, HasSubstr("There is no store in this database."));
    EXPECT_FALSE(std::filesystem::exists(path_of("new")));
}

TEST_F(CopyFromPostgresTest, a_database_that_a_server_is_connected_to_is_no_source) {
    const auto server = opened(true);
    ASSERT_TRUE(run_task(io, server->list_api_keys()));

    EXPECT_EQ(copy_to("new"), 4);

    EXPECT_THAT(error, HasSubstr("stop every replica first"));
}

TEST_F(CopyFromPostgresTest, what_the_database_says_is_passed_on_and_the_password_is_not) {
    PlainConnection(url).execute("CREATE ROLE scram LOGIN PASSWORD 'right'");
    const std::size_t user = url.find("postgres@");
    url.replace(user, std::string("postgres").size(), "scram:wrong-one");

    EXPECT_EQ(copy_to("new"), 4);

    EXPECT_THAT(error, HasSubstr("password authentication failed"));
    EXPECT_THAT(error, Not(HasSubstr("wrong-one")));
}

}  // namespace
}  // namespace evergrant::testing
