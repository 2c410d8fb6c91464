#pragma once
//
// Launch issuers in PostgreSQL: storage/launch_issuers.h.
//
#include "storage/launch_issuers.h"
#include "storage/postgres/session.h"

#include <optional>
#include <string>
#include <vector>

namespace evergrant::storage::postgres {

Task<Result<std::vector<LaunchIssuer>>> list_launch_issuers(Session* session);
Task<Result<std::optional<LaunchIssuer>>> find_launch_issuer(Session* session, ProviderId provider, std::string issuer);
Task<Result<bool>> save_launch_issuer(Session* session, LaunchIssuer issuer);
Task<Result<bool>> remove_launch_issuer(Session* session, ProviderId provider, std::string issuer);

}  // namespace evergrant::storage::postgres
