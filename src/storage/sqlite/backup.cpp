#include "storage/sqlite/backup.h"

#include "storage/data_folder.h"
#include "storage/durable_file.h"
#include "storage/journal_frames.h"
#include "storage/rescue_journal.h"
#include "storage/sqlite/contents.h"
#include "storage/sqlite/startup.h"
#include "storage/store_exception.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace evergrant::storage {

namespace {

using sqlite::Blob;
using sqlite::Database;
namespace fs = std::filesystem;

constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;
constexpr std::string_view database_name = "evergrant.db";
constexpr std::string_view journal_name = "rescue.journal";
constexpr std::string_view workshop_name = "restoring";

[[noreturn]] void refuse(Errc code, std::string message) {
    throw StoreException(Error{.code = code, .message = std::move(message)});
}

/// The failed call's errno must still stand.
[[noreturn]] void refuse_file(const std::string& what, const fs::path& path) {
    refuse(Errc::store_unavailable, what + " " + path.string() + ": " + std::generic_category().message(errno) + ".");
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(fs::symlink_status(path, error));
}

/// Empty if there is none.
std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void make_private_file(const fs::path& path) {
    const int handle = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (handle < 0)
        refuse_file("The file cannot be made at", path);
    ::close(handle);
}

void sync(const fs::path& path) {
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        refuse_file("This cannot be read:", path);
    const bool synced = ::fsync(handle) == 0;
    ::close(handle);
    if (!synced)
        refuse_file("The disk did not take", path);
}

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// A file of our own that goes with whoever made it, unless it was put in its place.
class Draft {
public:
    explicit Draft(fs::path path) : path_(std::move(path)) {
        clear();
        make_private_file(path_);
    }
    ~Draft() { clear(); }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

    /// Never over another file.
    void become(const fs::path& place) {
        sync(path_);
        if (::link(path_.c_str(), place.c_str()) != 0) {
            if (errno == EEXIST)
                refuse(Errc::conflict,
                       "There is a file at " + place.string() + " already; nothing is written over it.");
            refuse_file("The backup cannot be put at", place);
        }
        clear();
        sync(folder_of(place));
    }

private:
    void clear() noexcept {
        std::error_code error;
        for (const char* suffix : {"", "-wal", "-shm", "-journal"})
            fs::remove(path_.string() + suffix, error);
    }

    fs::path path_;
};

/// What the rescue journal held at some time between the two reads and at both of them: what moved into the database
/// meanwhile is in the first, what came meanwhile in the second. A record that is there twice counts once; half of one
/// that was being appended would hide the next.
std::string joined(const std::string& before, const std::string& after) {
    return after.starts_with(before) ? after : std::string(without_torn_end(before)) + after;
}

void check_pages(Database& database) {
    auto row = database.query("PRAGMA integrity_check(1)");
    if (!row.step())
        refuse(Errc::store_unavailable, "The database cannot be checked.");
    if (const std::string verdict = row.text(); verdict != "ok")
        refuse(Errc::store_unavailable, "The database is damaged: " + verdict);
}

/// The table that makes a database a backup.
void add_journal(Database& database, const std::string& journal) {
    database.run_script("CREATE TABLE backup (rescue_journal BLOB NOT NULL) STRICT");
    database.change("INSERT INTO backup (rescue_journal) VALUES (?1)", Blob{journal});
}

BackupReport make_backup(const fs::path& folder, const fs::path& file) {
    const fs::path database_file = folder / database_name;
    std::error_code error;
    if (!is_there(database_file) || fs::file_size(database_file, error) == 0)
        refuse(Errc::not_found, "There is no store in " + folder.string() + "; name its folder with --data.");
    if (is_there(file))
        refuse(Errc::conflict, "There is a file at " + file.string() + " already; nothing is written over it.");
    Draft draft(file.string() + ".part");
    const std::string before = content_of(folder / journal_name);
    {
        Database source(database_file, Database::Use::write);
        source.change("VACUUM INTO ?1", draft.path().string());
    }
    const std::string journal = joined(before, content_of(folder / journal_name));
    {
        Database copy(draft.path(), Database::Use::write);
        add_journal(copy, journal);
        check_pages(copy);
        copy.run_script("PRAGMA journal_mode = DELETE");
    }
    draft.become(file);
    return {.bytes = fs::file_size(file), .with_rescued = !journal.empty()};
}

/// A folder within the data folder where a store is made and checked before it is moved to its place.
class Workshop {
public:
    explicit Workshop(fs::path path) : path_(std::move(path)) {
        clear();
        if (::mkdir(path_.c_str(), folder_mode) != 0)
            refuse_file("A folder cannot be made at", path_);
    }
    ~Workshop() { clear(); }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    [[nodiscard]] fs::path database() const { return path_ / database_name; }
    [[nodiscard]] fs::path journal() const { return path_ / journal_name; }

private:
    void clear() noexcept {
        std::error_code error;
        fs::remove_all(path_, error);
    }

