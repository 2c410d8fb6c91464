#pragma once
//
// Launch issuers in SQLite: storage/launch_issuers.h.
//
#include "storage/launch_issuers.h"
#include "storage/sqlite/session.h"

#include <optional>
#include <string_view>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::vector<LaunchIssuer> list_launch_issuers(Session& session);
[[nodiscard]] std::optional<LaunchIssuer> find_launch_issuer(Session& session, const ProviderId& provider,
                                                             std::string_view issuer);
bool save_launch_issuer(Session& session, const LaunchIssuer& issuer);
bool remove_launch_issuer(Session& session, const ProviderId& provider, std::string_view issuer);
void remove_launch_issuers_of(Session& session, const TenantId& tenant);

}  // namespace evergrant::storage::sqlite
