#include "storage/sqlite/schema.h"

#include "base/log.h"
#include "storage/sqlite/store_exception.h"

namespace evergrant::storage::sqlite {

namespace {

int version_of(Database& database) {
    Statement highest = database.query("SELECT coalesce(max(version), 0) FROM schema_version");
    highest.step();
    return static_cast<int>(highest.integer());
}

void refuse_newer(int found, int known) {
    if (found > known)
        throw StoreException(Error{.code = Errc::invalid_request,
                                   .message = "The database has schema version " + std::to_string(found) +
                                              ", this binary knows " + std::to_string(known) +
                                              "; run a newer evergrant."});
}

std::vector<std::string> apply(Database& database, std::span<const Migration> known, Instant now) {
    database.change(
        "CREATE TABLE IF NOT EXISTS schema_version"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT");
    const int found = version_of(database);
    refuse_newer(found, known.empty() ? 0 : known.back().version);
    std::vector<std::string> applied;
    for (const Migration& migration : known) {
        if (migration.version <= found)
            continue;
        database.run_script(std::string(migration.sql));
        database.change("INSERT INTO schema_version VALUES (?1, ?2, ?3)", migration.version, migration.name, now);
        log(LogLevel::info, "schema_migrated", {{"migration", migration.name}});
        applied.emplace_back(migration.name);
    }
    return applied;
}

}  // namespace

std::vector<std::string> migrate(Database& database, std::span<const Migration> known, Instant now) {
    database.change("BEGIN IMMEDIATE");
    try {
        std::vector<std::string> applied = apply(database, known, now);
        database.change("COMMIT");
        return applied;
    } catch (...) {
        if (database.in_transaction())
            database.change("ROLLBACK");
        throw;
    }
}

}  // namespace evergrant::storage::sqlite
