#pragma once
//
// Alerts: the functions on alerts, alert_deliveries and what oauth_tokens says of what was told. The contract is
// storage/alerts.h.
//
#include "storage/alerts.h"
#include "storage/sqlite/session.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::vector<UntoldConnection> untold_connections(Session& session, std::size_t limit);
[[nodiscard]] std::vector<UntoldConnection> untold_notices(Session& session, std::size_t limit);
void postpone_telling(Session& session, const std::vector<UntoldConnection>& failing, std::chrono::milliseconds pause);
std::size_t tell(Session& session, const std::vector<ConnectionTelling>& tellings, const AlertPace& pace);
bool raise_alert(Session& session, const Telling& telling, const AlertPace& pace);

[[nodiscard]] std::vector<Alert> alerts_to_send(Session& session, std::size_t limit);
bool send_alert(Session& session, const std::string& id, const std::vector<std::string>& channels, Episode episode);
[[nodiscard]] std::vector<AlertDelivery> claim_deliveries(Session& session, std::chrono::milliseconds duration,
                                                          std::size_t limit);
void end_delivery(Session& session, const std::string& alert_id, const std::string& channel);
void fail_delivery(Session& session, const std::string& alert_id, const std::string& channel, const std::string& error,
                   std::optional<std::chrono::milliseconds> pause);
[[nodiscard]] DeliveriesWaiting deliveries_waiting(Session& session);
[[nodiscard]] Result<Page<AlertRecord>> list_alerts(Session& session, const AlertFilter& filter,
                                                    std::string_view cursor, std::size_t limit);
std::size_t sweep_alerts(Session& session, std::chrono::milliseconds age, std::size_t limit);

/// Of rows of alert_columns.
[[nodiscard]] std::vector<Alert> read_alerts(Statement rows);

/// The statements behind untold_connections and untold_notices. Without their index they are errors, not scans of all
/// rows.
inline constexpr std::string_view untold_sql =
    "SELECT t.tenant_id, t.integration_id, t.provider, t.status, t.told_status, t.generation, t.last_error, t.failures,"
    " 0, EXISTS (SELECT 1 FROM oauth_configurations c WHERE c.tenant_id = t.tenant_id AND c.provider = t.provider)"
    " FROM oauth_tokens t INDEXED BY oauth_tokens_untold WHERE t.status <> t.told_status AND"
    " t.status <> 'refresh_failed' LIMIT ?1";
inline constexpr std::string_view failing_untold_sql =
    "SELECT t.tenant_id, t.integration_id, t.provider, t.status, t.told_status, t.generation, t.last_error, t.failures,"
    " t.tell_generation = t.generation,"
    " EXISTS (SELECT 1 FROM oauth_configurations c WHERE c.tenant_id = t.tenant_id AND c.provider = t.provider)"
    " FROM oauth_tokens t INDEXED BY oauth_tokens_failing_untold WHERE t.status = 'refresh_failed'"
    " AND t.told_status <> 'refresh_failed' AND t.tell_after <= ?1 ORDER BY t.tell_after LIMIT ?2";
inline constexpr std::string_view untold_notices_sql =
    "SELECT t.tenant_id, t.integration_id, t.provider, t.status, t.told_status, t.generation, t.renewal_notice,"
    " t.dies_at_s FROM oauth_tokens t INDEXED BY oauth_tokens_untold_notices WHERE t.renewal_notice <> 0"
    " AND t.status <> 'invalid' AND (t.told_notice = 0 OR t.renewal_notice < t.told_notice)"
    " ORDER BY t.renewal_notice, t.tenant_id, t.integration_id LIMIT ?1";

}  // namespace evergrant::storage::sqlite
