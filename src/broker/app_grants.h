#pragma once
//
// App grants: what a provider grants to the app itself, without a person (RFC 6749 section 4.4). The connection is
// begun in the store first and its token set obtained by the very refresh that will renew it: so that it, too, is asked
// for once, under a lease, whoever else asks. One for each shard.
//
#include "base/clock.h"
#include "base/trace_context.h"
#include "broker/app_clients.h"
#include "broker/grant_plan.h"
#include "broker/provider_calls.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// Empty scopes: none are asked for, and the app has those it is registered with. Empty integration: the provider's id.
struct AppGrantOrder {
    oauth::GrantType type{oauth::GrantType::client_credentials};  ///< one that needs the app alone
    TenantId tenant;
    std::string provider;
    std::optional<IntegrationId> integration;
    std::vector<std::string> scopes;
    catalog::Parameters params;
    std::optional<TraceContext> trace{};
    Giver giver{Giver::operator_};  ///< of the parameters
};

struct AppGrantObtained {
    IntegrationId integration;
    std::optional<sys_seconds> expires_at;  ///< of the access token; nothing: it does not expire
};

class AppGrants {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        ProviderCalls& calls;
        TokenVendors& vendors;
        TokenVendor& vendor;  ///< of this shard
        const Clock& clock;
        std::chrono::milliseconds provider_timeout{20'000};
    };

    explicit AppGrants(Parts parts) : parts_(std::move(parts)) {}

    /// Asked for again, it is the connection that stands. Errors: tenant_not_found, unknown_provider,
    /// missing_app_credentials, invalid_request (parameters, a provider without this grant), conflict (another grant
    /// stands under that name), provider_*: then nothing is left behind; store_unavailable.
    [[nodiscard]] async::Task<Result<AppGrantObtained>> obtain(AppGrantOrder order);

private:
    async::Task<Result<storage::NewGrant>> plan(AppGrantOrder order);
    async::Task<void> abandon(const storage::Connection* begun, Errc why);

    Parts parts_;
};

}  // namespace evergrant::broker
