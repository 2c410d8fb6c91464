#pragma once
//
// Migrating the embedded store without opening it for anything else.
//
#include "base/clock.h"
#include "base/error.h"

#include <filesystem>
#include <string>
#include <vector>

namespace evergrant::storage {

/// The names of the migrations that were applied, in order; none if the store was up to date. Makes the store if there
/// is none. Errors: conflict if another process holds the folder; invalid_request for a newer schema;
/// store_unavailable.
[[nodiscard]] Result<std::vector<std::string>> migrate_sqlite_store(const std::filesystem::path& folder,
                                                                    const Clock& clock);

}  // namespace evergrant::storage
