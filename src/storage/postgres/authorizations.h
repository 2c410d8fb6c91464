#pragma once
//
// Authorizations: the functions on oauth_states.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <cstddef>
#include <optional>
#include <string>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<void>> save_authorization(Session* session, PendingAuthorization pending);
[[nodiscard]] Task<Result<std::optional<PendingAuthorization>>> find_authorization(Session* session,
                                                                                   std::string state_hash);
[[nodiscard]] Task<Result<std::optional<PendingAuthorization>>> spend_authorization(Session* session,
                                                                                    std::string state_hash,
                                                                                    Instant now);
[[nodiscard]] Task<Result<std::optional<SecretString>>> open_ticket(Session* session, std::string ticket_hash,
                                                                    std::string browser_hash, Instant now);
[[nodiscard]] Task<Result<std::size_t>> sweep_authorizations(Session* session, Instant now);

}  // namespace evergrant::storage::postgres
