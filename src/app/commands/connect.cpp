#include "app/commands/connect.h"

#include "async/deadline.h"
#include "async/sleep.h"

#include <ostream>
#include <vector>

namespace evergrant::app {

namespace {

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string name_of(const Connect& order) {
    return order.integration ? order.integration->str() : order.provider;
}

boost::json::object body_of(const Connect& order) {
    boost::json::object body;
    body["tenantId"] = order.tenant.str();
    body["provider"] = order.provider;
    body["integrationId"] = name_of(order);
    if (!order.scopes.empty()) {
        boost::json::array scopes;
        for (const std::string& scope : order.scopes)
            scopes.emplace_back(scope);
        body["scopes"] = std::move(scopes);
    }
    if (!order.params.empty()) {
        boost::json::object params;
        for (const auto& [name, value] : order.params)
            params[name] = value;
        body["params"] = std::move(params);
    }
    if (!order.redirect_to.empty())
        body["redirectTo"] = order.redirect_to;
    return body;
}

/// How a connection stands. A new grant has not been refreshed yet; everything else that is written about an old one
/// leaves its last refresh, or sets it, or says what failed.
struct Standing {
    std::string updated_at;
    std::string last_refresh;  ///< empty: none since it was obtained
    bool tells_of_refreshes{false};
    bool healthy{false};
};

std::optional<Standing> standing_of(const boost::json::object& status, const std::string& integration) {
    const auto* rows = status.if_contains("tokens");
    if (rows == nullptr || !rows->is_array())
        return std::nullopt;
    for (const auto& element : rows->get_array()) {
        if (!element.is_object() || text_of(element.get_object(), "integrationId") != integration)
            continue;
        const boost::json::object& row = element.get_object();
        const auto* has_token = row.if_contains("hasToken");
        if (has_token != nullptr && has_token->is_bool() && has_token->get_bool())
            return Standing{.updated_at = text_of(row, "updatedAt"),
                            .last_refresh = text_of(row, "lastRefresh"),
                            .tells_of_refreshes = row.contains("lastRefresh"),
                            .healthy = !row.contains("error")};
    }
    return std::nullopt;
}

bool is_a_new_grant(const std::optional<Standing>& before, const std::optional<Standing>& now) {
    if (!before || !now)
        return now.has_value();
    if (now->updated_at == before->updated_at)
        return false;
    return !now->tells_of_refreshes || (now->last_refresh.empty() && now->healthy);
}

std::string status_path(const Connect& order) {
    return "/api/oauth/status/" + percent_encoded(order.tenant.str()) + "?provider=" + percent_encoded(order.provider);
}

/// The ends of the tenant's authorizations, newest first.
std::string ends_path(const Connect& order) {
    return "/api/audit?action=authorization.finish&limit=20&tenant=" + percent_encoded(order.tenant.str());
}

/// The ends among them that this connection's authorizations had, newest first.
std::vector<const boost::json::object*> ends_of(const boost::json::object& log, const std::string& integration) {
    std::vector<const boost::json::object*> ends;
    const auto* events = log.if_contains("events");
    if (events == nullptr || !events->is_array())
        return ends;
    for (const auto& element : events->get_array())
        if (element.is_object() && text_of(element.get_object(), "integration") == integration)
            ends.push_back(&element.get_object());
    return ends;
}

std::string hash_of_newest(const boost::json::object& log, const std::string& integration) {
    const auto ends = ends_of(log, integration);
    return ends.empty() ? std::string() : text_of(*ends.front(), "hash");
}

/// Why the newest authorization failed, in words; empty if it did not, or if it is the one that was there `before`.
std::string failure_after(const std::string& before, const boost::json::object& log, const std::string& integration) {
    const auto ends = ends_of(log, integration);
    if (ends.empty() || text_of(*ends.front(), "hash") == before)
        return {};
    const std::string outcome = text_of(*ends.front(), "outcome");
    if (outcome == "ok")
        return {};
    const std::string what = outcome == "authorization_denied" ? "Access was not granted at the provider ("
                                                               : "The authorization came back and failed (";
    return what + outcome + "). The link is spent; ask for a new one.";
}

/// What there was before the authorization began.
struct Beginning {
    std::optional<Standing> standing;
    std::optional<std::string> last_end;  ///< the hash of the audit log's row; nothing: the log cannot be read
};

async::Task<ExitCode> wait_for_grant(CommandContext* context, RemoteServer* server, const Connect* order,
                                     Beginning before) {
    const auto deadline = async::Deadline::after(order->patience);
    while (!deadline.passed()) {
        co_await async::sleep_for(context->poll_pause);
        const auto status = co_await server->get(status_path(*order));
        // A server that restarts meanwhile is waited for; one that refuses is not.
        if (!status && status.error().exit_code != ExitCode::unreachable)
            co_return report(*context, status.error());
        if (status && is_a_new_grant(before.standing, standing_of(*status, name_of(*order)))) {
            context->error << "Connected: " << order->tenant.str() << " at " << order->provider << ".\n";
            co_return ExitCode::ok;
        }
        if (!before.last_end)
            continue;
        const auto log = co_await server->get(ends_path(*order));
        const std::string failed = log ? failure_after(*before.last_end, *log, name_of(*order)) : std::string();
        if (!failed.empty())
            co_return report(*context, ExitCode::not_connected, failed);
    }
    co_return report(*context, ExitCode::not_connected,
                     "Nobody finished the authorization within " + std::to_string(order->patience.count()) +
                         " s. The link may have expired by now; ask for a new one.");
}

/// Makes the tenant unless it exists.
async::Task<Remote<void>> ensure_tenant(RemoteServer* server, const Connect* order) {
    boost::json::object body;
    body["id"] = order->tenant.str();
    body["name"] = order->tenant.str();
    const auto created = co_await server->post("/api/tenants", std::move(body));
    if (!created && created.error().code != "conflict")
        co_return std::unexpected(created.error());
    co_return Remote<void>();
}

}  // namespace

async::Task<ExitCode> connect_tenant(CommandContext* context, RemoteServer* server, const Connect* order) {
    if (order->create_tenant) {
        const auto ensured = co_await ensure_tenant(server, order);
        if (!ensured)
            co_return report(*context, ensured.error());
    }
    auto status = co_await server->get(status_path(*order));
    if (!status && status.error().code == "tenant_not_found")
        status.error().message += " --create-tenant makes it.";
    if (!status)
        co_return report(*context, status.error());
    Beginning before;
    before.standing = standing_of(*status, name_of(*order));
    if (order->patience.count() > 0) {
        const auto log = co_await server->get(ends_path(*order));
        if (log)
            before.last_end = hash_of_newest(*log, name_of(*order));
    }
    auto body = body_of(*order);
    const auto started = co_await server->post("/api/oauth/authorize", std::move(body));
    if (!started)
        co_return report(*context, started.error());
    const std::string url = text_of(*started, "authorizationUrl");
    if (url.empty())
        co_return report(*context, ExitCode::failed, "The server's answer holds no link.");
    context->out << url << '\n' << std::flush;
    if (order->patience.count() == 0)
        co_return ExitCode::ok;
    context->error << "Open this link in a browser. Waiting until " << order->tenant.str() << " is connected …\n";
    co_return co_await wait_for_grant(context, server, order, std::move(before));
}

}  // namespace evergrant::app
