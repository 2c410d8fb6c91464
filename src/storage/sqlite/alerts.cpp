#include "storage/sqlite/alerts.h"

#include "storage/alert_columns.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

void read_untold(Statement rows, std::vector<UntoldConnection>& into) {
    while (rows.step())
        into.push_back(storage::read_untold(rows));
}

/// Notes that it was told, if it is still as it was seen.
bool note_told(Session& session, const UntoldConnection& connection) {
    if (connection.notice != 0)
        return session.database().change(
                   "UPDATE oauth_tokens SET told_notice = renewal_notice WHERE tenant_id = ?1 AND integration_id = ?2"
                   " AND generation = ?3 AND status <> 'invalid' AND renewal_notice = ?4"
                   " AND (told_notice = 0 OR renewal_notice < told_notice)",
                   connection.key.tenant.str(), connection.key.integration.str(), connection.generation,
                   connection.notice) != 0;
    return session.database().change(
               "UPDATE oauth_tokens SET told_status = status, tell_after = 0 WHERE tenant_id = ?1"
               " AND integration_id = ?2 AND generation = ?3 AND status = ?4 AND told_status = ?5",
               connection.key.tenant.str(), connection.key.integration.str(), connection.generation,
               name_of(connection.status), name_of(connection.told)) != 0;
}

/// Notes in which alert, of those that wait to be sent, it stands now. No such alert: in none.
void note_alert(Session& session, const ConnectionTelling& one, std::string_view fold_key) {
    const ConnectionKey& key = one.connection.key;
    const std::string_view sql =
        one.connection.notice != 0
            ? "UPDATE oauth_tokens SET notice_alert ="
              " coalesce((SELECT id FROM alerts WHERE fold_key = ?3 AND state = 'collecting'), '')"
              " WHERE tenant_id = ?1 AND integration_id = ?2"
            : "UPDATE oauth_tokens SET told_alert ="
              " coalesce((SELECT id FROM alerts WHERE fold_key = ?3 AND state = 'collecting'), ''),"
              " notice_alert = CASE WHEN status = 'invalid' THEN '' ELSE notice_alert END"
              " WHERE tenant_id = ?1 AND integration_id = ?2";
    session.database().change(sql, key.tenant.str(), key.integration.str(), fold_key);
}

bool episode_lasts(Session& session, const ConnectionTelling& one) {
    Statement row = session.database().query(
        "SELECT 1 FROM alerts WHERE state <> 'ended' AND episode <> '' AND episode = 'connections' AND provider = ?1"
        " AND tenant_id IN ('', ?2)",
        one.connection.provider.str(), one.connection.key.tenant.str());
    return row.step();
}

/// Into the alert that waits to be sent; a new one if there is none, not before the pause since the last is over.
void fold(Session& session, const Telling& telling, const std::vector<std::string>& names, const AlertPace& pace) {
    const Instant now = session.now();
    session.database().change(
        "INSERT INTO alerts (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider, status, reason,"
        " names, count, state, episode, first_at, last_at, send_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, 'collecting', ?12, ?13, ?13,"
        " max(?13 + ?14, coalesce((SELECT max(told_at) FROM alerts WHERE fold_key = ?2), 0) + ?16))"
        " ON CONFLICT (fold_key) WHERE state = 'collecting' DO UPDATE SET count = count + 1, last_at = ?13,"
        " send_at = max(send_at, min(first_at + ?15, ?13 + ?14)),"
        " names = CASE WHEN json_array_length(names) < ?17 AND json_array_length(?11) > 0"
        " THEN json_insert(names, '$[#]', json_extract(?11, '$[0]')) ELSE names END",
        telling.id, telling.fold_key, telling.rule, name_of(telling.severity), telling.ends ? 1 : 0,
        telling.tenant.str(), telling.integration.str(), telling.provider.str(), telling.status, telling.reason,
        to_column(names), name_of(telling.episode), now, pace.settle.count(), pace.longest_settle.count(),
        pace.throttle.count(), names_kept);
}

/// Counts it into an episode that people know of already. False: there is none.
bool join_episode(Session& session, const std::string& fold_key) {
    return session.database().change(
               "UPDATE alerts SET count = count + 1, last_at = ?2 WHERE fold_key = ?1 AND state = 'told'"
               " AND episode = 'connections'",
               fold_key, session.now()) != 0;
}

bool is_remembered(Session& session, const std::string& fold_key) {
    Statement row = session.database().query("SELECT 1 FROM alerts WHERE fold_key = ?1", fold_key);
    return row.step();
}

