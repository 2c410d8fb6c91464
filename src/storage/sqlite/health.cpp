#include "storage/sqlite/health.h"

#include "storage/columns.h"
#include "storage/connection_columns.h"
#include "storage/sqlite/connections.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace evergrant::storage::sqlite {

namespace {

/// Of a healthy row: its access token ends within an hour of ?1, or within a quarter of its life if that is less.
const std::string ends_soon =
    " t.expires_at_s IS NOT NULL AND t.expires_at_s * 1000 <= ?1 + 1000 *"
    " CASE WHEN t.lifetime_s > 0 THEN min(3600, t.lifetime_s / 4) ELSE 3600 END";

/// Conditions whose values are bound in this order: status, tenant, provider. ?1 is the time.
std::string conditions_of(const HealthFilter& filter) {
    std::string sql;
    if (filter.status) {
        sql += " AND t.status = ?";
        if (filter.status == HealthStatus::expiring)
            sql += " AND" + ends_soon;
        if (filter.status == HealthStatus::healthy)
            sql += " AND NOT (" + ends_soon + ")";
    }
    if (filter.tenant)
        sql += " AND t.tenant_id = ?";
    if (filter.provider)
        sql += " AND t.provider = ?";
    return sql;
}

void bind_conditions(Statement& statement, const HealthFilter& filter) {
    if (filter.status)
        statement.bind(filter.status == HealthStatus::expiring ? name_of(HealthStatus::healthy)
                                                               : name_of(*filter.status));
    if (filter.tenant)
        statement.bind(filter.tenant->str());
    if (filter.provider)
        statement.bind(filter.provider->str());
}

HealthStatus status_of(std::string_view stored, bool expiring) {
    return expiring ? HealthStatus::expiring : parse_health_status(stored).value_or(HealthStatus::invalid);
}

std::vector<ConnectionKey> keys_from(Statement rows) {
    std::vector<ConnectionKey> keys;
    while (rows.step()) {
        TenantId tenant(rows.text());
        IntegrationId integration(rows.text());
        keys.push_back({std::move(tenant), std::move(integration)});
    }
    return keys;
}

ConnectionSummary summary_of(Session& session, const ConnectionKey& key) {
    static const std::string sql =
        "SELECT " + summary_columns + summary_tables + " WHERE t.tenant_id = ?1 AND t.integration_id = ?2";
    Statement row = session.database().query(sql, key.tenant.str(), key.integration.str());
    row.step();
    return read_summary(row);
}

bool record_death(Session& session, const CheckFinding& finding) {
    const Instant now = session.now();
    return session.database().change(
               "UPDATE oauth_tokens SET status = 'invalid',"
               " last_error = CASE WHEN status = 'invalid' THEN last_error ELSE ?4 END,"
               " expires_at_s = CASE WHEN ?5 THEN min(coalesce(expires_at_s, ?6), ?6) ELSE expires_at_s END,"
               " next_try_at = NULL, next_check_at = NULL, last_check_at = ?7, updated_at = ?7"
               " WHERE tenant_id = ?1 AND integration_id = ?2 AND generation = ?3"
               " AND (status = 'invalid' AND ?5 OR status <> 'invalid' AND refresh_token IS NULL"
               " AND grant_type = 'authorization_code')",
               finding.key.tenant.str(), finding.key.integration.str(), finding.generation, finding.error,
               finding.token_ended, std::chrono::floor<std::chrono::seconds>(now), now) == 1;
}

std::optional<std::chrono::seconds> next_expiry(Session& session, ConnectionStatus status) {
    Statement row = session.database().query(next_expiry_sql, name_of(status), std::uint64_t{1});
    if (!row.step())
        return std::nullopt;
    const sys_seconds now = std::chrono::floor<std::chrono::seconds>(session.now());
    return row.optional_seconds().transform([now](sys_seconds end) { return end - now; });
}

}  // namespace

