#pragma once
//
// Pending revocations: the functions on the table of that name. What sets one down with a connection's removal is in
// connections.h.
//
#include "storage/postgres/session.h"
#include "storage/revocations.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::optional<PendingRevocation>>> begin_revocation(Session* session, ConnectionKey key,
                                                                              std::chrono::milliseconds claim);
[[nodiscard]] Task<Result<PendingRevocation>> add_revocation(Session* session, Connection gone,
                                                             std::chrono::milliseconds claim);
[[nodiscard]] Task<Result<std::vector<PendingRevocation>>> claim_revocations(Session* session,
                                                                             std::chrono::milliseconds claim,
                                                                             std::size_t limit);
[[nodiscard]] Task<Result<bool>> postpone_revocation(Session* session, std::uint64_t id, unsigned tries,
                                                     std::chrono::milliseconds pause);
[[nodiscard]] Task<Result<bool>> end_revocation(Session* session, std::uint64_t id);
[[nodiscard]] Task<Result<RevocationsWaiting>> revocations_waiting(Session* session, ConnectionFilter filter);

}  // namespace evergrant::storage::postgres
