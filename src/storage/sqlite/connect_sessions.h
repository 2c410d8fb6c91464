#pragma once
//
// Connect sessions: the functions on the table of that name, in the writer's transaction or on a reader.
//
#include "storage/connect_sessions.h"
#include "storage/sqlite/session.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace evergrant::storage::sqlite {

/// Errors: tenant_not_found.
[[nodiscard]] Result<void> save_connect_session(Session& session, const ConnectSession& saved);
[[nodiscard]] std::optional<ConnectSession> find_connect_session(Session& session, std::string_view id);
[[nodiscard]] std::optional<ConnectSession> find_connect_session_of(Session& session, std::string_view state_hash);
[[nodiscard]] bool bind_connect_session(Session& session, std::string_view id, std::string_view browser_hash,
                                        Instant now);
[[nodiscard]] bool begin_connect_session(Session& session, std::string_view id, std::string_view state_hash,
                                         const ProviderId& provider, Instant now);
[[nodiscard]] bool end_connect_session(Session& session, std::string_view state_hash, ConnectOutcome outcome,
                                       std::string_view error);
void sweep_connect_sessions(Session& session, Instant now);
void remove_connect_sessions_of(Session& session, const TenantId& tenant);

}  // namespace evergrant::storage::sqlite
