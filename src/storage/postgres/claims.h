#pragma once
//
// Claims: which connections are offered to whom for refreshing. A claim stands in its row of oauth_tokens.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <chrono>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::vector<DueConnection>>> claim_due_connections(Session* session, DueClaim claim);
[[nodiscard]] Task<Result<bool>> postpone_due_connection(Session* session, DueConnection postponed,
                                                         std::chrono::milliseconds pause);

/// The statements behind it, for the test that they go by their indexes: $1 owner, $2 duration, $3 limit.
extern const std::string claim_due_sql;
extern const std::string claim_abandoned_sql;

}  // namespace evergrant::storage::postgres