std::vector<DeliveryRecord> deliveries_of(Session& session, const std::string& alert_id) {
    Statement row = session.database().query(
        "SELECT channel, state, attempts, next_try_at, delivered_at, last_error FROM alert_deliveries"
        " WHERE alert_id = ?1 ORDER BY channel",
        alert_id);
    std::vector<DeliveryRecord> deliveries;
    while (row.step())
        deliveries.push_back(read_delivery(row));
    return deliveries;
}

}  // namespace

std::vector<Alert> read_alerts(Statement rows) {
    std::vector<Alert> alerts;
    while (rows.step())
        alerts.push_back(read_alert(rows));
    return alerts;
}

std::vector<UntoldConnection> untold_connections(Session& session, std::size_t limit) {
    std::vector<UntoldConnection> untold;
    read_untold(session.database().query(untold_sql, limit), untold);
    if (untold.size() < limit)
        read_untold(session.database().query(failing_untold_sql, session.now(), limit - untold.size()), untold);
    return untold;
}

std::vector<UntoldConnection> untold_notices(Session& session, std::size_t limit) {
    std::vector<UntoldConnection> untold;
    Statement rows = session.database().query(untold_notices_sql, limit);
    while (rows.step()) {
        UntoldConnection one = read_beginning(rows);
        one.notice = rows.number<unsigned>();
        one.dies_at = rows.optional_seconds().value_or(sys_seconds());
        untold.push_back(std::move(one));
    }
    return untold;
}

void postpone_telling(Session& session, const std::vector<UntoldConnection>& failing, std::chrono::milliseconds pause) {
    for (const UntoldConnection& one : failing)
        session.database().change(
            "UPDATE oauth_tokens SET tell_after = ?4, tell_generation = generation WHERE tenant_id = ?1"
            " AND integration_id = ?2 AND generation = ?3 AND status = 'refresh_failed'",
            one.key.tenant.str(), one.key.integration.str(), one.generation, session.now() + pause);
}

std::size_t tell(Session& session, const std::vector<ConnectionTelling>& tellings, const AlertPace& pace) {
    std::size_t told = 0;
    for (const ConnectionTelling& one : tellings) {
        const UntoldConnection& connection = one.connection;
        if (!note_told(session, connection))
            continue;
        ++told;
        const std::string& fold_key = one.telling.fold_key;
        const bool counted = (one.unless_episode && episode_lasts(session, one)) || join_episode(session, fold_key);
        if (!counted)
            fold(session, one.telling, {display_name(connection.key)}, pace);
        const bool stands = !counted && !one.telling.ends;
        note_alert(session, one, stands ? std::string_view(fold_key) : std::string_view());
    }
    return told;
}

bool raise_alert(Session& session, const Telling& telling, const AlertPace& pace) {
    const std::size_t confirmed = session.database().change(
        "UPDATE alerts SET last_at = ?2 WHERE fold_key = ?1 AND state <> 'ended' AND episode = 'condition'",
        telling.fold_key, session.now());
    if (confirmed != 0 || (telling.once && is_remembered(session, telling.fold_key)))
        return false;
    fold(session, telling, {}, pace);
    return true;
}

std::vector<Alert> alerts_to_send(Session& session, std::size_t limit) {
    static const std::string sql = "SELECT " + std::string(alert_columns) +
                                   " FROM alerts a WHERE a.state = 'collecting' AND a.send_at <= ?1"
                                   " ORDER BY a.send_at LIMIT ?2";
    return read_alerts(session.database().query(sql, session.now(), limit));
}

bool send_alert(Session& session, const std::string& id, const std::vector<std::string>& channels, Episode episode) {
    const Instant now = session.now();
    if (session.database().change("UPDATE alerts SET state = 'told', told_at = ?2, episode = ?3 WHERE id = ?1"
                                  " AND state = 'collecting'",
                                  id, now, name_of(episode)) == 0)
        return false;
    for (const std::string& channel : channels)
        session.database().change(
            "INSERT INTO alert_deliveries (alert_id, channel, state, next_try_at) VALUES (?1, ?2, 'pending', ?3)"
            " ON CONFLICT DO NOTHING",
            id, channel, now);
    return true;
}

