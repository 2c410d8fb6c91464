#pragma once
//
// Alerts: the functions on alerts, alert_deliveries and what oauth_tokens says of what was told. The contract is
// storage/alerts.h. Rows that another replica has locked are passed over: it is telling of them.
//
#include "storage/alerts.h"
#include "storage/postgres/session.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

/// The statements behind untold_connections and untold_notices, for the test that they go by their indexes.
extern const std::string untold_sql;
extern const std::string untold_notices_sql;

[[nodiscard]] Task<Result<std::vector<UntoldConnection>>> untold_connections(Session* session, std::size_t limit);
[[nodiscard]] Task<Result<std::vector<UntoldConnection>>> untold_notices(Session* session, std::size_t limit);
[[nodiscard]] Task<Result<void>> postpone_telling(Session* session, std::vector<UntoldConnection> failing,
                                                  std::chrono::milliseconds pause);
[[nodiscard]] Task<Result<std::size_t>> tell(Session* session, std::vector<ConnectionTelling> tellings, AlertPace pace);
[[nodiscard]] Task<Result<bool>> raise_alert(Session* session, Telling telling, AlertPace pace);

[[nodiscard]] Task<Result<std::vector<Alert>>> alerts_to_send(Session* session, std::size_t limit);
[[nodiscard]] Task<Result<bool>> send_alert(Session* session, std::string id, std::vector<std::string> channels,
                                            Episode episode);
[[nodiscard]] Task<Result<std::vector<AlertDelivery>>> claim_deliveries(Session* session,
                                                                        std::chrono::milliseconds duration,
                                                                        std::size_t limit);
[[nodiscard]] Task<Result<void>> end_delivery(Session* session, std::string alert_id, std::string channel);
[[nodiscard]] Task<Result<void>> fail_delivery(Session* session, std::string alert_id, std::string channel,
                                               std::string error, std::optional<std::chrono::milliseconds> pause);
[[nodiscard]] Task<Result<DeliveriesWaiting>> deliveries_waiting(Session* session);
[[nodiscard]] Task<Result<Page<AlertRecord>>> list_alerts(Session* session, AlertFilter filter, std::string cursor,
                                                          std::size_t limit);
[[nodiscard]] Task<Result<std::size_t>> sweep_alerts(Session* session, std::chrono::milliseconds age,
                                                     std::size_t limit);

}  // namespace evergrant::storage::postgres
