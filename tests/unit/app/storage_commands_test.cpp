//
// Moving house on the command line: storage copy, migrate, backup and restore.
//
#include "command_fixture.h"

#include "run_task.h"
#include "storage/contents.h"
#include "storage/sqlite/sqlite_store.h"

#include <gmock/gmock.h>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;

class StorageCommandsTest : public CommandFixture {
protected:
    StorageCommandsTest() { environment = {{"ENCRYPTION_KEY", some_key}, {"EVERGRANT_DATA", path_of("data")}}; }

    [[nodiscard]] std::string path_of(const std::string& name) const { return (folder.path() / name).string(); }
    [[nodiscard]] std::string store_named(const std::string& name) const { return "sqlite:" + path_of(name); }

    /// A store with an API key in it.
    void make_store(const std::string& name) {
        ASSERT_EQ(run({"keys", "create", "--name", "first", "--data", path_of(name)}), 0) << error;
    }
    int copy(const std::string& from, const std::string& to) {
        return run({"storage", "copy", "--from", from, "--to", to});
    }
    std::unique_ptr<storage::Store> held(const std::string& name) {
        std::vector<SecretString> keys;
        keys.emplace_back(some_key);
        storage::SqliteOptions options;
        options.folder = path_of(name);
        return std::move(storage::open_sqlite_store(options, *storage::KeyRing::parse(keys), random, clock).value());
    }
};

TEST_F(StorageCommandsTest, a_copy_says_what_it_copied_and_what_it_is_good_for) {
    make_store("data");

    ASSERT_EQ(copy(store_named("data"), store_named("new")), 0) << error;

    EXPECT_EQ(out, "Copied and checked: 1 API keys.\n");
    EXPECT_EQ(error, "copied 1 of 1 API keys\nchecked 1 of 1 API keys\n");
    EXPECT_EQ(run({"keys", "list", "--data", path_of("new")}), 0) << error;
    EXPECT_THAT(out, HasSubstr("first"));
}

TEST_F(StorageCommandsTest, a_copy_that_is_there_already_is_checked_again) {
    make_store("data");
    ASSERT_EQ(copy(store_named("data"), store_named("new")), 0) << error;

    EXPECT_EQ(copy(store_named("data"), store_named("new")), 0) << error;

    EXPECT_EQ(out, "The copy was there already and equals its source: 1 API keys.\n");
}

TEST_F(StorageCommandsTest, a_target_that_holds_other_data_is_refused) {
    make_store("data");
    make_store("other");

    EXPECT_EQ(copy(store_named("data"), store_named("other")), 4);

    EXPECT_THAT(error, HasSubstr("The target holds other data"));
}

TEST_F(StorageCommandsTest, a_store_that_a_server_holds_is_not_copied) {
    make_store("data");
    const auto server = held("data");

    EXPECT_EQ(copy(store_named("data"), store_named("new")), 4);

    EXPECT_THAT(error, HasSubstr("is in use by another evergrant process"));
}

TEST_F(StorageCommandsTest, a_source_that_is_not_there_is_not_made) {
    EXPECT_EQ(copy(store_named("nothing"), store_named("new")), 4);

    EXPECT_THAT(error, HasSubstr("There is no store in"));
    EXPECT_FALSE(std::filesystem::exists(path_of("nothing")));
    EXPECT_FALSE(std::filesystem::exists(path_of("new")));
}

TEST_F(StorageCommandsTest, what_names_no_store_is_refused_with_what_does) {
    EXPECT_EQ(copy("./data", store_named("new")), 2);

    EXPECT_THAT(error, HasSubstr("sqlite:DIR"));
}

TEST_F(StorageCommandsTest, nobody_is_served_from_a_copy_that_has_not_finished) {
    {
        boost::asio::io_context io(1);
        const auto target = held("data");
        ASSERT_TRUE(run_task(
            io, storage::contents_of(*target).write_page({}, R"({"copyOf":"another","kind":1,"cursor":"","done":0})")));
    }

    EXPECT_EQ(run({"keys", "create", "--name", "first"}), 4);

    EXPECT_THAT(error, HasSubstr("run `evergrant storage copy` again"));
}

TEST_F(StorageCommandsTest, migrating_says_what_was_applied_and_then_that_there_is_nothing_to_do) {
    ASSERT_EQ(run({"migrate"}), 0) << error;
    EXPECT_THAT(out, HasSubstr("applied 0001_first_schema\n"));
    EXPECT_EQ(error, "The store is up to date.\n");

    ASSERT_EQ(run({"migrate"}), 0) << error;
    EXPECT_EQ(out, "");
    EXPECT_EQ(error, "The store was up to date.\n");
}

TEST_F(StorageCommandsTest, a_backup_made_while_a_server_runs_is_restored_elsewhere) {
    make_store("data");
    {
        const auto server = held("data");
        ASSERT_EQ(run({"backup", path_of("one.backup")}), 0) << error;
    }
    EXPECT_THAT(out, HasSubstr("Wrote " + path_of("one.backup")));

    ASSERT_EQ(run({"restore", path_of("one.backup"), "--data", path_of("new")}), 0) << error;

    EXPECT_EQ(out, "Restored into " + path_of("new") + " and checked: 1 API keys.\n");
    EXPECT_EQ(run({"keys", "list", "--data", path_of("new")}), 0) << error;
    EXPECT_THAT(out, HasSubstr("first"));
}

TEST_F(StorageCommandsTest, nothing_is_overwritten) {
    make_store("data");
    ASSERT_EQ(run({"backup", path_of("one.backup")}), 0) << error;

    EXPECT_EQ(run({"backup", path_of("one.backup")}), 4);
    EXPECT_EQ(run({"restore", path_of("one.backup")}), 4);

    EXPECT_THAT(error, HasSubstr("holds a store already"));
}

TEST_F(StorageCommandsTest, a_restore_with_another_key_says_so_and_leaves_nothing) {
    make_store("data");
    ASSERT_EQ(run({"backup", path_of("one.backup")}), 0) << error;
    environment["ENCRYPTION_KEY"] = "f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff";

    EXPECT_EQ(run({"restore", path_of("one.backup"), "--data", path_of("new")}), 4);

    EXPECT_THAT(error, HasSubstr("The master key is not the one"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "new" / "evergrant.db"));
}

}  // namespace
}  // namespace evergrant::testing
