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
[[nodiscard]] Task<Result<std::size_t>> demand_checks(Session* session, CheckDemand demand);
[[nodiscard]] Task<Result<Page<HealthReport>>> list_health(Session* session, HealthFilter filter, std::string cursor,
                                                           std::size_t limit);
[[nodiscard]] Task<Result<HealthCounts>> count_health(Session* session, HealthFilter filter);
[[nodiscard]] Task<Result<NextExpiries>> next_expiries(Session* session);

/// The statements behind the claim and the demand, for the test that they go by their indexes: $1 duration, $2 limit;
/// $1 provider, $2 beyond, $3 spread, $4 limit.
[[nodiscard]] const std::string& claim_due_checks_sql();
/// The same of the first expiries.
[[nodiscard]] const std::string& next_expiries_sql();
[[nodiscard]] const std::string& demand_checks_sql();

}  // namespace evergrant::storage::postgres
