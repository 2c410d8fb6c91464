#pragma once
//
// The contract of storage/launch_issuers.h as a test fixture.
//
#include "storage/launch_issuers.h"
#include "store_contract.h"

namespace evergrant::storage {

class LaunchIssuerContract : public StoreContract {
protected:
    [[nodiscard]] LaunchIssuerStore& issuers() { return launch_issuers_of(store()); }
    static LaunchIssuer issuer_of(const std::string& tenant = "acme", const std::string& integration = "ehr") {
        return {ProviderId("epic"),         "https://ehr.example/fhir", TenantId(tenant),
                IntegrationId(integration), {{"region", "eu"}},         {"openid", "fhirUser"}};
    }
    std::optional<LaunchIssuer> found() {
        return ask(issuers().find_launch_issuer(ProviderId("epic"), "https://ehr.example/fhir"));
    }
};

}  // namespace evergrant::storage
