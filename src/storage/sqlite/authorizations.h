#pragma once
//
// Authorizations under way: the functions on oauth_states, in the writer's transaction.
//
#include "storage/records.h"
#include "storage/sqlite/session.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace evergrant::storage::sqlite {

/// Errors: conflict if the state or the ticket is already in use.
[[nodiscard]] Result<void> save_authorization(Session& session, const PendingAuthorization& pending);
[[nodiscard]] std::optional<PendingAuthorization> find_authorization(Session& session, std::string_view state_hash);
[[nodiscard]] std::optional<PendingAuthorization> spend_authorization(Session& session, std::string_view state_hash,
                                                                      Instant now);
[[nodiscard]] std::optional<SecretString> open_ticket(Session& session, std::string_view ticket_hash,
                                                      std::string_view browser_hash, Instant now);
[[nodiscard]] std::size_t sweep_authorizations(Session& session, Instant now);
std::size_t remove_authorizations_of(Session& session, const TenantId& tenant);

}  // namespace evergrant::storage::sqlite
