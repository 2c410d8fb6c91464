#include "api/descriptions.h"
#include "api/handlers.h"
#include "connectors/api_target.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

namespace {

Result<storage::ApiKey> key_of(Body& body) {
    storage::ApiKey key;
    key.name = body.required_text("name");
    const std::string role = body.required_text("role");
    const auto tenants = body.texts("tenants");
    const auto providers = body.texts("providers");
    storage::CallLimits limits{.methods = body.texts("methods"), .paths = body.texts("paths")};
    key.expires_at = body.time("expiresAt");
    const auto read = body.done();
    if (!read)
        return std::unexpected(read.error());
    const auto known_role = storage::parse_role(role);
    if (!known_role)
        return invalid_field("role", "role must be admin, app or auditor.");
    key.role = *known_role;
    auto checked = connectors::limits_of_key(key.role, std::move(limits));
    if (!checked)
        return std::unexpected(std::move(checked).error());
    key.limits = std::move(*checked);
    for (const std::string& tenant : tenants) {
        auto id = TenantId::parse(tenant);
        if (!id)
            return invalid_field("tenants", "tenants must hold ids that match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.");
        key.tenants.push_back(std::move(*id));
    }
    for (const std::string& provider : providers)
        key.providers.emplace_back(provider);
    return key;
}

}  // namespace

Answer list_keys(Call call) {
    const auto keys = co_await call.broker.administration.keys();
    if (!keys)
        co_return std::unexpected(keys.error());
    boost::json::array rows;
    for (const auto& key : *keys)
        rows.push_back(describe(key));
    boost::json::object body;
    body["keys"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer create_key(Call call) {
    auto body = Body::parse(call.request, {"name", "role", "tenants", "providers", "methods", "paths", "expiresAt"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    auto described = key_of(*body);
    if (!described)
        co_return std::unexpected(std::move(described).error());
    const auto minted = co_await call.broker.administration.create_key(std::move(*described));
    if (!minted)
        co_return std::unexpected(minted.error());
    boost::json::object answer = describe(minted->key);
    note_subject(call, "", minted->key.id, boost::json::serialize(answer));
    answer["key"] = minted->text.reveal();
    net::Response response = net::json_response(201, boost::json::serialize(answer));
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

Answer revoke_key(Call call) {
    const auto revoked = co_await call.broker.administration.revoke_key(call.path_parameter("id"));
    if (!revoked)
        co_return std::unexpected(revoked.error());
    net::Response response;
    response.status = 204;
    co_return response;
}

}  // namespace evergrant::api
