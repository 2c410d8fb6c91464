#pragma once
//
// LaunchIssuerStore: FHIR servers that may open us from within an EHR, and whose tenant that is. Every engine's Store
// is one of these too.
//
// Errors and the rest as in store.h.
//
#include "storage/store.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage {

struct LaunchIssuer {
    ProviderId provider;
    std::string issuer;  ///< the FHIR base, as the EHR names it in `iss`, without a slash at the end
    TenantId tenant;
    IntegrationId integration;
    catalog::Parameters params;       ///< of the connection, besides the FHIR base
    std::vector<std::string> scopes;  ///< asked for by a launch besides `launch`; empty: the entry's
};

inline constexpr std::size_t most_launch_issuers = 10'000;

class LaunchIssuerStore {
public:
    virtual ~LaunchIssuerStore() = default;

    /// In order of provider and issuer.
    virtual Task<Result<std::vector<LaunchIssuer>>> list_launch_issuers() = 0;
    virtual Task<Result<std::optional<LaunchIssuer>>> find_launch_issuer(ProviderId provider, std::string issuer) = 0;
    /// In place of what the same tenant has there. False: another tenant has it, or there are too many.
    virtual Task<Result<bool>> save_launch_issuer(LaunchIssuer issuer) = 0;
    /// False: there is none.
    virtual Task<Result<bool>> remove_launch_issuer(ProviderId provider, std::string issuer) = 0;
};

/// Throws std::logic_error if the store keeps none: a test's own.
[[nodiscard]] LaunchIssuerStore& launch_issuers_of(Store& store);

}  // namespace evergrant::storage
