#include "storage/postgres/alerts.h"

#include "storage/alert_columns.h"
#include "storage/postgres/row_reader.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

const std::string moment = "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at), ";

const std::string own_app =
    "EXISTS (SELECT 1 FROM oauth_configurations c WHERE c.tenant_id = t.tenant_id AND c.provider = t.provider)";

/// As its index has it, word for word.
const std::string untold_notice =
    "t.renewal_notice <> 0 AND t.status <> 'invalid' AND (t.told_notice = 0 OR t.renewal_notice < t.told_notice)";

/// The events that came as JSON, locked where the connection is still as it was seen.
const std::string seen =
    "e AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS x (tenant text, integration text,"
    " generation bigint, status text, told text, notice bigint, provider text, id text, fold_key text, rule text, "
    "severity text,"
    " ends bigint, episode text, word text, reason text, unless_episode boolean)),"
    " locked AS MATERIALIZED (SELECT e.* FROM e JOIN oauth_tokens t ON t.tenant_id = e.tenant"
    " AND t.integration_id = e.integration WHERE t.generation = e.generation"
    " AND CASE WHEN e.notice = 0 THEN t.status = e.status AND t.told_status = e.told"
    " ELSE t.renewal_notice = e.notice AND " +
    untold_notice + " END FOR NO KEY UPDATE OF t SKIP LOCKED), ";

/// $2 to $4: the pace; $5: how many names are kept. Of `folded`: one row for each alert that is made or added to.
const std::string fold =
    " INSERT INTO alerts AS a (id, fold_key, rule, severity, ends, tenant_id, integration_id, provider, status, reason,"
    " names, count, state, episode, first_at, last_at, send_at)"
    " SELECT f.id, f.fold_key, f.rule, f.severity, f.ends, f.tenant, f.integration, f.provider, f.word, f.reason,"
    " f.names, f.n, 'collecting', f.episode, m.at, m.at, greatest(m.at + $2::bigint,"
    " coalesce((SELECT max(told_at) FROM alerts b WHERE b.fold_key = f.fold_key), 0) + $4::bigint)"
    " FROM folded f, moment m ORDER BY f.fold_key"
    " ON CONFLICT (fold_key) WHERE state = 'collecting' DO UPDATE SET count = a.count + excluded.count,"
    " last_at = excluded.last_at, send_at = greatest(a.send_at, least(a.first_at + $3::bigint,"
    " excluded.last_at + $2::bigint)), names = CASE WHEN json_array_length(a.names::json) < $5::bigint"
    " THEN (a.names::jsonb || excluded.names::jsonb)::text ELSE a.names END";

/// The rows are noted last: by then it is known in which alert each stands. Of an episode under way, and of a recovery,
/// in none.
const std::string tell_sql =
    moment + seen +
    "spoken AS (SELECT l.* FROM locked l WHERE NOT (l.unless_episode AND EXISTS (SELECT 1 FROM alerts a"
    " WHERE a.state <> 'ended' AND a.episode <> '' AND a.episode = 'connections' AND a.provider = l.provider"
    " AND a.tenant_id IN ('', l.tenant)))),"
    " joined AS (UPDATE alerts a SET count = a.count + g.n, last_at = (SELECT at FROM moment)"
    " FROM (SELECT fold_key, count(*) AS n FROM spoken GROUP BY fold_key) g WHERE a.fold_key = g.fold_key"
    " AND a.state = 'told' AND a.episode = 'connections' RETURNING a.fold_key),"
    " ranked AS (SELECT s.*, row_number() OVER (PARTITION BY fold_key ORDER BY tenant, integration) AS rank,"
    " count(*) OVER (PARTITION BY fold_key) AS n FROM spoken s"
    " WHERE fold_key NOT IN (SELECT fold_key FROM joined)),"
    " folded AS (SELECT r.*, (SELECT json_agg(x.tenant || '/' || x.integration ORDER BY x.rank)::text FROM ranked x"
    " WHERE x.fold_key = r.fold_key AND x.rank <= $5::bigint) AS names FROM ranked r WHERE r.rank = 1),"
    " made AS (" +
    fold +
    " RETURNING a.id, a.fold_key),"
    " standing AS MATERIALIZED (SELECT l.*, CASE WHEN l.ends = 0 THEN coalesce(m.id, '') ELSE '' END AS alert"
    " FROM locked l LEFT JOIN spoken s ON s.tenant = l.tenant AND s.integration = l.integration"
    " LEFT JOIN made m ON m.fold_key = s.fold_key),"
    " told AS (UPDATE oauth_tokens t SET"
    " told_status = CASE WHEN l.notice = 0 THEN t.status ELSE t.told_status END,"
    " tell_after = CASE WHEN l.notice = 0 THEN 0 ELSE t.tell_after END,"
    " told_notice = CASE WHEN l.notice = 0 THEN t.told_notice ELSE l.notice END,"
    " told_alert = CASE WHEN l.notice = 0 THEN l.alert ELSE t.told_alert END,"
    " notice_alert = CASE WHEN l.notice <> 0 THEN l.alert WHEN t.status = 'invalid' THEN '' ELSE t.notice_alert END"
    " FROM standing l WHERE t.tenant_id = l.tenant AND t.integration_id = l.integration RETURNING 1)"
    " SELECT count(*) FROM told";

