#include "api/handlers.h"
#include "health/alerts.h"
#include "storage/alerts.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::size_t most_listed = 500;

std::string iso(Instant time) {
    return to_iso8601(std::chrono::floor<std::chrono::seconds>(time));
}

boost::json::value iso(const std::optional<Instant>& time) {
    return time ? boost::json::value(iso(*time)) : boost::json::value(nullptr);
}

boost::json::object describe(const storage::DeliveryRecord& delivery) {
    boost::json::object body;
    body["channel"] = delivery.channel;
    body["state"] = delivery.state;
    body["attempts"] = delivery.attempts;
    body["nextTryAt"] = iso(delivery.next_try_at);
    body["deliveredAt"] = iso(delivery.delivered_at);
    if (!delivery.last_error.empty())
        body["error"] = delivery.last_error;
    return body;
}

/// A caller who is bound to tenants is not told the names of others'.
boost::json::array names_for(const broker::Principal& principal, const storage::Alert& alert) {
    boost::json::array names;
    for (const std::string& name : alert.names)
        if (principal.may_see(std::string_view(name).substr(0, name.find('/'))))
            names.emplace_back(name);
    return names;
}

boost::json::object describe(const broker::Principal& principal, const storage::AlertRecord& record) {
    const storage::Alert& alert = record.alert;
    boost::json::object body;
    body["id"] = alert.id;
    body["rule"] = alert.rule;
    body["severity"] = storage::name_of(alert.severity);
    body["ends"] = alert.ends;
    body["clientId"] = alert.tenant.str();
    body["integrationId"] = alert.integration.str();
    body["provider"] = alert.provider.str();
    body["status"] = alert.status;
    body["reason"] = alert.reason;
    body["count"] = alert.count;
    body["connections"] = names_for(principal, alert);
    body["state"] = alert.state;
    body["firstAt"] = iso(alert.first_at);
    body["lastAt"] = iso(alert.last_at);
    body["toldAt"] = iso(alert.told_at);
    boost::json::array deliveries;
    for (const storage::DeliveryRecord& one : record.deliveries)
        deliveries.push_back(describe(one));
    body["deliveries"] = std::move(deliveries);
    return body;
}

/// Whose alerts the caller asks for; who is bound to tenants names one of them.
Result<storage::AlertFilter> filter_of(const Call& call) {
    storage::AlertFilter filter;
    const std::string tenant = call.query.get("clientId");
    if (!tenant.empty()) {
        auto id = TenantId::parse(tenant);
        if (!id || !call.principal.may_see(tenant))
            return failure(Errc::tenant_not_found, "There is no such tenant.");
        filter.tenant = std::move(*id);
    } else if (call.principal.tenants) {
        return invalid_field("clientId", "clientId must name one of the tenants that this key is bound to.");
    }
    if (const std::string provider = call.query.get("provider"); !provider.empty())
        filter.provider = ProviderId(provider);
    if (std::string rule = call.query.get("rule"); !rule.empty())
        filter.rule = std::move(rule);
    return filter;
}

Result<std::size_t> limit_of(const Query& query) {
    std::size_t limit = 100;
    const std::string written = query.get("limit");
    if (written.empty())
        return limit;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), limit);
    if (error != std::errc() || end != written.data() + written.size() || limit == 0 || limit > most_listed)
        return invalid_field("limit", "limit must be a whole number from 1 to 500.");
    return limit;
}

}  // namespace

Answer list_alerts(Call call) {
    const auto known = call.query.only({"clientId", "provider", "rule", "cursor", "limit"});
    if (!known)
        co_return std::unexpected(known.error());
    const auto limit = limit_of(call.query);
    if (!limit)
        co_return std::unexpected(limit.error());
    auto filter = filter_of(call);
    if (!filter)
        co_return std::unexpected(std::move(filter).error());
    storage::AlertStore& store = storage::alerts_of(call.context.store);
    const auto page = co_await store.list_alerts(std::move(*filter), call.query.get("cursor"), *limit);
    if (!page)
        co_return std::unexpected(page.error());
    boost::json::array rows;
    for (const storage::AlertRecord& record : page->items)
        rows.push_back(describe(call.principal, record));
    boost::json::object body;
    body["alerts"] = std::move(rows);
    if (page->next_cursor.empty())
        body["nextCursor"] = nullptr;
    else
        body["nextCursor"] = page->next_cursor;
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer test_alerts(Call call) {
    auto read = Body::parse(call.request, {});
    if (!read)
        co_return std::unexpected(std::move(read).error());
    const auto outcomes = co_await call.context.alerts->test();
    boost::json::array rows;
    for (const auto& outcome : outcomes) {
        boost::json::object row;
        row["channel"] = outcome.channel;
        row["delivered"] = outcome.sent.has_value();
        if (!outcome.sent)
            row["error"] = outcome.sent.error().message;
        rows.push_back(std::move(row));
    }
    boost::json::object body;
    body["channels"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

}  // namespace evergrant::api
