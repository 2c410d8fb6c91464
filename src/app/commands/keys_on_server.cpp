#include "app/commands/keys_on_server.h"

#include "app/commands/key_table.h"

#include <ostream>

namespace evergrant::app {

namespace {

boost::json::object body_of(const KeysCreate& order, sys_seconds now) {
    boost::json::object body;
    body["name"] = order.name;
    body["role"] = storage::name_of(order.role);
    boost::json::array tenants;
    for (const TenantId& tenant : order.tenants)
        tenants.emplace_back(tenant.str());
    boost::json::array providers;
    for (const ProviderId& provider : order.providers)
        providers.emplace_back(provider.str());
    if (!tenants.empty())
        body["tenants"] = std::move(tenants);
    if (!providers.empty())
        body["providers"] = std::move(providers);
    if (!order.limits.methods.empty())
        body["methods"] = boost::json::array(order.limits.methods.begin(), order.limits.methods.end());
    if (!order.limits.paths.empty())
        body["paths"] = boost::json::array(order.limits.paths.begin(), order.limits.paths.end());
    if (order.life)
        body["expiresAt"] = to_iso8601(now + *order.life);
    return body;
}

bool has_text(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string();
}

}  // namespace

void print_new_key(CommandContext& context, std::string_view id, std::string_view text) {
    context.out << text << '\n';
    context.error << "This is key " << id << ". It is shown this one time; only a hash of it is kept.\n";
}

async::Task<ExitCode> create_key_on_server(CommandContext* context, RemoteServer* server, const KeysCreate* order) {
    auto body = body_of(*order, context->clock.now_seconds());
    const auto answer = co_await server->post("/api/keys", std::move(body));
    if (!answer)
        co_return report(*context, answer.error());
    if (!has_text(*answer, "id") || !has_text(*answer, "key"))
        co_return report(*context, ExitCode::failed, "The server's answer holds no key.");
    print_new_key(*context, answer->at("id").get_string(), answer->at("key").get_string());
    co_return ExitCode::ok;
}

async::Task<ExitCode> list_keys_on_server(CommandContext* context, RemoteServer* server, bool as_json) {
    const auto answer = co_await server->get("/api/keys");
    if (!answer)
        co_return report(*context, answer.error());
    const auto* keys = answer->if_contains("keys");
    if (keys == nullptr || !keys->is_array())
        co_return report(*context, ExitCode::failed, "The server's answer holds no list of keys.");
    print_keys(context->out, keys->get_array(), as_json);
    co_return ExitCode::ok;
}

async::Task<ExitCode> revoke_key_on_server(CommandContext* context, RemoteServer* server, std::string id) {
    std::string path = "/api/keys/" + percent_encoded(id);
    const auto answer = co_await server->remove(std::move(path));
    if (!answer)
        co_return report(*context, answer.error());
    context->error << "Key " << id << " is revoked.\n";
    co_return ExitCode::ok;
}

}  // namespace evergrant::app