std::vector<AlertDelivery> claim_deliveries(Session& session, std::chrono::milliseconds duration, std::size_t limit) {
    static const std::string sql = "SELECT " + std::string(alert_columns) +
                                   ", d.channel, d.attempts + 1 FROM alert_deliveries d JOIN alerts a"
                                   " ON a.id = d.alert_id WHERE d.next_try_at <= ?1 AND " +
                                   std::string(beginning_is_out) + " ORDER BY d.next_try_at LIMIT ?2";
    std::vector<AlertDelivery> claimed;
    {
        Statement row = session.database().query(sql, session.now(), limit);
        while (row.step()) {
            AlertDelivery one;
            one.alert = read_alert(row);
            one.channel = row.text();
            one.attempts = row.number<unsigned>();
            claimed.push_back(std::move(one));
        }
    }
    for (const AlertDelivery& one : claimed)
        session.database().change(
            "UPDATE alert_deliveries SET attempts = ?3, next_try_at = ?4 WHERE alert_id = ?1 AND channel = ?2",
            one.alert.id, one.channel, one.attempts, session.now() + duration);
    return claimed;
}

void end_delivery(Session& session, const std::string& alert_id, const std::string& channel) {
    session.database().change(
        "UPDATE alert_deliveries SET state = 'delivered', next_try_at = NULL, delivered_at = ?3, last_error = ''"
        " WHERE alert_id = ?1 AND channel = ?2",
        alert_id, channel, session.now());
}

void fail_delivery(Session& session, const std::string& alert_id, const std::string& channel, const std::string& error,
                   std::optional<std::chrono::milliseconds> pause) {
    const auto next = pause ? std::optional(session.now() + *pause) : std::nullopt;
    session.database().change(
        "UPDATE alert_deliveries SET state = ?3, next_try_at = ?4, last_error = ?5 WHERE alert_id = ?1"
        " AND channel = ?2 AND state = 'pending'",
        alert_id, channel, pause ? "pending" : "given_up", next, error);
}

DeliveriesWaiting deliveries_waiting(Session& session) {
    const Instant now = session.now();
    Statement row = session.database().query(
        "SELECT count(*), coalesce(min(a.told_at), ?1) FROM alert_deliveries d JOIN alerts a ON a.id = d.alert_id"
        " WHERE d.next_try_at IS NOT NULL",
        now);
    row.step();
    DeliveriesWaiting waiting;
    waiting.count = row.number<std::uint64_t>();
    waiting.oldest = now - row.instant();
    return waiting;
}

Result<Page<AlertRecord>> list_alerts(Session& session, const AlertFilter& filter, std::string_view cursor,
                                      std::size_t limit) {
    static const std::string sql = "SELECT " + std::string(alert_columns) +
                                   " FROM alerts a WHERE (a.first_at, a.id) < (?1, ?2)"
                                   " AND (?3 IS NULL OR a.tenant_id = ?3) AND (?4 IS NULL OR a.provider = ?4)"
                                   " AND (?5 IS NULL OR a.rule = ?5) ORDER BY a.first_at DESC, a.id DESC LIMIT ?6";
    const auto after = alert_place(cursor);
    if (!after)
        return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    const auto tenant = filter.tenant ? std::optional(filter.tenant->str()) : std::nullopt;
    const auto provider = filter.provider ? std::optional(filter.provider->str()) : std::nullopt;
    std::vector<Alert> alerts =
        read_alerts(session.database().query(sql, after->before, after->id, tenant, provider, filter.rule, size + 1));
    Page<AlertRecord> page;
    for (std::size_t index = 0; index < std::min(alerts.size(), size); ++index) {
        std::vector<DeliveryRecord> deliveries = deliveries_of(session, alerts[index].id);
        page.items.push_back({std::move(alerts[index]), std::move(deliveries)});
    }
    if (alerts.size() > size)
        page.next_cursor = alert_cursor(page.items.back().alert);
    return page;
}

std::size_t sweep_alerts(Session& session, std::chrono::milliseconds age, std::size_t limit) {
    std::vector<std::string> old;
    {
        Statement row = session.database().query(
            "SELECT id FROM alerts a WHERE last_at < ?1 AND state <> 'collecting'"
            " AND (episode = '' OR state = 'ended') AND NOT EXISTS (SELECT 1 FROM alert_deliveries d"
            " WHERE d.alert_id = a.id AND d.next_try_at IS NOT NULL) AND " +
                std::string(no_connection_stands_in_it) + " ORDER BY last_at LIMIT ?2",
            session.now() - age, limit);
        while (row.step())
            old.push_back(row.text());
    }
    session.database().change("DELETE FROM told_of_removed WHERE removed_at < ?1", session.now() - age);
    for (const std::string& id : old) {
        session.database().change("DELETE FROM alert_deliveries WHERE alert_id = ?1", id);
        session.database().change("DELETE FROM alerts WHERE id = ?1", id);
    }
    return old.size();
}

}  // namespace evergrant::storage::sqlite
