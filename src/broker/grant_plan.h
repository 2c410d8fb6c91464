#pragma once
//
// Grant plan: all that must be known before a provider is asked for a grant: who we are there, where to ask, and with
// which parameters.
//
#include "async/deadline.h"
#include "async/task.h"
#include "base/error.h"
#include "base/ids.h"
#include "broker/app_clients.h"
#include "broker/provider_calls.h"
#include "catalog/provider.h"

namespace evergrant::broker {

struct GrantPlan {
    const catalog::Provider* provider{nullptr};
    AppClient client;
    catalog::Parameters params;  ///< checked, with the defaults of provider and app
    catalog::Endpoints endpoints;
    ClientProof proof;
};

/// Errors: missing_app_credentials, invalid_request (parameters), provider_* when endpoints must be discovered and
/// cannot, store_unavailable.
[[nodiscard]] async::Task<Result<GrantPlan>> plan_grant(const AppClients* clients, ProviderCalls* calls,
                                                        const catalog::Provider* provider, TenantId tenant,
                                                        catalog::Parameters params, oauth::GrantType type,
                                                        async::Deadline deadline);

}  // namespace evergrant::broker