const std::string raise_sql =
    moment +
    "confirmed AS (UPDATE alerts SET last_at = (SELECT at FROM moment) WHERE fold_key = $6 AND state <> 'ended'"
    " AND episode = 'condition' RETURNING 1),"
    " folded AS (SELECT $1::text AS id, $6::text AS fold_key, $7::text AS rule, $8::text AS severity,"
    " $9::bigint AS ends, $10::text AS tenant, $11::text AS integration, $12::text AS provider, $13::text AS word,"
    " $14::text AS reason, '[]'::text AS names, 1::bigint AS n, $15::text AS episode"
    " WHERE NOT EXISTS (SELECT 1 FROM confirmed)"
    " AND NOT ($16::boolean AND EXISTS (SELECT 1 FROM alerts r WHERE r.fold_key = $6)))" +
    fold;

const std::string first_columns =
    "SELECT t.tenant_id, t.integration_id, t.provider, t.status, t.told_status, t.generation, ";
const std::string untold_columns = first_columns + "t.last_error, t.failures, ";

UntoldConnection read_untold(const Rows& rows, std::size_t at) {
    RowReader row(rows, at);
    return storage::read_untold(row);
}

DeliveryRecord read_delivery(const Rows& rows, std::size_t at) {
    RowReader row(rows, at);
    row.seek(1);
    return storage::read_delivery(row);
}

Statement listing(const AlertFilter& filter, const AlertPlace& after, std::size_t limit) {
    static const std::string sql =
        "SELECT " + std::string(alert_columns) +
        " FROM alerts a WHERE (a.first_at, a.id) < ($1::bigint, $2)"
        " AND ($3::text IS NULL OR a.tenant_id = $3) AND ($4::text IS NULL OR a.provider = $4)"
        " AND ($5::text IS NULL OR a.rule = $5) ORDER BY a.first_at DESC, a.id DESC LIMIT $6::bigint";
    const auto tenant = filter.tenant ? std::optional(filter.tenant->str()) : std::nullopt;
    const auto provider = filter.provider ? std::optional(filter.provider->str()) : std::nullopt;
    return Statement(sql, after.before, after.id, tenant, provider, filter.rule, std::uint64_t{limit});
}

/// The deliveries of these alerts, each to its own.
Task<Result<void>> add_deliveries(Session* session, std::vector<AlertRecord>* records) {
    std::vector<std::string> ids;
    for (const AlertRecord& one : *records)
        ids.push_back(one.alert.id);
    Statement asking(
        "SELECT alert_id, channel, state, attempts, next_try_at, delivered_at, last_error FROM alert_deliveries"
        " WHERE alert_id IN (SELECT json_array_elements_text($1::json)) ORDER BY channel",
        to_column(ids));
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    for (std::size_t at = 0; at < rows->size(); ++at) {
        const auto owner = std::ranges::find(*records, rows->text(at, 0),
                                             [](const AlertRecord& one) { return std::string_view(one.alert.id); });
        if (owner != records->end())
            owner->deliveries.push_back(read_delivery(*rows, at));
    }
    co_return Result<void>();
}

Task<Result<void>> done(Session* session, Statement statement) {
    const auto rows = co_await session->write(std::move(statement));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return Result<void>();
}

}  // namespace

// Each in its index's order: without one the planner takes all rows for untold, and looks at them.
const std::string untold_sql =
    "(" + untold_columns + "false, " + own_app +
    " FROM oauth_tokens t WHERE t.status <> t.told_status AND t.status <> 'refresh_failed'"
    " ORDER BY t.status, t.tenant_id, t.integration_id LIMIT $1::bigint)"
    " UNION ALL (" +
    untold_columns + "t.tell_generation = t.generation, " + own_app +
    " FROM oauth_tokens t WHERE t.status = 'refresh_failed' AND t.told_status <> 'refresh_failed'"
    " AND t.tell_after <= (SELECT evergrant_now()) ORDER BY t.tell_after, t.tenant_id, t.integration_id"
    " LIMIT $1::bigint) LIMIT $1::bigint";

