#include "api/descriptions.h"
#include "api/handlers.h"
#include "broker/redirects.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::api {

namespace {

constexpr std::string_view default_provider = "zoho_crm";
/// Shown for every tenant, connected or not, as the earlier systems did.
constexpr std::array<std::string_view, 2> always_shown{"zoho_crm", "zoho_calendar"};
constexpr std::size_t page_size = 200;

boost::json::object describe(const storage::HealthReport& report) {
    const storage::ConnectionSummary& connection = report.connection;
    boost::json::object row;
    row["provider"] = connection.provider.str();
    row["integrationId"] = connection.key.integration.str();
    row["hasToken"] = true;
    row["status"] = storage::name_of(report.status);
    if (connection.expires_at)
        row["tokenExpiry"] = to_iso8601(*connection.expires_at);
    else
        row["tokenExpiry"] = nullptr;
    row["scopes"] = boost::json::array(connection.scopes.begin(), connection.scopes.end());
    row["updatedAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(connection.updated_at));
    row["lastRefresh"] = nullptr;
    if (connection.last_refresh)
        row["lastRefresh"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(*connection.last_refresh));
    row["grantedBy"] = granted_by_or_null(connection.granted_by);
    if (!connection.last_error.empty())
        row["error"] = connection.last_error;
    return row;
}

boost::json::object describe_absent(std::string_view provider) {
    boost::json::object row;
    row["provider"] = provider;
    row["integrationId"] = provider;
    row["hasToken"] = false;
    row["status"] = nullptr;
    row["tokenExpiry"] = nullptr;
    row["scopes"] = boost::json::array();
    row["updatedAt"] = nullptr;
    row["lastRefresh"] = nullptr;
    row["grantedBy"] = nullptr;
    return row;
}

void add_absent(boost::json::array& rows, std::string_view provider) {
    const bool shown = std::ranges::any_of(rows, [&](const boost::json::value& row) {
        return row.at("provider").as_string() == boost::json::string_view(provider);
    });
    if (!shown)
        rows.push_back(describe_absent(provider));
}

async::Task<Result<boost::json::array>> rows_of(const Call* call, storage::HealthFilter filter) {
    boost::json::array rows;
    std::string cursor;
    do {
        const auto page = co_await call->context.store.list_health(filter, cursor, page_size);
        if (!page)
            co_return std::unexpected(page.error());
        for (const storage::HealthReport& report : page->items)
            if (call->principal.may_use(report.connection.provider))
                rows.push_back(describe(report));
        cursor = page->next_cursor;
    } while (!cursor.empty());
    co_return rows;
}

}  // namespace

Answer connection_status(Call call) {
    const auto known = call.query.only({"provider"});
    if (!known)
        co_return std::unexpected(known.error());
    const auto tenant = tenant_in_path(call.path_parameter("clientId"));
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!call.principal.may_see(tenant->str()))
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + tenant->str() + "\".");
    const auto exists = co_await call.broker.administration.tenant(*tenant);
    if (!exists)
        co_return std::unexpected(exists.error());

    storage::HealthFilter filter;
    filter.tenant = *tenant;
    const std::string wanted = call.query.get("provider");
    if (!wanted.empty()) {
        const auto provider = call.context.catalog.get(wanted);
        if (!provider)
            co_return std::unexpected(provider.error());
        filter.provider = (*provider)->id;
    }
    auto rows = co_await rows_of(&call, filter);
    if (!rows)
        co_return std::unexpected(std::move(rows).error());
    if (!wanted.empty())
        add_absent(*rows, wanted);
    else
        for (const std::string_view provider : always_shown)
            add_absent(*rows, provider);
    boost::json::object body;
    body["tokens"] = std::move(*rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer reauthorize(Call call) {
    const auto tenant = tenant_in_path(call.path_parameter("clientId"));
    if (!tenant)
        co_return std::unexpected(tenant.error());
    auto body = Body::parse(call.request, {"provider", "integrationId", "keepUntilReplaced"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    std::string provider = body->text("provider");
    if (provider.empty())
        provider = default_provider;
    const auto integration = body->integration("integrationId");
    const bool keep = body->flag("keepUntilReplaced");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    note_subject(call, tenant->str(), integration ? integration->str() : provider,
                 keep ? R"({"keepUntilReplaced":true})" : "");
    const auto known = call.context.catalog.get(provider);
    if (!known)
        co_return std::unexpected(known.error());
    const auto exists = co_await call.broker.administration.tenant(*tenant);
    if (!exists)
        co_return std::unexpected(exists.error());

    ConnectionKey key;
    key.tenant = *tenant;
    key.integration = integration.value_or(IntegrationId(provider));
    std::string message = "The token serves on until the new grant arrives. Initiate new OAuth flow.";
    if (!keep) {
        const auto revoked = co_await call.broker.revoker.revoke(key);
        if (!revoked && revoked.error().code != Errc::no_connection)
            co_return std::unexpected(revoked.error());
        message = revoked ? "Token deleted. Initiate new OAuth flow." : "There was no token. Initiate new OAuth flow.";
    }
    boost::json::object answer;
    answer["message"] = message;
    answer["authorizeUrl"] = broker::authorize_path(key, ProviderId(provider));
    co_return net::json_response(200, boost::json::serialize(answer));
}

Answer revoke(Call call) {
    auto body = Body::parse(call.request, {"tenantId", "userId", "clientId", "integrationId", "provider"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto tenant = body->tenant({"tenantId", "userId", "clientId"});
    if (!tenant && call.principal.tenants && call.principal.tenants->size() == 1)
        tenant = call.principal.tenants->front();
    auto integration = body->integration("integrationId");
    if (!integration)
        integration = body->integration("provider");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!tenant)
        co_return invalid_field("tenantId", "tenantId is required.");
    if (!integration)
        co_return invalid_field("integrationId", "integrationId is required.");
    ConnectionKey key;
    key.tenant = *tenant;
    key.integration = *integration;
    note_subject(call, tenant->str(), integration->str());
    auto absent =
        failure(Errc::no_connection, "There is no connection \"" + integration->str() + "\" for this tenant.");
    if (!call.principal.may_see(tenant->str()))
        co_return absent;
    if (!call.principal.providers.empty()) {
        const auto found = co_await call.context.store.find_connection(key);
        if (!found)
            co_return std::unexpected(found.error());
        if (!*found || !call.principal.may_use((*found)->summary.provider))
            co_return absent;
    }
    const auto revoked = co_await call.broker.revoker.revoke(std::move(key));
    if (!revoked)
        co_return std::unexpected(revoked.error());
    boost::json::object answer;
    answer["success"] = true;
    switch (revoked->at_provider) {
        case broker::RevokedAtProvider::yes: answer["revokedAtProvider"] = true; break;
        case broker::RevokedAtProvider::no: answer["revokedAtProvider"] = false; break;
        case broker::RevokedAtProvider::unsupported: answer["revokedAtProvider"] = "unsupported"; break;
    }
    answer["message"] = revoked->message;
    boost::json::object detail;
    detail["revokedAtProvider"] = answer["revokedAtProvider"];
    note_subject(call, tenant->str(), integration->str(), boost::json::serialize(detail));
    co_return net::json_response(200, boost::json::serialize(answer));
}

}  // namespace evergrant::api