std::vector<DueCheck> claim_due_checks(Session& session, const CheckClaim& claim) {
    const Instant now = session.now();
    std::vector<DueCheck> due;
    for (const ConnectionKey& key : keys_from(session.database().query(due_checks_sql, now, claim.limit))) {
        due.push_back({now, summary_of(session, key)});
        session.database().change(
            "UPDATE oauth_tokens SET next_check_at = ?3 WHERE tenant_id = ?1 AND integration_id = ?2", key.tenant.str(),
            key.integration.str(), now + claim.duration);
    }
    return due;
}

bool record_check(Session& session, const CheckFinding& finding) {
    if (finding.verdict == CheckVerdict::dead)
        return record_death(session, finding);
    const bool seen = finding.verdict != CheckVerdict::unseen;
    return session.database().change(
               "UPDATE oauth_tokens SET next_check_at = ?4,"
               " renewal_notice = CASE WHEN (dies_at_s - ?5 * 86400) * 1000 <= dies_moved_at THEN 0 ELSE ?5 END,"
               " last_check_at = CASE WHEN ?6 THEN ?7 ELSE last_check_at END,"
               " last_error = CASE WHEN ?6 AND status = 'healthy' THEN ?8 ELSE last_error END"
               " WHERE tenant_id = ?1 AND integration_id = ?2 AND generation = ?3 AND status <> 'invalid'",
               finding.key.tenant.str(), finding.key.integration.str(), finding.generation, finding.next_check_at,
               finding.renewal_notice, seen, session.now(), finding.error) == 1;
}

std::size_t demand_checks(Session& session, const CheckDemand& demand) {
    const Instant now = session.now();
    Database& database = session.database();
    std::vector<ConnectionKey> keys = keys_from(database.query(unplanned_sql, demand.provider.str(), demand.limit));
    const std::size_t room = demand.limit - keys.size();
    auto late = keys_from(database.query(planned_late_sql, demand.provider.str(), room, now + demand.beyond));
    std::ranges::move(late, std::back_inserter(keys));
    for (const ConnectionKey& key : keys)
        database.change(
            "UPDATE oauth_tokens SET next_check_at = ?3 + abs(random() % ?4) WHERE tenant_id = ?1"
            " AND integration_id = ?2",
            key.tenant.str(), key.integration.str(), now, demand.spread.count());
    return keys.size();
}

Result<Page<HealthReport>> list_health(Session& session, const HealthFilter& filter, std::string_view cursor,
                                       std::size_t limit) {
    auto after = parts_of(cursor, 2);
    if (!after)
        return std::unexpected(std::move(after).error());
    const std::string sql = "SELECT " + summary_columns + ", t.status = 'healthy' AND" + ends_soon + summary_tables +
                            " WHERE (t.tenant_id, t.integration_id) > (?2, ?3)" + conditions_of(filter) +
                            " ORDER BY t.tenant_id, t.integration_id LIMIT ?";
    Statement row = session.database().query(sql, session.now(), (*after)[0], (*after)[1]);
    bind_conditions(row, filter);
    const std::size_t size = std::max<std::size_t>(limit, 1);
    row.bind(size + 1);

    Page<HealthReport> page;
    while (row.step()) {
        if (page.items.size() == size) {
            const ConnectionKey& last = page.items.back().connection.key;
            page.next_cursor = cursor_after({last.tenant.str(), last.integration.str()});
            break;
        }
        HealthReport report;
        report.connection = read_summary(row);
        row.seek(summary_width);
        report.status = status_of(name_of(report.connection.status), row.boolean());
        page.items.push_back(std::move(report));
    }
    return page;
}

HealthCounts count_health(Session& session, const HealthFilter& filter) {
    const std::string sql =
        std::string(count_all_sql) + " WHERE true" + conditions_of(filter) + " GROUP BY t.status, expiring";
    Statement row = session.database().query(sql, session.now());
    bind_conditions(row, filter);
    HealthCounts counts{};
    while (row.step()) {
        const std::string stored = row.text();
        const bool expiring = row.boolean();
        counts[static_cast<std::size_t>(status_of(stored, expiring))] += row.number<std::uint64_t>();
    }
    return counts;
}

NextExpiries next_expiries(Session& session) {
    return {.healthy = next_expiry(session, ConnectionStatus::healthy),
            .refresh_failed = next_expiry(session, ConnectionStatus::refresh_failed)};
}

}  // namespace evergrant::storage::sqlite
