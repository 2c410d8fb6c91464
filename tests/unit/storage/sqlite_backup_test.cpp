// The embedded store as one file, and back.
#include "storage/sqlite/backup.h"

#include "sqlite_test.h"
#include "storage/data_folder.h"
#include "storage/rescue_journal.h"
#include "storage/sqlite/database.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace evergrant::storage {

namespace {

using ::testing::HasSubstr;

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class SqliteBackupTest : public SqliteTest {
protected:
    [[nodiscard]] std::filesystem::path file() const { return place_.path() / "evergrant.backup"; }
    [[nodiscard]] std::filesystem::path new_folder() const { return place_.path() / "restored"; }

    void rescue(const RefreshedGrant& rescued) {
        const auto journal = RescueJournal::open(engine_.folder() / "rescue.journal",
                                                 ring_of({first_key}).derive_all("rescue journal"), random_);
        ASSERT_TRUE((*journal)->append(rescued));
    }

    Result<RestoreReport> restored(std::string_view key = first_key) {
        return restore(file(), new_folder(), ring_of({key}), random_, clock_);
    }

    /// The restored store, open.
    std::unique_ptr<Store> opened() {
        SqliteOptions options;
        options.folder = new_folder();
        return std::move(open_sqlite_store(options, ring_of({first_key}), random_, clock_).value());
    }

    void change_byte_of_backup(std::size_t at) {
        std::fstream stream(file(), std::ios::binary | std::ios::in | std::ios::out);
        stream.seekg(static_cast<std::streamoff>(at));
        const char byte = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ 1));
    }

    evergrant::testing::TemporaryFolder place_;
    crypto::SystemRandom random_;
};

}  // namespace

TEST_F(SqliteBackupTest, a_backup_made_while_the_store_is_open_is_restored_with_all_it_held) {
    ask(store().save_grant(some_grant()));
    ApiKey key;
    key.id = "k1";
    key.secret_hash = std::string(32, 'h');
    ask(store().save_api_key(std::move(key)));
    const auto made = back_up(engine_.folder(), file());
    ASSERT_TRUE(made) << made.error().message << made.error().detail;
    ask(store().save_grant(some_grant(some_key, "later")));

    const auto report = restored();

    ASSERT_TRUE(report) << report.error().message << report.error().detail;
    const ContentCounts expected{0, 0, 1, 1, 0, 0, 0};
    EXPECT_EQ(report->counts, expected);
    const auto moved = opened();
    const auto found = ask(moved->find_connection(some_key)).value();
    EXPECT_EQ(found.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_EQ(ask(contents_of(*moved).identity()), ask(contents_of(store()).identity()));
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "restoring"));
}

TEST_F(SqliteBackupTest, a_backup_is_one_file_for_its_owner_alone_and_holds_no_secret) {
    ask(store().save_grant(some_grant()));

    ASSERT_TRUE(back_up(engine_.folder(), file()));

    struct stat status{};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place_.path()))
        files += entry.is_regular_file() ? 1U : 0U;
    EXPECT_EQ(files, 1U);
    const std::string bytes = content_of(file());
    for (const char* secret : {"refresh-1", "access-1", "api.example"})
        EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
}

TEST_F(SqliteBackupTest, what_waits_in_the_rescue_journal_comes_along) {
    ask(store().save_grant(some_grant()));
    const auto taken = std::get<LeaseTaken>(ask(store().take_lease({some_key, "one", std::chrono::minutes(1), 0})));
    rescue({taken.lease, full_tokens("rescued"), std::nullopt});

    const auto made = back_up(engine_.folder(), file());
    const auto report = restored();

    ASSERT_TRUE(made);
    EXPECT_TRUE(made->with_rescued);
    ASSERT_TRUE(report) << report.error().message << report.error().detail;
    EXPECT_EQ(report->rescued, 1U);
    const auto journal = RescueJournal::open(new_folder() / "rescue.journal",
                                             ring_of({first_key}).derive_all("rescue journal"), random_);
    EXPECT_EQ((*journal)->read_all()->front().tokens.refresh_token.reveal(), "refresh-rescued");
}

TEST_F(SqliteBackupTest, nothing_is_written_over_a_file_or_a_store) {
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    const std::string before = content_of(file());

    const auto again = back_up(engine_.folder(), file());
    const auto into_the_store = restore(file(), engine_.folder(), ring_of({first_key}), random_, clock_);

    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_EQ(content_of(file()), before);
    EXPECT_EQ(into_the_store.error().code, Errc::conflict);
}

