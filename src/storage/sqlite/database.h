#pragma once
//
// Database and Statement: SQLite's C interface with owners, types and exceptions. Knows nothing of what is stored.
// Errors: StoreException.
//
#include "base/clock.h"

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace evergrant::storage::sqlite {

/// Bytes, as distinct from text.
struct Blob {
    std::string_view bytes;
};

struct CachedStatement {
    sqlite3_stmt* handle{nullptr};
    bool lent{false};
};

/// A prepared statement on loan from its Database. Columns are read in their order, one call each.
class Statement {
public:
    Statement(sqlite3* database, sqlite3_stmt* handle, CachedStatement* loan) noexcept
        : database_(database), handle_(handle), loan_(loan) {}
    Statement(Statement&& other) noexcept
        : database_(other.database_),
          handle_(std::exchange(other.handle_, nullptr)),
          loan_(std::exchange(other.loan_, nullptr)),
          parameter_(other.parameter_),
          column_(other.column_) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Binds the values to the next parameters.
    template <class... Values>
    void bind(const Values&... values) {
        (bind_next(values), ...);
    }

    /// Goes to the next row; false: there is none.
    bool step();

    [[nodiscard]] bool next_is_null();  ///< looks, does not advance
    [[nodiscard]] std::string text();   ///< empty for NULL
    /// Valid until the next step.
    [[nodiscard]] std::optional<std::string_view> blob();
    [[nodiscard]] std::optional<std::string> bytes();
    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] bool boolean() { return integer() != 0; }
    template <std::unsigned_integral Number>
    [[nodiscard]] Number number() {
        return static_cast<Number>(integer());
    }
    [[nodiscard]] Instant instant() { return Instant(std::chrono::milliseconds(integer())); }
    [[nodiscard]] std::optional<Instant> optional_instant();
    [[nodiscard]] std::optional<sys_seconds> optional_seconds();
    void seek(int column) noexcept { column_ = column; }

private:
    void bind_next(std::string_view text);
    void bind_next(Blob blob);
    void bind_next(std::nullopt_t);
    void bind_integer(std::int64_t number);
    template <std::integral Number>
    void bind_next(Number number) {
        bind_integer(static_cast<std::int64_t>(number));
    }
    template <class Duration>
    void bind_next(const std::chrono::sys_time<Duration>& time) {
        bind_integer(time.time_since_epoch().count());
    }
    template <class Value>
    void bind_next(const std::optional<Value>& value) {
        if (value)
            bind_next(*value);
        else
            bind_next(std::nullopt);
    }
    void check(int code);

    sqlite3* database_;
    sqlite3_stmt* handle_;
    CachedStatement* loan_;
    int parameter_{0};
    int column_{0};
};

/// One connection to the file. Thread: one at a time.
class Database {
public:
    enum class Use { write, read };

    Database(const std::filesystem::path& file, Use use);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// The statement for `sql`, prepared once for each text.
    [[nodiscard]] Statement prepare(std::string_view sql);

    /// A statement with its values bound; step it for its rows.
    template <class... Values>
    [[nodiscard]] Statement query(std::string_view sql, const Values&... values) {
        Statement statement = prepare(sql);
        statement.bind(values...);
        return statement;
    }

    /// Runs a statement to its end; returns how many rows it changed.
    template <class... Values>
    std::size_t change(std::string_view sql, const Values&... values) {
        Statement statement = prepare(sql);
        statement.bind(values...);
        while (statement.step()) {}
        return changed_rows();
    }

    /// Runs many statements at once.
    void run_script(const std::string& sql);

    [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }

    /// Moves the write-ahead log into the database and cuts it to nothing, so that what was deleted is gone from both.
    /// False: a reader was in the way.
    [[nodiscard]] bool empty_the_log();

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    [[nodiscard]] std::size_t changed_rows() const noexcept {
        return static_cast<std::size_t>(sqlite3_changes64(handle_));
    }
    void configure(Use use);

    sqlite3* handle_{nullptr};
    std::unordered_map<std::string, CachedStatement, TextHash, std::equal_to<>> statements_;
};

}  // namespace evergrant::storage::sqlite
