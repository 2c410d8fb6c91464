#pragma once
//
// Answers of Zoho CRM: what their status, code and rows mean. Pure.
//
#include "connectors/provider_api.h"

#include <string>

namespace evergrant::connectors::zoho {

/// The object of an answer that worked; an empty one for 204: there is nothing. Errors: as crm.h says.
[[nodiscard]] Result<boost::json::object> object_of(const ApiAnswer& answer);

/// The id of the one record that a write was about. Each has a status of its own, within any status of the answer.
[[nodiscard]] Result<std::string> written_id(const ApiAnswer& answer);

}  // namespace evergrant::connectors::zoho
