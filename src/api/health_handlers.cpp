#include "api/descriptions.h"
#include "api/envelope.h"
#include "api/handlers.h"
#include "storage/revocations.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::api {

namespace {

using storage::HealthStatus;

constexpr std::size_t most_listed = 500;
constexpr std::size_t most_checked = 200;
/// What is left of the caller's time when a check has ended, to answer in.
constexpr std::chrono::seconds time_to_answer{5};
constexpr std::chrono::seconds time_to_check{25};

boost::json::object describe(const storage::HealthReport& report) {
    const storage::ConnectionSummary& connection = report.connection;
    boost::json::object row;
    row["clientId"] = connection.key.tenant.str();
    row["provider"] = connection.provider.str();
    row["integrationId"] = connection.key.integration.str();
    row["status"] = storage::name_of(report.status);
    row["lastRefresh"] = time_or_null(connection.last_refresh);
    row["expiresAt"] = time_or_null(connection.expires_at);
    row["lastHealthCheck"] = time_or_null(connection.last_check_at);
    row["error"] = nullptr;
    if (!connection.last_error.empty())
        row["error"] = connection.last_error;
    row["grantedBy"] = granted_by_or_null(connection.granted_by);
    row["renewBy"] = time_or_null(connection.dies_at);
    row["nextTry"] = nullptr;
    if (report.status == HealthStatus::refresh_failed)
        row["nextTry"] = time_or_null(connection.next_try_at);
    return row;
}

boost::json::array describe(const std::vector<storage::HealthReport>& reports) {
    boost::json::array rows;
    for (const storage::HealthReport& report : reports)
        rows.push_back(describe(report));
    return rows;
}

bool is_unhealthy(HealthStatus status) {
    return status == HealthStatus::refresh_failed || status == HealthStatus::invalid;
}

boost::json::value cursor_or_null(const std::string& cursor) {
    return cursor.empty() ? boost::json::value(nullptr) : boost::json::value(cursor);
}

boost::json::object summary_of(const storage::HealthCounts& counts) {
    boost::json::object summary;
    for (std::size_t index = 0; index < counts.size(); ++index)
        summary[storage::name_of(static_cast<HealthStatus>(index))] = counts[index];
    return summary;
}

std::uint64_t unhealthy_of(const storage::HealthCounts& counts) {
    std::uint64_t unhealthy = 0;
    for (std::size_t index = 0; index < counts.size(); ++index)
        unhealthy += is_unhealthy(static_cast<HealthStatus>(index)) ? counts[index] : 0;
    return unhealthy;
}

/// Nothing: it is not one.
std::optional<std::size_t> number_in(std::string_view written, std::size_t most) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
    if (error != std::errc() || end != written.data() + written.size() || number == 0 || number > most)
        return std::nullopt;
    return number;
}

std::unexpected<Error> bad_limit(std::size_t most) {
    return invalid_field("limit", "limit must be a whole number from 1 to " + std::to_string(most) + ".");
}

/// What the caller asks for, within what its key is bound to. Nothing to see is an empty tenant: no row has one.
Result<storage::HealthFilter> narrowed(const Call& call) {
    storage::HealthFilter filter;
    const std::string tenant = call.query.get("clientId");
    const std::string provider = call.query.get("provider");
    const broker::Principal& principal = call.principal;
    if (!tenant.empty()) {
        auto id = TenantId::parse(tenant);
        filter.tenant = id && principal.may_see(tenant) ? std::move(*id) : TenantId();
    } else if (principal.tenants) {
        if (principal.tenants->size() > 1)
            return invalid_field("clientId", "clientId is required of a key that is bound to several tenants.");
        filter.tenant = principal.tenants->empty() ? TenantId() : principal.tenants->front();
    }
    if (!provider.empty()) {
        const auto known = call.context.catalog.get(provider);
        if (!known)
            return std::unexpected(known.error());
        filter.provider = (*known)->id;
        if (!principal.may_use((*known)->id))
            filter.tenant = TenantId();
    } else if (!principal.providers.empty()) {
        if (principal.providers.size() > 1)
            return invalid_field("provider", "provider is required of a key that is bound to several providers.");
        filter.provider = principal.providers.front();
    }
    if (call.query.has("status")) {
        filter.status = storage::parse_health_status(call.query.get("status"));
        if (!filter.status)
            return invalid_field("status", "status must be healthy, expiring, refresh_failed or invalid.");
    }
    return filter;
}