TEST_F(SqliteBackupTest, a_folder_without_a_store_is_not_backed_up_and_none_is_made) {
    const auto made = back_up(place_.path() / "nothing", file());

    EXPECT_EQ(made.error().code, Errc::not_found);
    EXPECT_FALSE(std::filesystem::exists(place_.path() / "nothing"));
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SqliteBackupTest, another_master_key_restores_nothing) {
    ask(store().save_grant(some_grant()));
    ASSERT_TRUE(back_up(engine_.folder(), file()));

    const auto report = restored(second_key);

    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("not the one this store was made with"));
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "evergrant.db"));
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "restoring"));
}

TEST_F(SqliteBackupTest, a_sealed_value_that_was_changed_restores_nothing) {
    ask(store().save_grant(some_grant()));
    {
        sqlite::Database raw(engine_.database(), sqlite::Database::Use::write);
        raw.change("UPDATE oauth_tokens SET refresh_token = access_token");
    }
    ASSERT_TRUE(back_up(engine_.folder(), file()));

    const auto report = restored();

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::internal_error);
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "evergrant.db"));
}

TEST_F(SqliteBackupTest, a_file_that_is_no_backup_or_not_a_whole_one_restores_nothing) {
    ask(store().save_grant(some_grant()));
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    const std::string whole = content_of(file());
    for (const std::string& damaged : {std::string(), std::string("no database"), whole.substr(0, whole.size() / 2),
                                       content_of(engine_.database())}) {
        std::ofstream(file(), std::ios::binary | std::ios::trunc) << damaged;

        const auto report = restored();

        ASSERT_FALSE(report) << damaged.size();
        EXPECT_EQ(report.error().code, Errc::invalid_request) << report.error().message;
        EXPECT_FALSE(std::filesystem::exists(new_folder() / "evergrant.db"));
    }
}

TEST_F(SqliteBackupTest, a_page_that_was_changed_restores_nothing) {
    for (int i = 0; i < 50; ++i)
        ask(store().save_grant(some_grant({TenantId("acme"), IntegrationId("in-" + std::to_string(i))})));
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    const std::size_t at = content_of(file()).find("in-3");
    ASSERT_NE(at, std::string::npos);
    change_byte_of_backup(at);

    EXPECT_FALSE(restored());
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "evergrant.db"));
}

TEST_F(SqliteBackupTest, what_a_killed_restore_left_does_not_stand_in_the_way) {
    ask(store().save_grant(some_grant()));
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    std::filesystem::create_directories(new_folder() / "restoring");
    std::filesystem::permissions(new_folder(), std::filesystem::perms::owner_all);
    std::ofstream(new_folder() / "restoring" / "evergrant.db") << "half of it";

    const auto report = restored();

    EXPECT_TRUE(report) << report.error().message;
}

TEST_F(SqliteBackupTest, a_restore_that_was_killed_before_the_database_was_in_its_place_is_run_again) {
    ask(store().save_grant(some_grant()));
    const auto taken = std::get<LeaseTaken>(ask(store().take_lease({some_key, "one", std::chrono::minutes(1), 0})));
    rescue({taken.lease, full_tokens("rescued"), std::nullopt});
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    ASSERT_TRUE(restored());
    std::filesystem::remove(new_folder() / "evergrant.db");

    const auto report = restored();

    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rescued, 1U);
}

TEST_F(SqliteBackupTest, a_rescue_journal_of_another_store_is_not_written_over) {
    ask(store().save_grant(some_grant()));
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    ASSERT_TRUE(restored());
    std::filesystem::remove(new_folder() / "evergrant.db");
    std::ofstream(new_folder() / "rescue.journal") << "of another";

    const auto report = restored();

    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::conflict);
    EXPECT_EQ(content_of(new_folder() / "rescue.journal"), "of another");
    EXPECT_FALSE(std::filesystem::exists(new_folder() / "evergrant.db"));
}

TEST_F(SqliteBackupTest, a_folder_that_is_in_use_is_not_restored_into) {
    ASSERT_TRUE(back_up(engine_.folder(), file()));
    const auto held = DataFolder::claim(new_folder());

    EXPECT_EQ(restored().error().code, Errc::conflict);
}

}  // namespace evergrant::storage
