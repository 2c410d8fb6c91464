#pragma once
//
// Start-up: what is done to a database before anybody is served.
//
#include "base/error.h"
#include "storage/sqlite/session.h"

namespace evergrant::storage::sqlite {

/// Migrates forward, checks that the master key is the one the store was made with, and breaks the leases of earlier
/// processes. Errors: invalid_request for a newer schema or another master key; store_unavailable.
[[nodiscard]] Result<void> prepare(Session& session);

}  // namespace evergrant::storage::sqlite
