#include "api/handlers.h"
#include "broker/secret_list.h"

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

boost::json::object values_with_secrets(const std::vector<broker::SecretsOfParameter>& all) {
    boost::json::object by;
    for (const broker::SecretsOfParameter& one : all) {
        if (!by.contains(one.parameter))
            by[one.parameter] = boost::json::array();
        by[one.parameter].as_array().emplace_back(one.value);
    }
    return by;
}

/// Secrets go in and never come out.
net::Response describe(const storage::AppCredentials& credentials) {
    boost::json::object body;
    body["provider"] = credentials.provider.str();
    if (credentials.tenant)
        body["tenantId"] = credentials.tenant->str();
    body["clientId"] = credentials.client_id;
    const auto secrets = broker::SecretList::read(credentials.clone().client_secrets);
    body["hasSecret"] = !secrets.usual.empty();
    if (secrets.by)
        body["hasSecretsBy"] = values_with_secrets(*secrets.by);
    boost::json::object params;
    for (const auto& [name, value] : credentials.params)
        params[name] = value;
    body["params"] = std::move(params);
    body["updatedAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(credentials.updated_at));
    return net::json_response(200, boost::json::serialize(body));
}

/// `{"accounts_server": {"https://accounts.zoho.eu": ["…"]}}`.
Result<std::vector<broker::SecretsOfParameter>> secrets_by(const boost::json::object& given) {
    constexpr std::size_t most_values = 50;
    std::vector<broker::SecretsOfParameter> read;
    for (const auto& parameter : given) {
        const std::string path = "clientSecretsBy." + std::string(parameter.key());
        const auto* const values = parameter.value().if_object();
        if (values == nullptr)
            return invalid_field(path, path + " must be an object of values, each with its secrets.");
        for (const auto& value : *values) {
            broker::SecretsOfParameter one;
            one.parameter = parameter.key();
            one.value = value.key();
            const auto* const secrets = value.value().if_array();
            if (secrets == nullptr || secrets->empty() || secrets->size() > most_secrets)
                return invalid_field(path, path + " must have a list of one to five secrets for each value.");
            for (const auto& secret : *secrets) {
                const auto* const text = secret.if_string();
                if (text == nullptr || text->empty())
                    return invalid_field(path, "A secret of " + path + " must be text, and not empty.");
                one.secrets.emplace_back(std::string(*text));
            }
            read.push_back(std::move(one));
        }
    }
    if (read.size() > most_values)
        return invalid_field("clientSecretsBy", "clientSecretsBy may name at most 50 values.");
    return read;
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
    auto body = Body::parse(call.request, {"clientId", "clientSecret", "clientSecrets", "clientSecretsBy", "params"});
    if (!body)
        co_return std::unexpected(std::move(body).error());
    broker::CredentialsGiven given;
    given.tenant = std::move(*scope);
    given.provider = call.path_parameter("provider");
    given.client_id = body->required_text("clientId");
    given.params = body->parameters("params");
    SecretString secret = body->secret("clientSecret");
    broker::SecretList secrets;
    if (!secret.empty())
        secrets.usual.push_back(std::move(secret));
    for (std::string& one : body->texts("clientSecrets", most_secrets))
        if (!one.empty())
            secrets.usual.emplace_back(std::move(one));
    const auto by = body->object("clientSecretsBy");
    const auto read = body->done();
    if (!read)
        co_return std::unexpected(read.error());
    if (by) {
        auto read_by = secrets_by(*by);
        if (!read_by)
            co_return std::unexpected(std::move(read_by).error());
        secrets.by = std::move(*read_by);
    }
    given.client_secrets = std::move(secrets).written();
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
