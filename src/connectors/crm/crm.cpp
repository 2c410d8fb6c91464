#include "connectors/crm/crm.h"

#include "connectors/crm/hubspot/hubspot_crm.h"
#include "connectors/crm/rest/rest_crm.h"
#include "connectors/crm/salesforce/salesforce_crm.h"
#include "connectors/crm/zoho/zoho_crm.h"

namespace evergrant::connectors {

std::unique_ptr<Crm> make_crm(const catalog::Provider& provider, ProviderApi& api) {
    if (provider.crm == "zoho")
        return zoho::make_zoho_crm(api);
    if (provider.crm == "salesforce")
        return std::make_unique<salesforce::SalesforceCrm>(api);
    if (provider.crm == "hubspot")
        return std::make_unique<hubspot::HubspotCrm>(api);
    if (provider.crm == "rest" && provider.crm_api)
        return std::make_unique<rest::RestCrm>(*provider.crm_api, api);
    return nullptr;
}

}  // namespace evergrant::connectors
