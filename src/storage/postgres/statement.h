#pragma once
//
// Statement: SQL with its parameters, and what comes back, without I/O. A batch travels in one round trip and is one
// transaction. What sends it is pool.h.
//
#include "base/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace evergrant::storage::postgres {

/// Bytes for a bytea column.
struct Bytes {
    std::string_view bytes;
};

/// SQL with $1, $2 … and their values. Times are bigint milliseconds (Instant) or seconds (sys_seconds); cast a
/// parameter in the SQL ($1::bigint) where its type is not clear from its use.
class Statement {
public:
    /// `sql` outlives the process: a literal. It is prepared once a connection where that is possible.
    template <class... Values>
    explicit Statement(std::string_view sql, const Values&... values) : sql_(sql) {
        values_.reserve(sizeof...(values));
        (add(values), ...);
    }

    void add(std::nullopt_t);
    void add(std::string_view text);
    void add(Bytes bytes);
    void add(bool value);
    void add(std::int64_t value);
    void add(std::uint64_t value);  ///< at most 2^63 - 1
    void add(int value) { add(std::int64_t{value}); }
    void add(unsigned value) { add(std::int64_t{value}); }
    void add(Instant value);
    void add(sys_seconds value);
    template <class T>
    void add(const std::optional<T>& value) {
        if (value)
            add(*value);
        else
            add(std::nullopt);
    }
    void add(const std::string& text) { add(std::string_view(text)); }
    void add(const char* text) { add(std::string_view(text)); }

    struct Value {
        std::optional<std::string> bytes;
        bool binary{false};
    };
    [[nodiscard]] std::string_view sql() const noexcept { return sql_; }
    [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }

private:
    std::string_view sql_;
    std::vector<Value> values_;
};

/// What one statement answered. Owns the driver's result. Columns are read in text format, bytea decoded.
class Rows {
public:
    Rows() = default;
    explicit Rows(pg_result* owned);

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// How many rows an INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::uint64_t affected() const noexcept;

    [[nodiscard]] bool is_null(std::size_t row, int column) const noexcept;
    [[nodiscard]] std::string_view text(std::size_t row, int column) const noexcept;  ///< empty for NULL
    /// Throws std::runtime_error if the column is not of that kind: a bug, or another's schema.
    [[nodiscard]] std::int64_t integer(std::size_t row, int column) const;
    [[nodiscard]] bool boolean(std::size_t row, int column) const;
    [[nodiscard]] Instant instant(std::size_t row, int column) const;
    [[nodiscard]] std::optional<Instant> optional_instant(std::size_t row, int column) const;
    [[nodiscard]] std::optional<sys_seconds> optional_seconds(std::size_t row, int column) const;
    [[nodiscard]] std::optional<std::string> optional_bytes(std::size_t row, int column) const;

private:
    struct Clear {
        void operator()(pg_result* result) const noexcept;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

/// What is sent in one round trip and is one transaction: all of it is done, or none.
struct Batch {
    enum class Use : std::uint8_t {
        read,   ///< changes nothing: may be sent once more when a pooled connection turns out to be dead
        write,  ///< sent once, and refused by the server if it arrives after its deadline, by the server's clock
    };
    Use use{Use::write};
    std::vector<Statement> statements;
};

}  // namespace evergrant::storage::postgres
