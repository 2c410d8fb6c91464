#pragma once
//
// SMART's scopes for FHIR resources, of both kinds: `patient/Observation.rs` (version 2, letters of create, read,
// update, delete and search) and `patient/Observation.read` (version 1). Pure.
//
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::oauth {

/// The scopes as a server with these capabilities knows them: of version 1 where it says `permission-v1` and not
/// `permission-v2`, else as they are. Version 1 can say less: what reads or searches becomes `.read`, what creates,
/// updates or deletes `.write`, both `.*`; a query (`?category=…`) is dropped, so that more may be granted than was
/// meant.
[[nodiscard]] std::vector<std::string> smart_scopes_for(const std::vector<std::string>& capabilities,
                                                        std::vector<std::string> scopes);

}  // namespace evergrant::oauth
