#include "storage/sqlite/store_exception.h"

#include <sqlite3.h>

#include <string>

namespace evergrant::storage::sqlite {

namespace {

constexpr std::chrono::seconds worth_waiting{1};
constexpr int primary_code_mask = 0xff;

std::string_view sentence_for(int primary_code) {
    switch (primary_code) {
        case SQLITE_FULL: return "The store's disk is full.";
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "Another program holds the store's database.";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return "The store's database is damaged; restore it from a backup.";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return "The store's database cannot be opened for writing; check the data folder's owner and permissions.";
        case SQLITE_NOMEM:
        case SQLITE_IOERR:
        case SQLITE_PROTOCOL:
        case SQLITE_INTERRUPT: return "The store cannot be read or written now.";
        default: return {};
    }
}

}  // namespace

Error sqlite_error(int code, std::string_view engine_message, std::string_view doing) {
    Error error;
    error.detail.append(doing)
        .append(": ")
        .append(engine_message)
        .append(" (")
        .append(std::to_string(code))
        .append(")");
    const std::string_view sentence = sentence_for(code & primary_code_mask);
    if (sentence.empty()) {
        error.code = Errc::internal_error;
        error.message = "The store failed in an unexpected way.";
        return error;
    }
    error.code = Errc::store_unavailable;
    error.message = sentence;
    error.retry_after = worth_waiting;
    return error;
}

void throw_sqlite_error(sqlite3* database, std::string_view doing) {
    throw StoreException(sqlite_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database), doing));
}

}  // namespace evergrant::storage::sqlite
