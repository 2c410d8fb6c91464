#pragma once
//
// Budgets: what all replicas together take of a window's limit. Windows are counted by the server's clock.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<BudgetShare>> reserve_budget(Session* session, BudgetRequest request);

}  // namespace evergrant::storage::postgres
