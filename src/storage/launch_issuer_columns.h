#pragma once
//
// How launch issuers stand in columns, in both engines alike.
//
#include "storage/columns.h"
#include "storage/launch_issuers.h"

#include <string_view>

namespace evergrant::storage {

inline constexpr std::string_view launch_issuer_columns = "provider, issuer, tenant_id, integration_id, params, scopes";

template <class Row>
[[nodiscard]] LaunchIssuer read_launch_issuer(Row& row) {
    LaunchIssuer issuer;
    issuer.provider = ProviderId(row.text());
    issuer.issuer = row.text();
    issuer.tenant = TenantId(row.text());
    issuer.integration = IntegrationId(row.text());
    issuer.params = parameters_from(row.text());
    issuer.scopes = list_from(row.text());
    return issuer;
}

}  // namespace evergrant::storage
