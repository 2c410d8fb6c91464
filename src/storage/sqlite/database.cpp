#include "storage/sqlite/database.h"

#include "storage/sqlite/store_exception.h"

#include <utility>

namespace evergrant::storage::sqlite {

namespace {

constexpr int patience_with_other_programs_ms = 2'000;
constexpr int patience_with_readers_ms = 200;  // all changes wait meanwhile

// The log is moved into the database every 16 MiB or so: seldom enough that it costs few commits anything.
constexpr std::string_view writer_pragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 33554432;"
    "PRAGMA cache_size = -1024;";

constexpr std::string_view reader_pragmas =
    "PRAGMA query_only = ON;"
    "PRAGMA cache_size = -256;";

constexpr std::string_view common_pragmas =
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;";

}  // namespace

Statement::~Statement() {
    if (loan_ == nullptr) {
        sqlite3_finalize(handle_);
        return;
    }
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    loan_->lent = false;
}

bool Statement::step() {
    column_ = 0;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        throw_sqlite_error(database_, sqlite3_sql(handle_));
    return false;
}

bool Statement::next_is_null() {
    return sqlite3_column_type(handle_, column_) == SQLITE_NULL;
}

std::string Statement::text() {
    const std::optional<std::string_view> bytes = blob();
    return bytes ? std::string(*bytes) : std::string();
}

std::optional<std::string_view> Statement::blob() {
    const int column = column_++;
    if (sqlite3_column_type(handle_, column) == SQLITE_NULL)
        return std::nullopt;
    const void* bytes = sqlite3_column_blob(handle_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
    return std::string_view(static_cast<const char*>(bytes), size);
}

std::int64_t Statement::integer() {
    return sqlite3_column_int64(handle_, column_++);
}

std::optional<std::string> Statement::bytes() {
    const auto view = blob();
    return view ? std::optional(std::string(*view)) : std::nullopt;
}

std::optional<Instant> Statement::optional_instant() {
    const bool null = next_is_null();
    const Instant value = instant();
    return null ? std::nullopt : std::optional(value);
}

std::optional<sys_seconds> Statement::optional_seconds() {
    const bool null = next_is_null();
    const sys_seconds value{std::chrono::seconds(integer())};
    return null ? std::nullopt : std::optional(value);
}

void Statement::bind_next(std::string_view text) {
    const char* start = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(handle_, ++parameter_, start, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_next(Blob blob) {
    const char* start = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
    check(sqlite3_bind_blob64(handle_, ++parameter_, start, blob.bytes.size(), SQLITE_TRANSIENT));
}

void Statement::bind_next(std::nullopt_t) {
    check(sqlite3_bind_null(handle_, ++parameter_));
}

void Statement::bind_integer(std::int64_t number) {
    check(sqlite3_bind_int64(handle_, ++parameter_, number));
}

void Statement::check(int code) {
    if (code != SQLITE_OK)
        throw_sqlite_error(database_, sqlite3_sql(handle_));
}

Database::Database(const std::filesystem::path& file, Use use) {
    const int create = use == Use::write ? SQLITE_OPEN_CREATE : 0;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | create;
    const int code = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const Error error = sqlite_error(code, sqlite3_errstr(code), "open " + file.string());
        sqlite3_close_v2(handle_);
        throw StoreException(error);
    }
    try {
        configure(use);
    } catch (...) {
        sqlite3_close_v2(handle_);
        throw;
    }
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_)
        sqlite3_finalize(statement.handle);
    sqlite3_close_v2(handle_);
}

void Database::configure(Use use) {
    sqlite3_busy_timeout(handle_, patience_with_other_programs_ms);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    run_script(std::string(common_pragmas));
    run_script(std::string(use == Use::write ? writer_pragmas : reader_pragmas));
    if (use == Use::read)
        return;
    Statement mode = query("PRAGMA journal_mode");
    mode.step();
    if (mode.text() != "wal")
        throw StoreException(
            Error{.code = Errc::store_unavailable,
                  .message = "The data folder's file system cannot hold a write-ahead log; use a local one."});
}

Statement Database::prepare(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found != statements_.end() && !found->second.lent) {
        found->second.lent = true;
        return {handle_, found->second.handle, &found->second};
    }
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &handle, nullptr);
    if (code != SQLITE_OK)
        throw_sqlite_error(handle_, sql);
    if (found != statements_.end())
        return {handle_, handle, nullptr};
    found = statements_.emplace(std::string(sql), CachedStatement{handle, true}).first;
    return {handle_, handle, &found->second};
}

void Database::run_script(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw_sqlite_error(handle_, "script");
}

bool Database::empty_the_log() {
    sqlite3_busy_timeout(handle_, patience_with_readers_ms);
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_, patience_with_other_programs_ms);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        throw_sqlite_error(handle_, "empty the log");
    return code == SQLITE_OK;
}

}  // namespace evergrant::storage::sqlite
