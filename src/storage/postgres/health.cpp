#include "storage/postgres/health.h"

#include "storage/columns.h"
#include "storage/postgres/connections.h"
#include "storage/postgres/row_reader.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace evergrant::storage::postgres {

namespace {

const std::string moment = "WITH moment AS MATERIALIZED (SELECT evergrant_now() AS at)";

/// Of a healthy row: its access token ends within an hour, or within a quarter of its life if that is less.
const std::string ends_soon =
    "(t.expires_at_s IS NOT NULL AND t.expires_at_s * 1000 <= (SELECT at FROM moment) + 1000 *"
    " CASE WHEN t.lifetime_s > 0 THEN least(3600, t.lifetime_s / 4) ELSE 3600 END)";

/// One statement for each set of filters: text that outlives the process, and a plan of its own.
class Variants {
public:
    using Maker = std::function<std::string(const std::string& conditions)>;

    /// `first`: the number of the first filter's parameter.
    Variants(int first, const Maker& make) {
        for (std::size_t which = 0; which < count; ++which)
            texts_.push_back(make(conditions(which, first)));
    }

    [[nodiscard]] std::string_view of(const HealthFilter& filter) const {
        const std::size_t status = filter.status ? static_cast<std::size_t>(*filter.status) + 1 : 0;
        return texts_[(status * 4) + (filter.tenant ? 2U : 0U) + (filter.provider ? 1U : 0U)];
    }

private:
    static constexpr std::size_t count = (health_statuses + 1) * 4;

    static std::string conditions(std::size_t which, int next) {
        std::string sql;
        if ((which & 2U) != 0)
            sql += " AND t.tenant_id = $" + std::to_string(next++);
        if ((which & 1U) != 0)
            sql += " AND t.provider = $" + std::to_string(next++);
        if (which < 4)
            return sql;
        switch (const auto status = static_cast<HealthStatus>((which / 4) - 1)) {
            case HealthStatus::healthy: return sql + " AND t.status = 'healthy' AND NOT " + ends_soon;
            case HealthStatus::expiring: return sql + " AND t.status = 'healthy' AND " + ends_soon;
            case HealthStatus::refresh_failed:
            case HealthStatus::invalid: return sql + " AND t.status = '" + std::string(name_of(status)) + "'";
        }
        std::unreachable();
    }

    std::vector<std::string> texts_;
};

void add_conditions(Statement& statement, const HealthFilter& filter) {
    if (filter.tenant)
        statement.add(filter.tenant->str());
    if (filter.provider)
        statement.add(filter.provider->str());
}

Statement death_statement(const CheckFinding& finding) {
    static const std::string sql =
        moment +
        " UPDATE oauth_tokens SET status = 'invalid',"
        " last_error = CASE WHEN status = 'invalid' THEN last_error ELSE $4 END,"
        " expires_at_s = CASE WHEN $5::boolean THEN least(expires_at_s, (SELECT at FROM moment) / 1000)"
        " ELSE expires_at_s END, next_try_at = NULL, claimed_by = NULL, claimed_until = NULL, next_check_at = NULL,"
        " last_check_at = (SELECT at FROM moment), updated_at = (SELECT at FROM moment)"
        " WHERE tenant_id = $1 AND integration_id = $2 AND generation = $3::bigint"
        " AND (status = 'invalid' AND $5::boolean OR status <> 'invalid' AND refresh_token IS NULL"
        " AND grant_type = 'authorization_code')";
    return Statement(sql, finding.key.tenant.str(), finding.key.integration.str(), finding.generation, finding.error,
                     finding.token_ended);
}

Statement finding_statement(const CheckFinding& finding) {
    static const std::string sql =
        moment +
        " UPDATE oauth_tokens SET next_check_at = $4::bigint,"
        " renewal_notice = CASE WHEN (dies_at_s - $5::bigint * 86400) * 1000 <= dies_moved_at THEN 0"
        " ELSE $5::bigint END,"
        " last_check_at = CASE WHEN $6::boolean THEN (SELECT at FROM moment) ELSE last_check_at END,"
        " last_error = CASE WHEN $6::boolean AND status = 'healthy' THEN $7 ELSE last_error END"
        " WHERE tenant_id = $1 AND integration_id = $2 AND generation = $3::bigint AND status <> 'invalid'";
    return Statement(sql, finding.key.tenant.str(), finding.key.integration.str(), finding.generation,
                     finding.next_check_at, finding.renewal_notice, finding.verdict != CheckVerdict::unseen,
                     finding.error);
}

HealthReport report_of(const Rows& rows, std::size_t at) {
    HealthReport report;
    RowReader row(rows, at);
    report.connection = read_summary(row);
    row.seek(summary_width);
    report.status = row.boolean()
                        ? HealthStatus::expiring
                        : parse_health_status(name_of(report.connection.status)).value_or(HealthStatus::invalid);
    return report;
}

}  // namespace

