#pragma once
//
// Answers of Zoho CRM: what their status, code and rows mean. Pure.
//
#include "connectors/crm/crm.h"
#include "connectors/provider_api.h"

namespace evergrant::connectors::zoho {

/// The object of an answer that worked; an empty one for 204: there is nothing. Errors: as crm.h says.
[[nodiscard]] Result<boost::json::object> object_of(const ApiAnswer& answer);

/// The one record that a write was about. Each has a status of its own, within any status of the answer. `created` is
/// of an upsert: it did not find one to change.
[[nodiscard]] Result<Written> written_record(const ApiAnswer& answer);

}  // namespace evergrant::connectors::zoho
