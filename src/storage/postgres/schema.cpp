#include "storage/postgres/schema.h"

#include "base/log.h"
#include "storage/postgres/blocking.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

constexpr int most_tries = 8;  ///< of a migration that another replica may be doing too

/// Nothing may be asked of a table that may not be there: an answer is "yes" or "no" first.
Batch asking(std::string_view sql) {
    Batch batch;
    batch.use = Batch::Use::read;
    batch.statements.emplace_back(sql);
    return batch;
}

async::Task<Result<int>> version_of(Pool* pool) {
    Batch asking_table = asking("SELECT to_regclass('schema_migrations') IS NOT NULL");
    const auto table = co_await pool->run(std::move(asking_table));
    if (!table)
        co_return std::unexpected(table.error());
    if (!table->front().boolean(0, 0))
        co_return 0;
    Batch asking_version = asking("SELECT coalesce(max(version), 0) FROM schema_migrations");
    const auto version = co_await pool->run(std::move(asking_version));
    if (!version)
        co_return std::unexpected(version.error());
    co_return static_cast<int>(version->front().integer(0, 0));
}

/// Who comes second is refused by the row that the first has written, and changes nothing.
Batch script_of(const Migration& migration) {
    Batch batch;
    batch.statements.emplace_back("SELECT pg_advisory_xact_lock(4961230571)");
    batch.statements.emplace_back(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)");
    batch.statements.emplace_back(
        "INSERT INTO schema_migrations (version, name, applied_at)"
        " VALUES ($1::bigint, $2, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)",
        migration.version, migration.name);
    for (const std::string_view statement : statements_of(migration.sql))
        batch.statements.emplace_back(statement);
    return batch;
}

std::unexpected<Error> refuse_newer(int found, int known) {
    return failure(Errc::invalid_request, "The database has schema version " + std::to_string(found) +
                                              ", this binary knows " + std::to_string(known) +
                                              "; run a newer evergrant.");
}

/// Where what begins at `at` ends, if it is a comment or a quoted text; else `at`.
std::size_t end_of_opaque(std::string_view script, std::size_t at) {
    const std::string_view rest = script.substr(at);
    std::size_t length = 0;
    if (rest.starts_with("--"))
        length = rest.find('\n');
    else if (rest.starts_with('\'') || rest.starts_with('"'))
        length = rest.find(rest.front(), 1);
    else
        return at;
    return length == std::string_view::npos ? script.size() : at + length + 1;
}

bool says_something(std::string_view statement) {
    for (std::size_t at = 0; at < statement.size();) {
        if (statement.substr(at).starts_with("--"))
            at = end_of_opaque(statement, at);
        else if (std::string_view(" \t\r\n").find(statement[at++]) == std::string_view::npos)
            return true;
    }
    return false;
}

}  // namespace

std::vector<std::string_view> statements_of(std::string_view script) {
    std::vector<std::string_view> statements;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= script.size();) {
        const bool ends = at == script.size() || script[at] == ';';
        if (!ends) {
            at = std::max(end_of_opaque(script, at), at + 1);
            continue;
        }
        const std::string_view statement = script.substr(begin, at - begin);
        if (says_something(statement))
            statements.push_back(statement);
        begin = ++at;
    }
    return statements;
}

async::Task<Result<void>> migrate(Pool* pool, std::span<const Migration> known, std::vector<std::string>* names) {
    const int newest = known.empty() ? 0 : known.back().version;
    int reached = 0;
    for (int tries = 0; tries < most_tries;) {
        const auto found = co_await version_of(pool);
        if (!found)
            co_return std::unexpected(found.error());
        if (*found > newest)
            co_return refuse_newer(*found, newest);
        tries = *found > reached ? 0 : tries;  // who does it goes on
        reached = *found;
        if (*found == newest)
            co_return Result<void>();
        const Migration& next = known[static_cast<std::size_t>(*found)];
        Batch script = script_of(next);
        const auto applied = co_await pool->run(std::move(script));
        if (applied) {
            log(LogLevel::info, "schema_migrated", {{"migration", next.name}});
            if (names != nullptr)
                names->emplace_back(next.name);
            continue;
        }
        if (applied.error().code != Errc::conflict)
            co_return std::unexpected(applied.error());
        ++tries;
    }
    co_return failure(Errc::store_unavailable, "Another process is changing the database's schema; try again.");
}

Result<std::vector<std::string>> migrate_postgres(const std::string& url) {
    std::vector<std::string> applied;
    const auto work = [&applied](Pool* pool) { return migrate(pool, migrations(), &applied); };
    if (Result<void> migrated = with_pool(patient_options(url), work); !migrated)
        return std::unexpected(std::move(migrated).error());
    return applied;
}

}  // namespace evergrant::storage::postgres
