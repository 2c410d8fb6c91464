#pragma once
//
// Schema: brings a database forward to what this binary knows. Each migration is one transaction that holds a lock, so
// that of several replicas that start at once one does it; a lock of the transaction, so that it works behind PgBouncer
// too. Everything stands in the first schema of the connection's search_path.
//
#include "storage/migration.h"
#include "storage/postgres/pool.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage::postgres {

/// Applies the migrations that the database lacks. A database that lacks none is only read: no right to change the
/// schema is needed then. `applied`: receives their names. Errors: invalid_request for a database that is newer than
/// `known`; those of Pool::run.
[[nodiscard]] async::Task<Result<void>> migrate(Pool* pool, std::span<const Migration> known,
                                                std::vector<std::string>* applied = nullptr);

/// The same by itself, for the command line: connects, migrates to what this binary knows, and leaves; the names of
/// what was applied, in order. Blocks.
[[nodiscard]] Result<std::vector<std::string>> migrate_postgres(const std::string& url);

/// The statements of a script, without what only comments. They end with a semicolon outside of quotes and comments.
[[nodiscard]] std::vector<std::string_view> statements_of(std::string_view script);

}  // namespace evergrant::storage::postgres
