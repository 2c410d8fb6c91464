#pragma once
//
// Where an operation of a described CRM is, with its values in place: each percent-encoded, so that it stays one
// segment of the path or one value of the query. Pure.
//
#include "catalog/crm_api.h"
#include "connectors/provider_api.h"

#include <map>
#include <string>
#include <string_view>

namespace evergrant::connectors::rest {

using Values = std::map<std::string, std::string, std::less<>>;

/// A parameter of the query whose value is one that is empty or not there is left out. Errors: invalid_request: a value
/// in the path that is empty or dots alone, or a control character anywhere.
[[nodiscard]] Result<std::string> target_of(const catalog::CrmOperation& operation, const Values& values);

/// The value that a Link header's rel="next" has for the query's parameter which is `{cursor}` in `operation`. Empty if
/// there is none.
[[nodiscard]] std::string linked_cursor(std::string_view link, const catalog::CrmOperation& operation);

/// The `{id}` of `operation`'s path in the address of a new record, as a Location header has it. Empty if it is another
/// place, or the id is one that needs an escape.
[[nodiscard]] std::string located_id(std::string_view location, const catalog::CrmOperation& operation);

}  // namespace evergrant::connectors::rest
