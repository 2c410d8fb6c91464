#pragma once
//
// Health: which connections are to be looked at, what was found, and how all stand.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <cstddef>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::vector<DueCheck>>> claim_due_checks(Session* session, CheckClaim claim);
[[nodiscard]] Task<Result<bool>> record_check(Session* session, CheckFinding finding);
[[nodiscard]] Task<Result<Page<HealthReport>>> list_health(Session* session, HealthFilter filter, std::string cursor,
                                                           std::size_t limit);
[[nodiscard]] Task<Result<HealthCounts>> count_health(Session* session, HealthFilter filter);
[[nodiscard]] Task<Result<NextExpiries>> next_expiries(Session* session);

/// The statement behind the claim, for the test that it goes by its index: $1 duration, $2 limit.
[[nodiscard]] const std::string& claim_due_checks_sql();
/// The same of the first expiries.
[[nodiscard]] const std::string& next_expiries_sql();

}  // namespace evergrant::storage::postgres
