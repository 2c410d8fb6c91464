#pragma once
//
// Blocking: what is done to a database before there are shards, with a pool and a thread of control of its own.
//
#include "storage/postgres/pool.h"

#include <functional>
#include <string>

namespace evergrant::storage::postgres {

/// For start-up: one connection, and time to wait for another replica's migration.
[[nodiscard]] PoolOptions patient_options(std::string url);

/// Runs `work` with a pool that lives as long. Errors: the work's; internal_error if it threw.
[[nodiscard]] Result<void> with_pool(PoolOptions options, std::function<async::Task<Result<void>>(Pool*)> work);

}  // namespace evergrant::storage::postgres
