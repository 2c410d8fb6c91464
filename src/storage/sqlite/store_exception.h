#pragma once
//
// StoreException: how the engine's inside reports what its outside answers as an Error. Thrown below, caught where a
// change or a read ends; never leaves the folder.
//
#include "base/error.h"

#include <exception>
#include <string_view>

struct sqlite3;

namespace evergrant::storage::sqlite {

class StoreException final : public std::exception {
public:
    explicit StoreException(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

private:
    Error error_;
};

/// What an SQLite result code means to the caller. `doing` is for the log.
[[nodiscard]] Error sqlite_error(int code, std::string_view engine_message, std::string_view doing);

/// Throws for the last error of `database`.
[[noreturn]] void throw_sqlite_error(sqlite3* database, std::string_view doing);

/// The Error of the exception being handled: its own, or internal_error for a bug. Call inside a catch.
[[nodiscard]] Error error_of_current_exception() noexcept;

}  // namespace evergrant::storage::sqlite