Task<Result<std::vector<UntoldConnection>>> untold_connections(Session* session, std::size_t limit) {
    Statement asking(untold_sql, std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<UntoldConnection> untold;
    for (std::size_t at = 0; at < rows->size(); ++at)
        untold.push_back(read_untold(*rows, at));
    co_return untold;
}

const std::string untold_notices_sql = first_columns + "t.renewal_notice, t.dies_at_s FROM oauth_tokens t WHERE " +
                                       untold_notice +
                                       " ORDER BY t.renewal_notice, t.tenant_id, t.integration_id LIMIT $1::bigint";

Task<Result<std::vector<UntoldConnection>>> untold_notices(Session* session, std::size_t limit) {
    Statement asking(untold_notices_sql, std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<UntoldConnection> untold;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        UntoldConnection one = read_beginning(row);
        one.notice = row.number<unsigned>();
        one.dies_at = row.optional_seconds().value_or(sys_seconds());
        untold.push_back(std::move(one));
    }
    co_return untold;
}

Task<Result<void>> postpone_telling(Session* session, std::vector<UntoldConnection> failing,
                                    std::chrono::milliseconds pause) {
    static const std::string sql =
        moment +
        "e AS MATERIALIZED (SELECT t.tenant_id, t.integration_id FROM json_to_recordset($1::json) AS x (tenant text,"
        " integration text, generation bigint) JOIN oauth_tokens t ON t.tenant_id = x.tenant"
        " AND t.integration_id = x.integration AND t.generation = x.generation"
        " WHERE t.status = 'refresh_failed' FOR NO KEY UPDATE OF t SKIP LOCKED)"
        " UPDATE oauth_tokens t SET tell_after = (SELECT at FROM moment) + $2::bigint, tell_generation = t.generation"
        " FROM e WHERE t.tenant_id = e.tenant_id AND t.integration_id = e.integration_id";
    Statement postponing(sql, to_json(failing), std::int64_t{pause.count()});
    return done(session, std::move(postponing));
}

Task<Result<std::size_t>> tell(Session* session, std::vector<ConnectionTelling> tellings, AlertPace pace) {
    Statement telling(tell_sql, to_json(tellings), std::int64_t{pace.settle.count()},
                      std::int64_t{pace.longest_settle.count()}, std::int64_t{pace.throttle.count()},
                      std::uint64_t{names_kept});
    const auto rows = co_await session->write(std::move(telling));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return static_cast<std::size_t>(rows->integer(0, 0));
}

Task<Result<bool>> raise_alert(Session* session, Telling telling, AlertPace pace) {
    Statement raising(raise_sql, telling.id, std::int64_t{pace.settle.count()},
                      std::int64_t{pace.longest_settle.count()}, std::int64_t{pace.throttle.count()},
                      std::uint64_t{names_kept}, telling.fold_key, telling.rule, name_of(telling.severity),
                      telling.ends ? 1 : 0, telling.tenant.str(), telling.integration.str(), telling.provider.str(),
                      telling.status, telling.reason, name_of(telling.episode), telling.once);
    const auto rows = co_await session->write(std::move(raising));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

Task<Result<std::vector<Alert>>> alerts_to_send(Session* session, std::size_t limit) {
    static const std::string sql = "SELECT " + std::string(alert_columns) +
                                   " FROM alerts a WHERE a.state = 'collecting'"
                                   " AND a.send_at <= (SELECT evergrant_now()) ORDER BY a.send_at LIMIT $1::bigint";
    Statement asking(sql, std::uint64_t{limit});
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<Alert> alerts;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        alerts.push_back(read_alert(row));
    }
    co_return alerts;
}

Task<Result<bool>> send_alert(Session* session, std::string id, std::vector<std::string> channels, Episode episode) {
    static const std::string sql =
        moment +
        "sent AS (UPDATE alerts SET state = 'told', told_at = (SELECT at FROM moment), episode = $3 WHERE id = $1"
        " AND state = 'collecting' RETURNING id),"
        " handed AS (INSERT INTO alert_deliveries (alert_id, channel, state, next_try_at)"
        " SELECT s.id, c.name, 'pending', (SELECT at FROM moment) FROM sent s,"
        " json_array_elements_text($2::json) AS c (name) ON CONFLICT DO NOTHING RETURNING 1)"
        " SELECT count(*) FROM sent";
    Statement sending(sql, id, to_column(channels), name_of(episode));
    const auto rows = co_await session->write(std::move(sending));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->integer(0, 0) == 1;
}

Task<Result<std::vector<AlertDelivery>>> claim_deliveries(Session* session, std::chrono::milliseconds duration,
                                                          std::size_t limit) {
    static const std::string sql =
        moment +
        "due AS MATERIALIZED (SELECT d.alert_id, d.channel FROM alert_deliveries d"
        " WHERE d.next_try_at <= (SELECT at FROM moment) AND " +
        std::string(beginning_is_out) +
        " ORDER BY d.next_try_at LIMIT $2::bigint FOR NO KEY UPDATE OF d SKIP LOCKED),"
        " claimed AS (UPDATE alert_deliveries d SET attempts = d.attempts + 1,"
        " next_try_at = (SELECT at FROM moment) + $1::bigint FROM due WHERE d.alert_id = due.alert_id"
        " AND d.channel = due.channel RETURNING d.alert_id, d.channel, d.attempts)"
        " SELECT " +
        std::string(alert_columns) + ", d.channel, d.attempts FROM claimed d JOIN alerts a ON a.id = d.alert_id";
    Statement claiming(sql, std::int64_t{duration.count()}, std::uint64_t{limit});
    const auto rows = co_await session->write(std::move(claiming));
    if (!rows)
        co_return std::unexpected(rows.error());
    std::vector<AlertDelivery> claimed;
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        AlertDelivery one;
        one.alert = read_alert(row);
        one.channel = row.text();
        one.attempts = row.number<unsigned>();
        claimed.push_back(std::move(one));
    }
    co_return claimed;
}

