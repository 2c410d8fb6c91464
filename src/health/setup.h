#pragma once
//
// Setup: how far a tenant's set-up has come, step by step, and what is missing. It reads; it changes nothing.
//
#include "async/task.h"
#include "broker/app_clients.h"
#include "catalog/catalog.h"
#include "storage/store.h"

#include <map>
#include <string>
#include <vector>

namespace evergrant::health {

struct SetupState {
    bool tenant_exists{false};
    bool app_credentials{false};  ///< for every provider it uses; before it uses one, for any provider
    bool connected{false};
    bool tokens_healthy{false};
    std::map<ProviderId, storage::HealthStatus> token_health;  ///< the worst of its connections there
    std::vector<std::string> issues;                           ///< a sentence each, with what to do

    [[nodiscard]] bool ready() const noexcept {
        return tenant_exists && app_credentials && connected && tokens_healthy;
    }
};

class Setup {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        const broker::AppClients& clients;
    };

    explicit Setup(Parts parts) : parts_(parts) {}

    /// Errors: store_unavailable.
    [[nodiscard]] async::Task<Result<SetupState>> of(TenantId tenant);

    /// Of a tenant that does not exist, or that the caller may not see.
    [[nodiscard]] static SetupState of_nobody(const TenantId& tenant);

private:
    async::Task<Result<void>> read_health(SetupState* state, TenantId tenant);
    async::Task<Result<void>> read_credentials(SetupState* state, TenantId tenant);

    Parts parts_;
};

}  // namespace evergrant::health
