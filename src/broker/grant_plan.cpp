#include "broker/grant_plan.h"

#include "broker/secret_list.h"

#include <utility>

namespace evergrant::broker {

async::Task<Result<GrantPlan>> plan_grant(const AppClients* clients, ProviderCalls* calls,
                                          const catalog::Provider* provider, TenantId tenant,
                                          catalog::Parameters params, oauth::GrantType type, async::Deadline deadline) {
    auto client = co_await clients->find(tenant, provider->id);
    if (!client)
        co_return std::unexpected(std::move(client).error());
    GrantPlan plan;
    plan.provider = provider;
    plan.client = std::move(*client);
    params.insert(plan.client.params.begin(), plan.client.params.end());
    auto checked = catalog::check_parameters(*provider, params);
    if (!checked)
        co_return std::unexpected(std::move(checked).error());
    plan.params = std::move(*checked);
    narrow_to(&plan.client, plan.params);
    auto endpoints = co_await calls->endpoints(provider, plan.params, deadline);
    if (!endpoints)
        co_return std::unexpected(std::move(endpoints).error());
    plan.endpoints = std::move(*endpoints);
    auto proof = co_await calls->proof(provider, plan.params, plan.endpoints, type);
    if (!proof)
        co_return std::unexpected(std::move(proof).error());
    plan.proof = std::move(*proof);
    co_return plan;
}

}  // namespace evergrant::broker
