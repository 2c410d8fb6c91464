#include "app/commands/token.h"

#include <boost/json/serialize.hpp>

#include <ostream>

namespace evergrant::app {

namespace {

boost::json::object body_of(const Token& order) {
    boost::json::object body;
    body["tenantId"] = order.tenant.str();
    body["integrationId"] = order.integration.str();
    if (order.min_ttl.count() > 0)
        body["minTtl"] = order.min_ttl.count();
    if (order.force_refresh)
        body["forceRefresh"] = true;
    return body;
}

}  // namespace

async::Task<ExitCode> print_token(CommandContext* context, RemoteServer* server, const Token* order) {
    auto body = body_of(*order);
    const auto answer = co_await server->post("/api/oauth/token", std::move(body));
    if (!answer)
        co_return report(*context, answer.error());
    const auto* token = answer->if_contains("accessToken");
    if (token == nullptr || !token->is_string())
        co_return report(*context, ExitCode::failed, "The server's answer holds no access token.");
    if (order->as_json)
        context->out << boost::json::serialize(*answer) << '\n';
    else
        context->out << std::string_view(token->get_string()) << '\n';
    co_return ExitCode::ok;
}

}  // namespace evergrant::app
