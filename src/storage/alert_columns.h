#pragma once
//
// How alerts stand in columns, and how many of them travel to an engine in one parameter: as JSON. Pure.
// Errors: StoreException when a column holds what was never written.
//
#include "storage/alerts.h"
#include "storage/columns.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

inline constexpr std::size_t names_kept = 5;  ///< of those an alert stands for

[[nodiscard]] std::string_view name_of(Episode episode) noexcept;
[[nodiscard]] Severity severity_from(std::string_view column);
[[nodiscard]] Episode episode_from(std::string_view column);
[[nodiscard]] ConnectionStatus status_from(std::string_view column);

/// `[{"tenant":…,"integration":…,"generation":…, …}]`
[[nodiscard]] std::string to_json(const std::vector<ConnectionTelling>& tellings);
[[nodiscard]] std::string to_json(const std::vector<UntoldConnection>& connections);

/// The name by which an alert lists a connection.
[[nodiscard]] std::string display_name(const ConnectionKey& key);

/// Where a list of alerts, newest first, goes on.
struct AlertPlace {
    std::int64_t before{std::numeric_limits<std::int64_t>::max()};  ///< milliseconds since 1970
    std::string id;
};
/// Errors: invalid_request.
[[nodiscard]] Result<AlertPlace> alert_place(std::string_view cursor);
[[nodiscard]] std::string alert_cursor(const Alert& last);

/// The columns of an alert, in the order in which both engines read them.
inline constexpr std::string_view alert_columns =
    "a.id, a.fold_key, a.rule, a.severity, a.ends, a.episode, a.tenant_id, a.integration_id, a.provider, a.status,"
    " a.reason, a.names, a.count, a.state, a.first_at, a.last_at, a.told_at";

/// Of a delivery `d`: it is of no end whose beginning is yet to arrive in its channel.
inline constexpr std::string_view beginning_is_out =
    "NOT (d.alert_id LIKE '%-end' AND EXISTS (SELECT 1 FROM alert_deliveries b"
    " WHERE b.alert_id = substr(d.alert_id, 1, length(d.alert_id) - 4) AND b.channel = d.channel"
    " AND b.next_try_at IS NOT NULL))";

/// Of an alert `a`: no connection was told of in it last. Each half is as its index has it.
inline constexpr std::string_view no_connection_stands_in_it =
    "NOT EXISTS (SELECT 1 FROM oauth_tokens t WHERE t.told_alert = a.id AND t.told_alert <> '')"
    " AND NOT EXISTS (SELECT 1 FROM oauth_tokens t WHERE t.notice_alert = a.id AND t.notice_alert <> '')";

/// Reads them from a row of either engine.
template <class Row>
[[nodiscard]] Alert read_alert(Row& row) {
    Alert alert;
    alert.id = row.text();
    alert.fold_key = row.text();
    alert.rule = row.text();
    alert.severity = severity_from(row.text());
    alert.ends = row.text() == "1";
    alert.episode = episode_from(row.text());
    alert.tenant = TenantId(row.text());
    alert.integration = IntegrationId(row.text());
    alert.provider = ProviderId(row.text());
    alert.status = row.text();
    alert.reason = row.text();
    alert.names = list_from(row.text());
    alert.count = row.template number<std::uint64_t>();
    alert.state = row.text();
    alert.first_at = row.instant();
    alert.last_at = row.instant();
    alert.told_at = row.optional_instant();
    return alert;
}

/// Tenant, integration, provider, status, what was told of it and generation of a connection that is to be told of.
template <class Row>
[[nodiscard]] UntoldConnection read_beginning(Row& row) {
    UntoldConnection one;
    one.key.tenant = TenantId(row.text());
    one.key.integration = IntegrationId(row.text());
    one.provider = ProviderId(row.text());
    one.status = status_from(row.text());
    one.told = status_from(row.text());
    one.generation = row.template number<Generation>();
    return one;
}

/// The same, then its error, how often it failed, whether the telling was put off, and whether its app is its own.
template <class Row>
[[nodiscard]] UntoldConnection read_untold(Row& row) {
    UntoldConnection one = read_beginning(row);
    one.error = row.text();
    one.failures = row.template number<unsigned>();
    one.postponed = row.boolean();
    one.own_app = row.boolean();
    return one;
}

/// Channel, state, attempts, next try, delivery and last error.
template <class Row>
[[nodiscard]] DeliveryRecord read_delivery(Row& row) {
    DeliveryRecord one;
    one.channel = row.text();
    one.state = row.text();
    one.attempts = row.template number<unsigned>();
    one.next_try_at = row.optional_instant();
    one.delivered_at = row.optional_instant();
    one.last_error = row.text();
    return one;
}

}  // namespace evergrant::storage