boost::json::object describe(const TenantId& tenant, const health::SetupState& state) {
    boost::json::object token_health;
    for (const auto& [provider, status] : state.token_health)
        token_health[provider.str()] = storage::name_of(status);
    boost::json::object checklist;
    checklist["tenantExists"] = state.tenant_exists;
    checklist["appCredentials"] = state.app_credentials;
    checklist["connected"] = state.connected;
    checklist["tokensHealthy"] = state.tokens_healthy;
    checklist["tokenHealth"] = std::move(token_health);
    checklist["ready"] = state.ready();
    checklist["issues"] = boost::json::array(state.issues.begin(), state.issues.end());
    boost::json::object data;
    data["clientId"] = tenant.str();
    data["checklist"] = std::move(checklist);
    return data;
}

}  // namespace

Answer health_reports(Call call) {
    const auto begun = std::chrono::steady_clock::now();
    const auto known = call.query.only({"status", "provider", "clientId", "limit", "cursor"});
    if (!known)
        co_return std::unexpected(known.error());
    const auto filter = narrowed(call);
    if (!filter)
        co_return std::unexpected(filter.error());
    std::size_t limit = 100;
    if (call.query.has("limit")) {
        const auto written = number_in(call.query.get("limit"), most_listed);
        if (!written)
            co_return bad_limit(most_listed);
        limit = *written;
    }
    const auto page = co_await call.context.store.list_health(*filter, call.query.get("cursor"), limit);
    if (!page)
        co_return std::unexpected(page.error());
    const auto counts = co_await call.context.store.count_health(*filter);
    if (!counts)
        co_return std::unexpected(counts.error());
    storage::ConnectionFilter gone;
    gone.tenant = filter->tenant;
    gone.provider = filter->provider;
    const auto waiting = co_await storage::revocations_of(call.context.store).revocations_waiting(std::move(gone));
    if (!waiting)
        co_return std::unexpected(waiting.error());
    boost::json::object data;
    data["tokens"] = describe(page->items);
    data["revocationsWaiting"] = waiting->count;
    data["unhealthy"] = unhealthy_of(*counts);
    data["summary"] = summary_of(*counts);
    data["nextCursor"] = cursor_or_null(page->next_cursor);
    co_return enveloped(std::move(data), call.request.request_id, begun, call.context.clock.now_seconds());
}

Answer check_health(Call call) {
    const auto begun = std::chrono::steady_clock::now();
    auto body = Body::parse(call.request, {"clientId", "limit", "cursor"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    storage::HealthFilter filter;
    filter.tenant = body->tenant({"clientId"});
    std::string cursor = body->text("cursor");
    const std::optional<std::int64_t> written = body->whole_number("limit");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (written && (*written < 1 || *written > static_cast<std::int64_t>(most_checked)))
        co_return bad_limit(most_checked);
    const auto limit = static_cast<std::size_t>(written.value_or(most_checked));
    const async::Deadline in_time(call.deadline.at() - time_to_answer);
    const async::Deadline deadline = in_time.sooner(async::Deadline::after(time_to_check));
    const auto checked = co_await call.context.health.check(std::move(filter), std::move(cursor), limit, deadline);
    if (!checked)
        co_return std::unexpected(checked.error());
    const std::vector<storage::HealthReport>& reports = checked->reports.items;
    boost::json::object data;
    data["checked"] = checked->checked;
    data["unhealthy"] = std::ranges::count_if(reports, [](const auto& report) { return is_unhealthy(report.status); });
    data["reports"] = describe(reports);
    data["nextCursor"] = cursor_or_null(checked->reports.next_cursor);
    co_return enveloped(std::move(data), call.request.request_id, begun, call.context.clock.now_seconds());
}

Answer setup_checklist(Call call) {
    const auto begun = std::chrono::steady_clock::now();
    const auto tenant = tenant_in_path(call.path_parameter("id"));
    if (!tenant)
        co_return std::unexpected(tenant.error());
    const auto state = co_await call.context.health.setup().of(*tenant);
    if (!state)
        co_return std::unexpected(state.error());
    boost::json::object data = describe(*tenant, *state);
    co_return enveloped(std::move(data), call.request.request_id, begun, call.context.clock.now_seconds());
}

}  // namespace evergrant::api
