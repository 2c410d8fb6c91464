#pragma once
//
// Health: which connections are to be looked at, what was found, and how all stand.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::vector<DueCheck> claim_due_checks(Session& session, const CheckClaim& claim);
[[nodiscard]] bool record_check(Session& session, const CheckFinding& finding);
std::size_t demand_checks(Session& session, const CheckDemand& demand);
[[nodiscard]] Result<Page<HealthReport>> list_health(Session& session, const HealthFilter& filter,
                                                     std::string_view cursor, std::size_t limit);
[[nodiscard]] HealthCounts count_health(Session& session, const HealthFilter& filter);
[[nodiscard]] NextExpiries next_expiries(Session& session);

/// The statements behind them, for the test that they go by their indexes.
inline constexpr std::string_view due_checks_sql =
    "SELECT t.tenant_id, t.integration_id FROM oauth_tokens t WHERE t.next_check_at <= ?1"
    " ORDER BY t.next_check_at, t.tenant_id, t.integration_id LIMIT ?2";
// Without their index these two are errors, not scans of all rows.
inline constexpr std::string_view unplanned_sql =
    "SELECT t.tenant_id, t.integration_id FROM oauth_tokens t INDEXED BY oauth_tokens_plans WHERE t.provider = ?1"
    " AND t.status <> 'invalid' AND t.next_check_at IS NULL LIMIT ?2";
inline constexpr std::string_view planned_late_sql =
    "SELECT t.tenant_id, t.integration_id FROM oauth_tokens t INDEXED BY oauth_tokens_plans WHERE t.provider = ?1"
    " AND t.status <> 'invalid' AND t.next_check_at > ?3 LIMIT ?2";
inline constexpr std::string_view count_all_sql =
    "SELECT t.status, t.status = 'healthy' AND t.expires_at_s IS NOT NULL AND t.expires_at_s * 1000 <= ?1 + 1000 *"
    " CASE WHEN t.lifetime_s > 0 THEN min(3600, t.lifetime_s / 4) ELSE 3600 END AS expiring, count(*)"
    " FROM oauth_tokens t";
inline constexpr std::string_view next_expiry_sql =
    "SELECT t.expires_at_s FROM oauth_tokens t WHERE t.status = ?1 AND t.expires_at_s IS NOT NULL"
    " ORDER BY t.expires_at_s LIMIT ?2";

}  // namespace evergrant::storage::sqlite
