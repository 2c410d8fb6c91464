#pragma once
//
// What SQLite's result codes mean, as StoreExceptions.
//
#include "storage/store_exception.h"

#include <string_view>

struct sqlite3;

namespace evergrant::storage::sqlite {

using storage::error_of_current_exception;
using storage::StoreException;

/// What an SQLite result code means to the caller. `doing` is for the log.
[[nodiscard]] Error sqlite_error(int code, std::string_view engine_message, std::string_view doing);

/// Throws for the last error of `database`.
[[noreturn]] void throw_sqlite_error(sqlite3* database, std::string_view doing);

}  // namespace evergrant::storage::sqlite
