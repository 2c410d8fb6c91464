#pragma once
//
// Pending revocations: the functions on the table of that name, in the writer's transaction or on a reader.
//
#include "storage/revocations.h"
#include "storage/sqlite/session.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::optional<PendingRevocation> begin_revocation(Session& session, const ConnectionKey& key,
                                                                std::chrono::milliseconds claim);
[[nodiscard]] PendingRevocation add_revocation(Session& session, const Connection& gone,
                                               std::chrono::milliseconds claim);
[[nodiscard]] std::vector<PendingRevocation> claim_revocations(Session& session, std::chrono::milliseconds claim,
                                                               std::size_t limit);
[[nodiscard]] bool postpone_revocation(Session& session, std::uint64_t id, unsigned tries,
                                       std::chrono::milliseconds pause);
[[nodiscard]] bool end_revocation(Session& session, std::uint64_t id);
[[nodiscard]] RevocationsWaiting revocations_waiting(Session& session, const ConnectionFilter& filter);
/// How many.
std::size_t remove_revocations_of(Session& session, const TenantId& tenant);

}  // namespace evergrant::storage::sqlite
