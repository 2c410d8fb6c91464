#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::size_t most_listed = 500;
constexpr std::size_t most_contacts = 100;

boost::json::object describe(const storage::Tenant& tenant) {
    boost::json::object body;
    body["id"] = tenant.id.str();
    body["name"] = tenant.name;
    if (!tenant.time_zone.empty())
        body["timeZone"] = tenant.time_zone;
    body["contacts"] = tenant.contacts;
    body["settings"] = tenant.settings;
    body["createdAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(tenant.created_at));
    body["updatedAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(tenant.updated_at));
    return body;
}

net::Response answer_with(unsigned status, const storage::Tenant& tenant) {
    return net::json_response(status, boost::json::serialize(describe(tenant)));
}

broker::TenantChange change_of(Body& body) {
    broker::TenantChange change;
    if (body.has("name"))
        change.name = body.text("name");
    if (body.has("timeZone"))
        change.time_zone = body.text("timeZone");
    change.contacts = body.array("contacts", most_contacts);
    change.settings = body.object("settings");
    return change;
}

Answer change(Call call, bool replace) {
    auto id = tenant_in_path(call.path_parameter("id"));
    if (!id)
        co_return std::unexpected(std::move(id).error());
    auto body = Body::parse(call.request, {"id", "name", "timeZone", "contacts", "settings"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    const std::string named = body->text("id");
    broker::TenantChange wanted = change_of(*body);
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!named.empty() && named != id->str())
        co_return invalid_field("id", "id cannot be changed.");
    const auto changed = co_await call.broker.administration.change_tenant(std::move(*id), std::move(wanted), replace);
    if (!changed)
        co_return std::unexpected(changed.error());
    co_return answer_with(200, *changed);
}

}  // namespace

Answer list_tenants(Call call) {
    const auto known = call.query.only({"cursor", "limit"});
    if (!known)
        co_return std::unexpected(known.error());
    std::size_t limit = 100;
    const std::string written = call.query.get("limit");
    if (!written.empty()) {
        const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), limit);
        if (error != std::errc() || *end != '\0' || limit == 0 || limit > most_listed)
            co_return invalid_field("limit", "limit must be a whole number from 1 to 500.");
    }
    const auto page = co_await call.broker.administration.tenants(call.query.get("cursor"), limit);
    if (!page)
        co_return std::unexpected(page.error());
    boost::json::array rows;
    for (const auto& tenant : page->items)
        rows.push_back(describe(tenant));
    boost::json::object body;
    body["tenants"] = std::move(rows);
    if (page->next_cursor.empty())
        body["nextCursor"] = nullptr;
    else
        body["nextCursor"] = page->next_cursor;
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer create_tenant(Call call) {
    auto body = Body::parse(call.request, {"id", "name", "timeZone", "contacts", "settings"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto id = body->tenant({"id"});
    broker::TenantChange described = change_of(*body);
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!id)
        co_return invalid_field("id", "id is required.");
    note_subject(call, id->str(), "");
    const auto created = co_await call.broker.administration.create_tenant(std::move(*id), std::move(described));
    if (!created)
        co_return std::unexpected(created.error());
    co_return answer_with(201, *created);
}

Answer show_tenant(Call call) {
    auto id = tenant_in_path(call.path_parameter("id"));
    if (!id)
        co_return std::unexpected(std::move(id).error());
    const auto tenant = co_await call.broker.administration.tenant(std::move(*id));
    if (!tenant)
        co_return std::unexpected(tenant.error());
    co_return answer_with(200, *tenant);
}

Answer replace_tenant(Call call) {
    return change(std::move(call), true);
}

Answer change_tenant(Call call) {
    return change(std::move(call), false);
}

Answer remove_tenant(Call call) {
    auto id = tenant_in_path(call.path_parameter("id"));
    if (!id)
        co_return std::unexpected(std::move(id).error());
    const auto removed = co_await call.broker.administration.remove_tenant(std::move(*id));
    if (!removed)
        co_return std::unexpected(removed.error());
    net::Response response;
    response.status = 204;
    co_return response;
}

}  // namespace evergrant::api
