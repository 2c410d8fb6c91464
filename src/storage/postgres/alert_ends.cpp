#include "storage/postgres/alert_ends.h"

#include "storage/alert_columns.h"

#include <utility>

namespace evergrant::storage::postgres {

namespace {

const std::string moment = "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at), ";

/// Who has left is looked at by one replica; the alert's row is waited for, since the other's look may be older. $2:
/// the channels.
const std::string end_left_sql =
    moment +
    "departed AS MATERIALIZED (SELECT l.ctid AS place, l.alert_id FROM alerts_left l WHERE NOT EXISTS (SELECT 1"
    " FROM alerts a WHERE a.id = l.alert_id AND a.state = 'collecting') LIMIT $1::bigint FOR UPDATE OF l SKIP LOCKED),"
    " seen AS (DELETE FROM alerts_left WHERE ctid = ANY (ARRAY(SELECT place FROM departed))),"
    " over AS MATERIALIZED (SELECT a.id FROM alerts a WHERE a.id IN (SELECT alert_id FROM departed)"
    " AND a.state = 'told' AND a.episode = '' AND " +
    std::string(no_connection_stands_in_it) +
    " ORDER BY a.id FOR NO KEY UPDATE OF a),"
    " ended AS (UPDATE alerts a SET state = 'ended' FROM over o WHERE a.id = o.id RETURNING a.*),"
    " ways AS (SELECT d.alert_id, d.channel FROM alert_deliveries d JOIN ended e ON e.id = d.alert_id"
    " WHERE d.channel IN (SELECT json_array_elements_text($2::json))),"
    " made AS (INSERT INTO alerts (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider, status,"
    " reason, names, count, state, episode, first_at, last_at, send_at, told_at)"
    " SELECT d.id || '-end', 'end ' || d.id, d.rule, d.severity, 1, d.tenant_id, d.integration_id, d.provider,"
    " 'recovered', '', d.names, d.count, 'told', '', m.at, m.at, m.at, m.at FROM ended d, moment m"
    " WHERE d.id IN (SELECT alert_id FROM ways) RETURNING 1),"
    " handed AS (INSERT INTO alert_deliveries (alert_id, channel, state, next_try_at)"
    " SELECT w.alert_id || '-end', w.channel, 'pending', m.at FROM ways w, moment m RETURNING 1)"
    " SELECT count(*) FROM ended";

}  // namespace

Task<Result<std::size_t>> end_episodes(Session* session, std::chrono::milliseconds unconfirmed) {
    static const std::string sql =
        moment +
        "over AS MATERIALIZED (SELECT a.id FROM alerts a WHERE a.state <> 'ended' AND a.episode <> '' AND"
        " ((a.episode = 'connections' AND NOT EXISTS (SELECT 1 FROM oauth_tokens t"
        " WHERE t.told_status = 'refresh_failed' AND t.provider = a.provider"
        " AND (a.tenant_id = '' OR t.tenant_id = a.tenant_id)))"
        " OR (a.episode = 'condition' AND a.last_at <= (SELECT at FROM moment) - $1::bigint))"
        " FOR NO KEY UPDATE OF a SKIP LOCKED),"
        " ended AS (UPDATE alerts a SET state = 'ended' FROM over o WHERE a.id = o.id RETURNING a.*),"
        " made AS (INSERT INTO alerts (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider,"
        " status, reason, names, count, state, episode, first_at, last_at, send_at)"
        " SELECT d.id || '-end', 'end ' || d.id, d.rule, d.severity, 1, d.tenant_id, d.integration_id, d.provider,"
        " 'recovered', '', d.names, d.count, 'collecting', '', m.at, m.at, m.at FROM ended d, moment m"
        " WHERE d.told_at IS NOT NULL RETURNING 1) SELECT count(*) FROM ended";
    Statement ending(sql, std::int64_t{unconfirmed.count()});
    const auto rows = co_await session->write(std::move(ending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return static_cast<std::size_t>(rows->integer(0, 0));
}

Task<Result<std::size_t>> end_left_alerts(Session* session, std::vector<std::string> channels) {
    constexpr std::uint64_t departures = 10'000;
    Statement ending(end_left_sql, departures, to_column(channels));
    const auto rows = co_await session->write(std::move(ending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return static_cast<std::size_t>(rows->integer(0, 0));
}

}  // namespace evergrant::storage::postgres
