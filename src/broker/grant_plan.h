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
#include "storage/store.h"

namespace evergrant::broker {

/// Who gives a grant's parameters.
enum class Giver : std::uint8_t {
    operator_,    ///< an administrator, or what one has stored
    application,  ///< a caller that is bound to what it may do: it never decides which server gets our secret, and with
                  ///< the deployment's app not for whom that obtains a grant
};

struct GrantQuery {
    const catalog::Provider* provider{nullptr};
    TenantId tenant;
    catalog::Parameters params;
    oauth::GrantType type{oauth::GrantType::authorization_code};
    Giver giver{Giver::operator_};
};

struct GrantPlan {
    const catalog::Provider* provider{nullptr};
    AppClient client;
    catalog::Parameters params;  ///< checked, with the defaults of provider and app
    catalog::Endpoints endpoints;
    ClientProof proof;
};

/// Errors: missing_app_credentials, invalid_request (parameters), forbidden (a parameter that is not the giver's to
/// choose), provider_* when endpoints must be discovered and cannot, store_unavailable.
[[nodiscard]] async::Task<Result<GrantPlan>> plan_grant(const AppClients* clients, ProviderCalls* calls,
                                                        storage::Store* store, GrantQuery query,
                                                        async::Deadline deadline);

}  // namespace evergrant::broker