Task<Result<void>> end_delivery(Session* session, std::string alert_id, std::string channel) {
    Statement ending(
        "UPDATE alert_deliveries SET state = 'delivered', next_try_at = NULL, delivered_at = evergrant_now(),"
        " last_error = '' WHERE alert_id = $1 AND channel = $2",
        alert_id, channel);
    return done(session, std::move(ending));
}

Task<Result<void>> fail_delivery(Session* session, std::string alert_id, std::string channel, std::string error,
                                 std::optional<std::chrono::milliseconds> pause) {
    const auto later = pause ? std::optional(std::int64_t{pause->count()}) : std::nullopt;
    Statement failing(
        "UPDATE alert_deliveries SET state = $3, next_try_at = evergrant_now() + $4::bigint, last_error = $5"
        " WHERE alert_id = $1 AND channel = $2 AND state = 'pending'",
        alert_id, channel, pause ? "pending" : "given_up", later, error);
    return done(session, std::move(failing));
}

Task<Result<DeliveriesWaiting>> deliveries_waiting(Session* session) {
    Statement asking(
        "SELECT count(*), coalesce(evergrant_now() - min(a.told_at), 0) FROM alert_deliveries d"
        " JOIN alerts a ON a.id = d.alert_id WHERE d.next_try_at IS NOT NULL");
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    RowReader row(*rows);
    DeliveriesWaiting waiting;
    waiting.count = row.number<std::uint64_t>();
    waiting.oldest = std::chrono::milliseconds(row.integer());
    co_return waiting;
}

Task<Result<Page<AlertRecord>>> list_alerts(Session* session, AlertFilter filter, std::string cursor,
                                            std::size_t limit) {
    const auto after = alert_place(cursor);
    if (!after)
        co_return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement asking = listing(filter, *after, size + 1);
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<AlertRecord> page;
    for (std::size_t at = 0; at < std::min(rows->size(), size); ++at) {
        RowReader row(*rows, at);
        AlertRecord record;
        record.alert = read_alert(row);
        page.items.push_back(std::move(record));
    }
    if (rows->size() > size)
        page.next_cursor = alert_cursor(page.items.back().alert);
    const auto added = co_await add_deliveries(session, &page.items);
    if (!added)
        co_return std::unexpected(added.error());
    co_return page;
}

Task<Result<std::size_t>> sweep_alerts(Session* session, std::chrono::milliseconds age, std::size_t limit) {
    static const std::string sql =
        moment +
        "old AS MATERIALIZED (SELECT a.id FROM alerts a WHERE a.last_at < (SELECT at FROM moment) - $1::bigint"
        " AND a.state <> 'collecting' AND (a.episode = '' OR a.state = 'ended')"
        " AND NOT EXISTS (SELECT 1 FROM alert_deliveries d WHERE d.alert_id = a.id AND d.next_try_at IS NOT NULL)"
        " AND " +
        std::string(no_connection_stands_in_it) +
        " ORDER BY a.last_at LIMIT $2::bigint FOR UPDATE OF a SKIP LOCKED),"
        " forgotten AS (DELETE FROM told_of_removed WHERE removed_at < (SELECT at FROM moment) - $1::bigint),"
        " deliveries AS (DELETE FROM alert_deliveries d USING old WHERE d.alert_id = old.id RETURNING 1),"
        " gone AS (DELETE FROM alerts a USING old WHERE a.id = old.id RETURNING 1) SELECT count(*) FROM gone";
    Statement sweeping(sql, std::int64_t{age.count()}, std::uint64_t{limit});
    const auto rows = co_await session->write(std::move(sweeping));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return static_cast<std::size_t>(rows->integer(0, 0));
}

}  // namespace evergrant::storage::postgres
