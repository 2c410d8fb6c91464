#include "api/browser_answers.h"
#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

namespace {

boost::json::object described(const storage::LaunchIssuer& issuer) {
    boost::json::object params;
    for (const auto& [name, value] : issuer.params)
        params[name] = value;
    boost::json::object object;
    object["provider"] = issuer.provider.str();
    object["issuer"] = issuer.issuer;
    object["tenantId"] = issuer.tenant.str();
    object["integrationId"] = issuer.integration.str();
    object["params"] = std::move(params);
    object["scopes"] = boost::json::array(issuer.scopes.begin(), issuer.scopes.end());
    return object;
}

}  // namespace

Answer launch(Call call) {
    broker::LaunchReceived received;
    received.provider = call.path_parameter("provider");
    received.issuer = call.query.get("iss");
    received.launch = call.query.get("launch");
    note_subject(call, "", received.provider);
    const auto started = co_await call.broker.launches.launch(std::move(received));
    if (!started)
        co_return std::unexpected(started.error());
    co_return redirect(started->url);
}

Answer list_launch_issuers(Call call) {
    const auto issuers = co_await call.broker.launches.list();
    if (!issuers)
        co_return std::unexpected(issuers.error());
    boost::json::array rows;
    for (const auto& issuer : *issuers)
        rows.push_back(described(issuer));
    boost::json::object body;
    body["issuers"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer save_launch_issuer(Call call) {
    auto body = Body::parse(call.request, {"provider", "issuer", "tenantId", "integrationId", "params", "scopes"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    broker::LaunchIssuerGiven given;
    given.provider = body->required_text("provider");
    given.issuer = body->required_text("issuer");
    const auto tenant = body->tenant({"tenantId"});
    given.integration = body->integration("integrationId");
    given.params = body->parameters("params");
    given.scopes = body->texts("scopes");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (!tenant)
        co_return invalid_field("tenantId", "tenantId is required.");
    given.tenant = *tenant;
    const auto issuer = co_await call.broker.launches.save(std::move(given));
    if (!issuer)
        co_return std::unexpected(issuer.error());
    const std::string text = boost::json::serialize(described(*issuer));
    note_subject(call, issuer->tenant.str(), issuer->integration.str(), text);
    co_return net::json_response(200, text);
}

Answer remove_launch_issuer(Call call) {
    auto removing = call.broker.launches.remove(call.query.get("provider"), call.query.get("issuer"));
    const auto removed = co_await std::move(removing);
    if (!removed)
        co_return std::unexpected(removed.error());
    net::Response response;
    response.status = 204;
    co_return response;
}

}  // namespace evergrant::api
