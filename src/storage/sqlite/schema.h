#pragma once
//
// Schema: brings a database forward to what this binary knows.
//
#include "base/clock.h"
#include "storage/migration.h"
#include "storage/sqlite/database.h"

#include <span>
#include <string>
#include <vector>

namespace evergrant::storage::sqlite {

/// Applies the migrations that the database lacks, all or none; their names. Errors: StoreException; one for a database
/// that is newer than `known`.
std::vector<std::string> migrate(Database& database, std::span<const Migration> known, Instant now);

}  // namespace evergrant::storage::sqlite
