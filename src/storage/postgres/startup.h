#pragma once
//
// Start-up: what is done to a database before anybody is served. Several replicas may do it at once. Leases are left
// alone: another replica may hold them.
//
#include "storage/postgres/session.h"

namespace evergrant::storage::postgres {

/// Checks that the database is of a kind to rely on, migrates it forward, and checks that the master key is the one the
/// store was made with. Errors: invalid_request for each of these; those of Pool::run.
[[nodiscard]] Task<Result<void>> prepare(Session* session);

/// Before a copy, of a database that may hold nothing yet. Errors: conflict if a server is connected to it.
[[nodiscard]] Task<Result<void>> refuse_servers(Pool* pool);

/// Of a database that may hold nothing yet. Errors: not_found if there is no store in it.
[[nodiscard]] Task<Result<void>> require_store(Pool* pool);

}  // namespace evergrant::storage::postgres
