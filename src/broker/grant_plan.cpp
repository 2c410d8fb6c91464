#include "broker/grant_plan.h"

#include "broker/secret_list.h"
#include "storage/launch_issuers.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

/// What an operator has said of connections of this kind: with the app's credentials, by the entry, or by registering
/// the FHIR server for the tenant.
bool is_an_operators(const GrantQuery& query, const AppClient& client, const storage::LaunchIssuer* issuer,
                     const std::string& name, const std::string& value) {
    if (const auto stored = client.params.find(name); stored != client.params.end())
        return stored->second == value;
    const auto& rules = query.provider->parameters;
    const auto rule = std::ranges::find(rules, name, &catalog::ValueRule::name);
    if (rule == rules.end() || rule->default_value == value)
        return true;  // an unknown one is told of later
    if (issuer == nullptr)
        return false;
    const auto registered = issuer->params.find(name);
    return name == catalog::smart_base_parameter(*query.provider) ||
           (registered != issuer->params.end() && registered->second == value);
}

std::unexpected<Error> not_the_callers(const std::string& name) {
    return failure(Errc::forbidden,
                   "\"" + name +
                       "\" is an administrator's to choose: store it with the app's credentials, or for a FHIR server "
                       "with PUT /api/launch-issuers.");
}

async::Task<Result<void>> check_giver(const GrantQuery* query, const AppClient* client, storage::Store* store) {
    if (query->giver == Giver::operator_)
        co_return Result<void>();
    std::optional<storage::LaunchIssuer> issuer;
    const auto base = query->params.find(catalog::smart_base_parameter(*query->provider));
    if (base != query->params.end()) {
        auto found = co_await storage::launch_issuers_of(*store).find_launch_issuer(query->provider->id, base->second);
        if (!found)
            co_return std::unexpected(std::move(found).error());
        if (*found && (*found)->tenant == query->tenant)
            issuer = std::move(**found);
    }
    const bool for_anybody = oauth::needs_the_app_alone(query->type) && !client->of_tenant;
    for (const auto& [name, value] : query->params) {
        const bool matters = for_anybody || catalog::decides_who_gets_the_secret(*query->provider, name);
        if (matters && !is_an_operators(*query, *client, issuer ? &*issuer : nullptr, name, value))
            co_return not_the_callers(name);
    }
    co_return Result<void>();
}

}  // namespace

async::Task<Result<GrantPlan>> plan_grant(const AppClients* clients, ProviderCalls* calls, storage::Store* store,
                                          GrantQuery query, async::Deadline deadline) {
    auto client = co_await clients->find(query.tenant, query.provider->id);
    if (!client)
        co_return std::unexpected(std::move(client).error());
    const auto allowed = co_await check_giver(&query, &*client, store);
    if (!allowed)
        co_return std::unexpected(allowed.error());
    GrantPlan plan;
    plan.provider = query.provider;
    plan.client = std::move(*client);
    query.params.insert(plan.client.params.begin(), plan.client.params.end());
    auto checked = catalog::check_parameters(*query.provider, query.params);
    if (!checked)
        co_return std::unexpected(std::move(checked).error());
    plan.params = std::move(*checked);
    narrow_to(&plan.client, catalog::complete_parameters(*query.provider, plan.params));
    auto endpoints = co_await calls->endpoints(query.provider, plan.params, deadline);
    if (!endpoints)
        co_return std::unexpected(std::move(endpoints).error());
    plan.endpoints = std::move(*endpoints);
    auto proof = co_await calls->proof(query.provider, plan.params, plan.endpoints, query.type);
    if (!proof)
        co_return std::unexpected(std::move(proof).error());
    plan.proof = std::move(*proof);
    co_return plan;
}

}  // namespace evergrant::broker
