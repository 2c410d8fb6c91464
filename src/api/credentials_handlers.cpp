#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

namespace {

constexpr std::size_t most_secrets = 5;

/// The tenant of the path; nothing on the deployment's routes.
Result<std::optional<TenantId>> scope_of(const Call& call) {
    const auto named = call.path.find("id");
    if (named == call.path.end())
        return std::nullopt;
    auto tenant = tenant_in_path(named->second);
    if (!tenant)
        return std::unexpected(std::move(tenant).error());
    return std::move(*tenant);
}

/// Secrets go in and never come out.
net::Response describe(const storage::AppCredentials& credentials) {
    boost::json::object body;
    body["provider"] = credentials.provider.str();
    if (credentials.tenant)
        body["tenantId"] = credentials.tenant->str();
    body["clientId"] = credentials.client_id;
    body["hasSecret"] = !credentials.client_secrets.empty();
    boost::json::object params;
    for (const auto& [name, value] : credentials.params)
        params[name] = value;
    body["params"] = std::move(params);
    body["updatedAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(credentials.updated_at));
    return net::json_response(200, boost::json::serialize(body));
}

}  // namespace

Answer show_credentials(Call call) {
    auto scope = scope_of(call);
    if (!scope)
        co_return std::unexpected(std::move(scope).error());
    const auto found =
        co_await call.broker.administration.credentials(std::move(*scope), call.path_parameter("provider"));
    if (!found)
        co_return std::unexpected(found.error());
    co_return describe(*found);
}

Answer save_credentials(Call call) {
    auto scope = scope_of(call);
    if (!scope)
        co_return std::unexpected(std::move(scope).error());
    auto body = Body::parse(call.request, {"clientId", "clientSecret", "clientSecrets", "params"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    broker::CredentialsGiven given;
    given.tenant = std::move(*scope);
    given.provider = call.path_parameter("provider");
    given.client_id = body->required_text("clientId");
    given.params = body->parameters("params");
    SecretString secret = body->secret("clientSecret");
    for (std::string& one : body->texts("clientSecrets", most_secrets))
        given.client_secrets.emplace_back(std::move(one));
    if (!secret.empty())
        given.client_secrets.insert(given.client_secrets.begin(), std::move(secret));
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    const auto saved = co_await call.broker.administration.save_credentials(std::move(given));
    if (!saved)
        co_return std::unexpected(saved.error());
    co_return describe(*saved);
}

Answer remove_credentials(Call call) {
    auto scope = scope_of(call);
    if (!scope)
        co_return std::unexpected(std::move(scope).error());
    const auto removed =
        co_await call.broker.administration.remove_credentials(std::move(*scope), call.path_parameter("provider"));
    if (!removed)
        co_return std::unexpected(removed.error());
    net::Response response;
    response.status = 204;
    co_return response;
}

}  // namespace evergrant::api