    fs::path path_;
};

[[noreturn]] void refuse_as_backup(const fs::path& file) {
    refuse(Errc::invalid_request, file.string() + " is not a whole backup that `evergrant backup` made.");
}

void bring(const fs::path& file, const Workshop& workshop) {
    make_private_file(workshop.database());
    std::ifstream in(file, std::ios::binary);
    std::ofstream out(workshop.database(), std::ios::binary | std::ios::trunc);
    if (!in)
        refuse_file("The backup cannot be read at", file);
    if (in.peek() == std::ifstream::traits_type::eof())
        refuse_as_backup(file);
    out << in.rdbuf();
    out.close();
    if (!out)
        refuse_file("There is no room for", workshop.database());
}

/// Takes out what made the database a backup. Answers the rescue journal's content.
std::string unpack_journal(const fs::path& file, const Workshop& workshop) {
    try {
        Database database(workshop.database(), Database::Use::write);
        check_pages(database);
        std::string journal;
        {
            auto row = database.query("SELECT rescue_journal FROM backup");
            if (!row.step())
                refuse_as_backup(file);
            journal = row.text();
        }
        database.run_script("DROP TABLE backup");
        return journal;
    } catch (const StoreException& exception) {
        if (exception.error().code == Errc::invalid_request)
            throw;
        throw StoreException(Error{.code = Errc::invalid_request,
                                   .message = file.string() + " is not a whole backup that `evergrant backup` made.",
                                   .detail = exception.error().message + " " + exception.error().detail});
    }
}

ContentCounts open_every_value(sqlite::Session& session) {
    constexpr std::size_t page_size = 256;
    ContentCounts counts{};
    for (std::size_t index = 0; index < content_kinds; ++index) {
        std::string cursor;
        do {
            auto page = sqlite::read_contents(session, static_cast<ContentKind>(index), cursor, page_size);
            if (!page)
                throw StoreException(std::move(page).error());
            counts[index] += page->items.size();
            cursor = std::move(page->next_cursor);
        } while (!cursor.empty());
    }
    return counts;
}

/// How many records wait in it.
std::uint64_t check_journal(const Workshop& workshop, const std::string& content, const KeyRing& ring,
                            crypto::Random& random) {
    auto file = DurableFile::open(workshop.journal());
    if (!file)
        throw StoreException(std::move(file).error());
    if (auto written = (*file)->replace(content); !written)
        throw StoreException(std::move(written).error());
    const auto journal = RescueJournal::open(workshop.journal(), ring.derive_all("rescue journal"), random);
    if (!journal)
        throw StoreException(journal.error());
    const auto records = (*journal)->read_all();
    if (!records)
        throw StoreException(records.error());
    if (records->size() != (*journal)->size())
        refuse(Errc::internal_error, "A token set in the backup's rescue journal does not open.");
    return records->size();
}

[[noreturn]] void refuse_a_store(const fs::path& folder) {
    refuse(Errc::conflict, "The folder " + folder.string() +
                               " holds a store already; nothing is written over it. Give another with --data.");
}

void refuse_a_database_in(const fs::path& folder) {
    if (is_there(folder / database_name))
        refuse_a_store(folder);
}

/// A restore that was killed before the database was in its place has left this backup's own journal.
void refuse_another_journal_in(const fs::path& folder, const Workshop& workshop) {
    const std::string rescued = content_of(folder / journal_name);
    if (!rescued.empty() && rescued != content_of(workshop.journal()))
        refuse_a_store(folder);
}

RestoreReport make_store(const fs::path& file, const fs::path& folder, KeyRing ring, crypto::Random& random,
                         const Clock& clock) {
    if (!is_there(file))
        refuse(Errc::invalid_request, "There is no file " + file.string() + ".");
    refuse_a_database_in(folder);
    const Result<DataFolder> claimed = DataFolder::claim(folder);
    if (!claimed)
        throw StoreException(claimed.error());
    refuse_a_database_in(folder);  // somebody may have come before the lock
    const Workshop workshop(folder / workshop_name);
    bring(file, workshop);
    const std::string journal = unpack_journal(file, workshop);
    RestoreReport report;
    report.rescued = check_journal(workshop, journal, ring, random);
    refuse_another_journal_in(folder, workshop);
    {
        Sealer sealer(std::move(ring), random);
        sqlite::Session session(workshop.database(), Database::Use::write, sealer, clock);
        if (Result<void> prepared = sqlite::prepare(session); !prepared)
            throw StoreException(std::move(prepared).error());
        report.counts = open_every_value(session);
        // What is in the log alone stays behind.
        if (!session.database().empty_the_log())
            refuse(Errc::store_unavailable, "The restored database is in use by another program; try again.");
    }
    sync(workshop.database());
    // The database last: until it is there, there is no store.
    fs::rename(workshop.journal(), folder / journal_name);
    fs::rename(workshop.database(), folder / database_name);
    sync(folder);
    return report;
}

}  // namespace

Result<BackupReport> back_up(const fs::path& folder, const fs::path& file) {
    try {
        return make_backup(folder, file);
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

Result<RestoreReport> restore(const fs::path& file, const fs::path& folder, KeyRing ring, crypto::Random& random,
                              const Clock& clock) {
    try {
        return make_store(file, folder, std::move(ring), random, clock);
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

}  // namespace evergrant::storage
