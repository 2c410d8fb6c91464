#pragma once
//
// Budgets: the function on the table of that name, in the writer's transaction.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

namespace evergrant::storage::sqlite {

[[nodiscard]] BudgetShare reserve_budget(Session& session, const BudgetRequest& request);

}  // namespace evergrant::storage::sqlite
