#pragma once
//
// Launches: EHRs that open us from within (SMART App Launch 2.2, EHR launch). Who may is registered: one FHIR server,
// one tenant. One for each shard.
//
#include "async/task.h"
#include "base/error.h"
#include "broker/authorizer.h"
#include "catalog/catalog.h"
#include "storage/launch_issuers.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::broker {

/// What an operator registers. Empty integration: the provider's id.
struct LaunchIssuerGiven {
    std::string provider;
    std::string issuer;
    TenantId tenant;
    std::optional<IntegrationId> integration;
    catalog::Parameters params;
    std::vector<std::string> scopes{};
};

/// What the EHR opened us with.
struct LaunchReceived {
    std::string provider;
    std::string issuer;  ///< `iss`: its FHIR base
    std::string launch;  ///< opaque; it comes back to the EHR
};

class Launches {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        Authorizer& authorizer;
    };

    explicit Launches(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] async::Task<Result<std::vector<storage::LaunchIssuer>>> list();
    /// Errors: unknown_provider, tenant_not_found, invalid_request (no EHR, an issuer or a parameter that its entry
    /// does not allow), conflict: another tenant's.
    [[nodiscard]] async::Task<Result<storage::LaunchIssuer>> save(LaunchIssuerGiven given);
    /// Errors: not_found.
    [[nodiscard]] async::Task<Result<void>> remove(std::string provider, std::string issuer);

    /// Begins an authorization with the EHR that is bound to the browser it opens. Errors: invalid_request for an EHR
    /// that is not registered, one sentence for every cause; and those of Authorizer::start.
    [[nodiscard]] async::Task<Result<AuthorizationStarted>> launch(LaunchReceived received);

private:
    Parts parts_;
};

}  // namespace evergrant::broker
