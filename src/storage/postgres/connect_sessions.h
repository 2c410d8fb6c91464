#pragma once
//
// Connect sessions: the functions on the table of that name.
//
#include "storage/connect_sessions.h"
#include "storage/postgres/session.h"

#include <optional>
#include <string>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<void>> save_connect_session(Session* session, ConnectSession saved);
[[nodiscard]] Task<Result<std::optional<ConnectSession>>> find_connect_session(Session* session, std::string id);
[[nodiscard]] Task<Result<std::optional<ConnectSession>>> find_connect_session_of(Session* session,
                                                                                  std::string state_hash);
[[nodiscard]] Task<Result<bool>> bind_connect_session(Session* session, std::string id, std::string browser_hash,
                                                      Instant now);
[[nodiscard]] Task<Result<bool>> begin_connect_session(Session* session, std::string id, std::string state_hash,
                                                       ProviderId provider, Instant now);
[[nodiscard]] Task<Result<bool>> end_connect_session(Session* session, std::string state_hash, ConnectOutcome outcome,
                                                     std::string error);

}  // namespace evergrant::storage::postgres