/// Rows that another replica is claiming at this moment are not waited for.
const std::string& claim_due_checks_sql() {
    static const std::string claimed =
        ", due AS MATERIALIZED (SELECT t.tenant_id, t.integration_id FROM oauth_tokens t"
        " WHERE t.next_check_at <= (SELECT at FROM moment) ORDER BY t.next_check_at LIMIT $2::bigint"
        " FOR NO KEY UPDATE OF t SKIP LOCKED),"
        " claimed AS (UPDATE oauth_tokens o SET next_check_at = (SELECT at FROM moment) + $1::bigint FROM " +
        keys_of("due") + " RETURNING o.*)";
    static const std::string sql = moment + claimed + " SELECT " + summary_columns +
                                   ", (SELECT at FROM moment) FROM claimed t" + std::string(with_intent);
    return sql;
}

Task<Result<std::vector<DueCheck>>> claim_due_checks(Session* session, CheckClaim claim) {
    std::vector<DueCheck> due;
    if (claim.limit == 0)
        co_return due;
    Statement claiming(claim_due_checks_sql(), std::int64_t{claim.duration.count()}, std::uint64_t{claim.limit});
    const auto rows = co_await session->write(std::move(claiming));
    if (!rows)
        co_return std::unexpected(rows.error());
    for (std::size_t at = 0; at < rows->size(); ++at) {
        RowReader row(*rows, at);
        ConnectionSummary connection = read_summary(row);
        due.push_back({rows->instant(at, summary_width), std::move(connection)});
    }
    co_return due;
}

Task<Result<bool>> record_check(Session* session, CheckFinding finding) {
    Statement recording = finding.verdict == CheckVerdict::dead ? death_statement(finding) : finding_statement(finding);
    const auto rows = co_await session->write(std::move(recording));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected() == 1;
}

/// Each half in its index's order.
const std::string& demand_checks_sql() {
    static const std::string sql =
        moment +
        ", unplanned AS MATERIALIZED (SELECT t.tenant_id, t.integration_id FROM oauth_tokens t WHERE t.provider = $1"
        " AND t.status <> 'invalid' AND t.next_check_at IS NULL LIMIT $4::bigint FOR NO KEY UPDATE OF t SKIP LOCKED),"
        " late AS MATERIALIZED (SELECT t.tenant_id, t.integration_id FROM oauth_tokens t WHERE t.provider = $1"
        " AND t.status <> 'invalid' AND t.next_check_at > (SELECT at FROM moment) + $2::bigint"
        " ORDER BY t.next_check_at DESC LIMIT $4::bigint - (SELECT count(*) FROM unplanned)"
        " FOR NO KEY UPDATE OF t SKIP LOCKED),"
        " demanded AS MATERIALIZED (SELECT * FROM unplanned UNION ALL SELECT * FROM late)"
        " UPDATE oauth_tokens o SET next_check_at = (SELECT at FROM moment) + floor(random() * $3::bigint)::bigint"
        " FROM " +
        keys_of("demanded");
    return sql;
}

