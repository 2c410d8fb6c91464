#pragma once
//
// RowReader: reads one row of an answer column after column, as the SQL names them.
//
#include "storage/postgres/statement.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace evergrant::storage::postgres {

/// Lifetime: goes before its rows.
class RowReader {
public:
    explicit RowReader(const Rows& rows, std::size_t row = 0) : rows_(rows), row_(row) {}

    void seek(int column) noexcept { column_ = column; }
    /// Steps over nothing.
    [[nodiscard]] bool next_is_null() const noexcept { return rows_.is_null(row_, column_); }

    std::string text() { return std::string(rows_.text(row_, column_++)); }
    template <class T>
    T number() {
        return static_cast<T>(rows_.integer(row_, column_++));
    }
    std::int64_t integer() { return rows_.integer(row_, column_++); }
    bool boolean() { return rows_.boolean(row_, column_++); }
    Instant instant() { return rows_.instant(row_, column_++); }
    std::optional<Instant> optional_instant() { return rows_.optional_instant(row_, column_++); }
    std::optional<sys_seconds> optional_seconds() { return rows_.optional_seconds(row_, column_++); }
    std::optional<std::string> bytes() { return rows_.optional_bytes(row_, column_++); }

private:
    const Rows& rows_;
    std::size_t row_;
    int column_{0};
};

}  // namespace evergrant::storage::postgres
