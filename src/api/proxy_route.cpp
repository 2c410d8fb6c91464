#include "api/proxy_route.h"

#include "api/api_handler.h"
#include "api/parameters.h"
#include "base/log.h"

#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace evergrant::api {

namespace {

using net::Method;

constexpr std::string_view prefix = "/api/proxy/";
constexpr std::string_view pattern = "/api/proxy/:tenant/:integrationId/:path";

constexpr std::array rows{
    Route{Method::get, pattern, Access::calls, nullptr},     Route{Method::post, pattern, Access::calls, nullptr},
    Route{Method::put, pattern, Access::calls, nullptr},     Route{Method::patch, pattern, Access::calls, nullptr},
    Route{Method::delete_, pattern, Access::calls, nullptr},
};

/// A query may hold what a person typed, a path ids: the path alone goes to the log, and not without bound.
std::string path_for_audit(std::string_view target) {
    constexpr std::size_t longest = 200;
    return std::string(target.substr(0, target.find('?')).substr(0, longest));
}

async::Task<void> write_error(net::Exchange* exchange, net::Response response) {
    net::ResponseHead head;
    head.status = response.status;
    head.headers = std::move(response.headers);
    head.headers.emplace_back("Content-Type", response.content_type);
    head.length = response.body.size();
    const auto begun = exchange->begin(std::move(head));
    if (!begun)
        co_return;
    // Whoever does not take it has left.
    static_cast<void>(co_await exchange->write(std::move(response.body), true));
}

}  // namespace

std::span<const Route> streamed_routes() {
    return rows;
}

bool is_proxied(std::string_view target) noexcept {
    if (target.starts_with("http")) {
        const auto host = target.find("://");
        const auto path = host == std::string_view::npos ? host : target.find_first_of("/?", host + 3);
        if (path == std::string_view::npos)
            return false;
        target.remove_prefix(path);
    }
    return target.starts_with(prefix);
}

Result<ProxyTarget> proxy_target(std::string_view path, std::string_view query) {
    if (!path.starts_with(prefix))
        return failure(Errc::not_found, "There is no such path; /openapi.json lists what there is.");
    const std::string_view rest = path.substr(prefix.size());
    const auto first = rest.find('/');
    const auto second = first == std::string_view::npos ? first : rest.find('/', first + 1);
    const std::string_view tenant_text = rest.substr(0, first);
    const std::string_view integration_text =
        first == std::string_view::npos ? std::string_view() : rest.substr(first + 1, second - first - 1);
    const auto tenant = percent_decoded(tenant_text, false);
    const auto integration = percent_decoded(integration_text, false);
    if (!tenant || !integration || tenant->empty() || integration->empty())
        return failure(Errc::invalid_request, "The path is /api/proxy/<tenant>/<integration>/<path at the provider>.");
    auto integration_id = integration_in_path(*integration);
    if (!integration_id)
        return std::unexpected(std::move(integration_id).error());
    auto tenant_id = TenantId::parse(*tenant);
    if (!tenant_id)
        return failure(Errc::no_connection, "There is no connection \"" + *integration + "\" for this tenant.");
    const std::size_t base_size = second == std::string_view::npos ? path.size() : prefix.size() + second;
    std::string target(path.substr(base_size));
    if (target.empty())
        target = "/";
    if (!query.empty())
        target.append("?").append(query);
    return ProxyTarget{.key = {std::move(*tenant_id), std::move(*integration_id)},
                       .base = std::string(path.substr(0, base_size)),
                       .target = std::move(target)};
}

std::string caller_credentials(const net::Request& request) {
    const std::string_view given = request.header("authorization");
    constexpr std::string_view key_begins = " eg_";
    const auto space = given.find(' ');
    if (space != std::string_view::npos && given.substr(space).starts_with(key_begins))
        return "Bearer" + std::string(given.substr(space));
    return std::string(given);
}

async::Task<void> ApiHandler::answer_stream(net::Request request, net::Exchange* exchange) {
    const std::string request_id = request.request_id;
    storage::AuditEvent about;
    const auto answered = co_await proxy(&request, exchange, &about);
    if (answered || exchange->begun())
        co_return;
    const Error& error = answered.error();
    const ErrorTraits traits = traits_of(error.code);
    log(traits.log_level, "request_refused",
        {{"tenant", about.tenant},
         {"integration", about.integration},
         {"error", traits.name},
         {"message", error.message},
         {"detail", error.detail}});
    auto response = net::error_response(error, request_id);
    co_await write_error(exchange, std::move(response));
}

async::Task<Result<void>> ApiHandler::proxy(net::Request* request, net::Exchange* exchange,
                                            storage::AuditEvent* about) {
    auto target = proxy_target(request->path, request->query);
    auto principal = co_await admit(&rows.front(), caller_credentials(*request), request->peer, request->request_id);
    if (!principal)
        co_return std::unexpected(std::move(principal).error());
    if (!target)
        co_return std::unexpected(std::move(target).error());
    about->action = "api.call";
    about->tenant = target->key.tenant.str();
    about->integration = target->key.integration.str();
    const std::string path = path_for_audit(target->target);

    connectors::ProxyCall call;
    call.caller.audit = {&*principal, request->peer, request->request_id};
    call.caller.trace = TraceContext::parse(request->header("traceparent"));
    call.key = std::move(target->key);
    call.method = request->method_name;
    call.target = std::move(target->target);
    call.headers = std::move(request->headers);
    call.proxy_base = std::move(target->base);
    const broker::AuditCaller caller{&*principal, request->peer, request->request_id};
    Result<connectors::ProxyOutcome> outcome;
    try {
        outcome = co_await connectors_.proxy.forward(std::move(call), exchange);
    } catch (...) {
        // Stopped in mid-call, or a bug: what it did at the provider is not known, and is told all the same.
        about->outcome = traits_of(Errc::cancelled).name;
        about->detail = boost::json::serialize(boost::json::object({{"method", request->method_name}, {"path", path}}));
        broker_.audit.record(caller, *about);
        throw;
    }

    about->outcome = outcome ? "ok" : std::string(traits_of(outcome.error().code).name);
    boost::json::object detail{{"method", request->method_name}, {"path", path}};
    if (outcome)
        detail["status"] = outcome->status;
    if (outcome && !outcome->credential.empty())
        detail["credential"] = outcome->credential;
    about->detail = boost::json::serialize(detail);
    const bool refused = !outcome && outcome.error().code == Errc::forbidden;
    if (refused || connectors::tells_of(context_.audit_calls, request->method_name))
        broker_.audit.record(caller, *about);
    if (!outcome)
        co_return std::unexpected(outcome.error());
    co_return Result<void>();
}

}  // namespace evergrant::api