Task<Result<std::size_t>> demand_checks(Session* session, CheckDemand demand) {
    Statement demanding(demand_checks_sql(), demand.provider.str(), std::int64_t{demand.beyond.count()},
                        std::int64_t{demand.spread.count()}, std::uint64_t{demand.limit});
    const auto rows = co_await session->write(std::move(demanding));
    if (!rows)
        co_return std::unexpected(rows.error());
    co_return rows->affected();
}

Task<Result<Page<HealthReport>>> list_health(Session* session, HealthFilter filter, std::string cursor,
                                             std::size_t limit) {
    static const Variants variants(4, [](const std::string& conditions) {
        return moment + " SELECT " + summary_columns + ", t.status = 'healthy' AND " + ends_soon +
               " FROM oauth_tokens t" + std::string(with_intent) + "WHERE (t.tenant_id, t.integration_id) > ($1, $2)" +
               conditions + " ORDER BY t.tenant_id, t.integration_id LIMIT $3::bigint";
    });
    const auto after = parts_of(cursor, 2);
    if (!after)
        co_return std::unexpected(after.error());
    const std::size_t size = std::max<std::size_t>(limit, 1);
    Statement listing(variants.of(filter), (*after)[0], (*after)[1], std::uint64_t{size + 1});
    add_conditions(listing, filter);
    const auto rows = co_await session->read(std::move(listing));
    if (!rows)
        co_return std::unexpected(rows.error());
    Page<HealthReport> page;
    for (std::size_t row = 0; row < std::min(rows->size(), size); ++row)
        page.items.push_back(report_of(*rows, row));
    if (rows->size() > size) {
        const ConnectionKey& last = page.items.back().connection.key;
        page.next_cursor = cursor_after({last.tenant.str(), last.integration.str()});
    }
    co_return page;
}

Task<Result<HealthCounts>> count_health(Session* session, HealthFilter filter) {
    static const Variants variants(1, [](const std::string& conditions) {
        return moment + " SELECT t.status, t.status = 'healthy' AND " + ends_soon +
               " AS expiring, count(*) FROM oauth_tokens t WHERE true" + conditions + " GROUP BY t.status, expiring";
    });
    Statement counting(variants.of(filter));
    add_conditions(counting, filter);
    // Else the server would count on when nobody waits any more.
    const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(longest_count);
    Statement limiting("SELECT set_config('statement_timeout', $1, true)", std::to_string(most.count()));
    Batch batch;
    batch.use = Batch::Use::read;
    batch.statements.push_back(std::move(limiting));
    batch.statements.push_back(std::move(counting));
    const auto answers = co_await session->run(std::move(batch));
    if (!answers)
        co_return std::unexpected(answers.error());
    const Rows& rows = answers->back();
    HealthCounts counts{};
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto stored = parse_health_status(rows.text(at, 0)).value_or(HealthStatus::invalid);
        const HealthStatus status = rows.boolean(at, 1) ? HealthStatus::expiring : stored;
        counts[static_cast<std::size_t>(status)] += static_cast<std::uint64_t>(rows.integer(at, 2));
    }
    co_return counts;
}

const std::string& next_expiries_sql() {
    const auto first_of = [](ConnectionStatus status) {
        return "(SELECT t.expires_at_s FROM oauth_tokens t WHERE t.status = '" + std::string(name_of(status)) +
               "' AND t.expires_at_s IS NOT NULL ORDER BY t.expires_at_s LIMIT 1)";
    };
    static const std::string sql = "SELECT evergrant_now(), " + first_of(ConnectionStatus::healthy) + ", " +
                                   first_of(ConnectionStatus::refresh_failed);
    return sql;
}

Task<Result<NextExpiries>> next_expiries(Session* session) {
    Statement asking(next_expiries_sql());
    const auto rows = co_await session->read(std::move(asking));
    if (!rows)
        co_return std::unexpected(rows.error());
    RowReader row(*rows);
    const sys_seconds now = std::chrono::floor<std::chrono::seconds>(row.instant());
    const auto left = [now](sys_seconds end) { return end - now; };
    NextExpiries next;
    next.healthy = row.optional_seconds().transform(left);
    next.refresh_failed = row.optional_seconds().transform(left);
    co_return next;
}

}  // namespace evergrant::storage::postgres
