#pragma once
//
// API target: the path and query of a request at a provider's API, as callers give them. What passes here stays behind
// the API base whoever reads it, and is what a key's limits are compared with. Pure.
//
#include "base/error.h"
#include "storage/records.h"

#include <string>
#include <string_view>

namespace evergrant::connectors {

/// `target` if it can be put behind an API base as it is: from `/`, printable ASCII, whole percent-escapes, no
/// fragment, no backslash, no `.` or `..` segment however it is escaped. Errors: invalid_request, naming what is wrong.
[[nodiscard]] Result<void> check_target(std::string_view target);

/// Whether a key with these limits may make this request. A path is compared by whole segments, decoded:
/// `/crm/v3/Leads` allows `/crm/v3/Leads` and what is below it, not `/crm/v3/LeadsX`. A target that servers may read in
/// more than one way (an escaped slash, an empty segment, a `;`) is refused to a key with path limits. Errors:
/// forbidden.
[[nodiscard]] Result<void> check_limits(const storage::CallLimits& limits, std::string_view method,
                                        std::string_view target);

/// Limits of a new key as somebody gives them, ready to be kept. Errors: invalid_request naming `methods` or `paths`:
/// one is malformed, or the key's role is not that of an application.
[[nodiscard]] Result<storage::CallLimits> limits_of_key(storage::Role role, storage::CallLimits given);

}  // namespace evergrant::connectors
