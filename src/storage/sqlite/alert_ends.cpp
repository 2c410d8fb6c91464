#include "storage/sqlite/alert_ends.h"

#include "storage/alert_columns.h"
#include "storage/sqlite/alerts.h"

namespace evergrant::storage::sqlite {

namespace {

std::vector<Alert> episodes_over(Session& session, std::chrono::milliseconds unconfirmed) {
    static const std::string sql =
        "SELECT " + std::string(alert_columns) +
        " FROM alerts a WHERE a.state <> 'ended' AND a.episode <> '' AND ((a.episode = 'connections' AND NOT EXISTS"
        " (SELECT 1 FROM oauth_tokens t WHERE t.told_status = 'refresh_failed' AND t.provider = a.provider"
        " AND (a.tenant_id = '' OR t.tenant_id = a.tenant_id)))"
        " OR (a.episode = 'condition' AND a.last_at <= ?1))";
    return read_alerts(session.database().query(sql, session.now() - unconfirmed));
}

std::vector<Alert> left_alerts(Session& session) {
    static const std::string sql = "SELECT " + std::string(alert_columns) +
                                   " FROM alerts a WHERE a.id IN (SELECT alert_id FROM alerts_left)"
                                   " AND a.state = 'told' AND a.episode = '' AND " +
                                   std::string(no_connection_stands_in_it);
    return read_alerts(session.database().query(sql));
}

/// Its end goes at once through those of the channels that it went through itself.
void tell_end(Session& session, const Alert& alert, const std::string& channels) {
    session.database().change(
        "INSERT INTO alerts (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider, status,"
        " reason, names, count, state, episode, first_at, last_at, send_at, told_at)"
        " SELECT id || '-end', 'end ' || id, rule, severity, 1, tenant_id, integration_id, provider, 'recovered',"
        " '', names, count, 'told', '', ?2, ?2, ?2, ?2 FROM alerts WHERE id = ?1 AND EXISTS (SELECT 1"
        " FROM alert_deliveries WHERE alert_id = ?1 AND channel IN (SELECT value FROM json_each(?3)))",
        alert.id, session.now(), channels);
    session.database().change(
        "INSERT INTO alert_deliveries (alert_id, channel, state, next_try_at)"
        " SELECT alert_id || '-end', channel, 'pending', ?2 FROM alert_deliveries WHERE alert_id = ?1"
        " AND channel IN (SELECT value FROM json_each(?3))",
        alert.id, session.now(), channels);
}

}  // namespace

std::size_t end_episodes(Session& session, std::chrono::milliseconds unconfirmed) {
    const std::vector<Alert> over = episodes_over(session, unconfirmed);
    for (const Alert& one : over) {
        session.database().change("UPDATE alerts SET state = 'ended' WHERE id = ?1", one.id);
        session.database().change(
            "INSERT INTO alerts (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider, status,"
            " reason, names, count, state, episode, first_at, last_at, send_at)"
            " SELECT id || '-end', 'end ' || id, rule, severity, 1, tenant_id, integration_id, provider, 'recovered',"
            " '', names, count, 'collecting', '', ?2, ?2, ?2 FROM alerts WHERE id = ?1 AND told_at IS NOT NULL",
            one.id, session.now());
    }
    return over.size();
}

std::size_t end_left_alerts(Session& session, const std::vector<std::string>& channels) {
    const std::vector<Alert> over = left_alerts(session);
    for (const Alert& one : over) {
        session.database().change("UPDATE alerts SET state = 'ended' WHERE id = ?1", one.id);
        tell_end(session, one, to_column(channels));
    }
    session.database().change(
        "DELETE FROM alerts_left WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = alert_id"
        " AND a.state = 'collecting')");
    return over.size();
}

}  // namespace evergrant::storage::sqlite
