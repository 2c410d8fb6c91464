#pragma once
//
// How connect sessions stand in columns, in both engines alike. Pure. Errors: StoreException when a column holds what
// was never written.
//
#include "storage/columns.h"
#include "storage/connect_sessions.h"

#include <string>
#include <string_view>

namespace evergrant::storage {

inline const std::string connect_session_columns =
    "id, tenant_id, providers, integration_id, scopes, return_origin, created_by, may_replace, browser_hash,"
    " state_hash, outcome, provider, error, created_at, expires_at";

/// Never guessed: an application goes by it.
[[nodiscard]] ConnectOutcome connect_outcome_from(std::string_view column);

template <class Row>
[[nodiscard]] ConnectSession read_connect_session(Row& row) {
    ConnectSession session;
    session.id = row.text();
    session.tenant = TenantId(row.text());
    session.providers = ids_from<ProviderId>(row.text());
    if (std::string integration = row.text(); !integration.empty())
        session.integration = IntegrationId(std::move(integration));
    session.scopes = list_from(row.text());
    session.return_origin = row.text();
    session.created_by = row.text();
    session.may_replace = ids_from<ProviderId>(row.text());
    session.browser_hash = row.text();
    session.state_hash = row.text();
    session.outcome = connect_outcome_from(row.text());
    session.provider = ProviderId(row.text());
    session.error = row.text();
    session.created_at = row.instant();
    session.expires_at = row.instant();
    return session;
}

}  // namespace evergrant::storage
