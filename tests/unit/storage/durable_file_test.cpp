#include "storage/durable_file.h"

#include "file_size_limit.h"
#include "temporary_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

namespace evergrant::storage {
namespace {

using evergrant::testing::FileSizeLimit;
using evergrant::testing::TemporaryFolder;

class DurableFileTest : public ::testing::Test {
protected:
    std::string on_disk() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    mode_t mode() const {
        struct stat status{};
        ::stat(path.c_str(), &status);
        return status.st_mode & 07777U;
    }
    void write(std::string_view content, mode_t mode) const {
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
    }

    TemporaryFolder folder;
    std::filesystem::path path{folder.path() / "file"};
};

TEST_F(DurableFileTest, a_new_file_is_empty_and_private) {
    const auto before = ::umask(0);
    const auto file = DurableFile::open(path);
    ::umask(before);

    ASSERT_TRUE(file);
    EXPECT_EQ(file.value()->read().value(), "");
    EXPECT_EQ(mode(), 0600U);
}

TEST_F(DurableFileTest, what_is_appended_stands_behind_what_was_there) {
    write("one,", 0600);
    auto file = DurableFile::open(path).value();

    ASSERT_TRUE(file->append("two,"));
    ASSERT_TRUE(file->append("three"));

    EXPECT_EQ(on_disk(), "one,two,three");
    EXPECT_EQ(file->read().value(), "one,two,three");
}

TEST_F(DurableFileTest, reads_files_of_any_size) {
    const std::string content(200'000, 'x');
    write(content, 0600);

    EXPECT_EQ(DurableFile::open(path).value()->read().value(), content);
}

TEST_F(DurableFileTest, replacing_keeps_the_file_private_and_appendable) {
    auto file = DurableFile::open(path).value();
    ASSERT_TRUE(file->append("old and long"));

    ASSERT_TRUE(file->replace("new,"));
    ASSERT_TRUE(file->append("more"));

    EXPECT_EQ(on_disk(), "new,more");
    EXPECT_EQ(mode(), 0600U);
}

TEST_F(DurableFileTest, a_successor_that_a_crash_left_is_written_anew) {
    const auto successor = folder.path() / "file.new";
    std::ofstream(successor) << "half of a successor that is longer";
    auto file = DurableFile::open(path).value();

    ASSERT_TRUE(file->replace("new"));

    EXPECT_EQ(on_disk(), "new");
    EXPECT_FALSE(std::filesystem::exists(successor));
}

TEST_F(DurableFileTest, truncating_cuts_at_the_end) {
    auto file = DurableFile::open(path).value();
    ASSERT_TRUE(file->append("12345"));

    ASSERT_TRUE(file->truncate(2));
    ASSERT_TRUE(file->append("x"));

    EXPECT_EQ(on_disk(), "12x");
}

TEST_F(DurableFileTest, refuses_a_file_that_every_user_may_read_or_write) {
    for (const mode_t mode : {0604U, 0602U, 0601U, 0644U, 0666U}) {
        SCOPED_TRACE(mode);
        write("", mode);

        const auto file = DurableFile::open(path);

        ASSERT_FALSE(file);
        EXPECT_EQ(file.error().code, Errc::store_unavailable);
        EXPECT_NE(file.error().message.find("chmod o-rwx"), std::string::npos);
    }
}

TEST_F(DurableFileTest, takes_a_file_that_its_group_may_read) {
    write("", 0660);

    EXPECT_TRUE(DurableFile::open(path));
}

TEST_F(DurableFileTest, refuses_what_is_no_regular_file) {
    std::ofstream(folder.path() / "elsewhere");
    std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "link");
    std::filesystem::create_directory(folder.path() / "folder");
    ::mkfifo((folder.path() / "pipe").c_str(), 0600);

    for (const auto* name : {"link", "folder", "pipe", "missing/file"}) {
        SCOPED_TRACE(name);

        const auto file = DurableFile::open(folder.path() / name);

        ASSERT_FALSE(file);
        EXPECT_EQ(file.error().code, Errc::store_unavailable);
    }
}

TEST_F(DurableFileTest, an_append_that_does_not_fit_leaves_nothing_behind) {
    auto file = DurableFile::open(path).value();
    ASSERT_TRUE(file->append("12345"));
    {
        const FileSizeLimit full(8);

        const auto appended = file->append("6789012");

        ASSERT_FALSE(appended);
        EXPECT_EQ(appended.error().code, Errc::store_unavailable);
        EXPECT_TRUE(appended.error().retry_after);
        EXPECT_EQ(on_disk(), "12345");
    }
    EXPECT_TRUE(file->append("6789012"));
    EXPECT_EQ(on_disk(), "123456789012");
}

TEST_F(DurableFileTest, a_replacement_that_does_not_fit_leaves_the_old_content) {
    auto file = DurableFile::open(path).value();
    ASSERT_TRUE(file->append("12345"));
    {
        const FileSizeLimit full(8);

        EXPECT_FALSE(file->replace("0123456789"));
    }
    EXPECT_EQ(on_disk(), "12345");
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "file.new"));
    EXPECT_TRUE(file->append("6"));
    EXPECT_EQ(on_disk(), "123456");
}

TEST_F(DurableFileTest, a_replacement_fails_when_the_folder_is_gone) {
    auto file = DurableFile::open(path).value();
    const auto moved = folder.path().string() + "-moved";
    std::filesystem::rename(folder.path(), moved);

    const auto replaced = file->replace("new");

    std::filesystem::rename(moved, folder.path());
    EXPECT_FALSE(replaced);
    EXPECT_TRUE(file->append("appended"));
    EXPECT_EQ(on_disk(), "appended");
}

TEST_F(DurableFileTest, a_replacement_fails_when_its_place_is_taken_by_a_folder) {
    auto file = DurableFile::open(path).value();
    std::filesystem::create_directory(folder.path() / "file.new");

    EXPECT_FALSE(file->replace("new"));
}

}  // namespace
}  // namespace evergrant::storage
