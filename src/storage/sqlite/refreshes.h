#pragma once
//
// Refreshes: leases, intents and the writes that end them, on refresh_intents and oauth_tokens. What changes runs in
// the writer's transaction, one at a time, so a look and the write that follows it are one.
//
#include "storage/sqlite/session.h"
#include "storage/store.h"

#include <chrono>
#include <optional>

namespace evergrant::storage::sqlite {

[[nodiscard]] std::optional<RefreshBasis> find_refresh_basis(Session& session, const ConnectionKey& key);
[[nodiscard]] Result<LeaseAnswer> take_lease(Session& session, const LeaseRequest& request);
[[nodiscard]] bool renew_lease(Session& session, const Lease& lease, std::chrono::milliseconds duration);
[[nodiscard]] bool complete_refresh(Session& session, const RefreshedGrant& refreshed);
[[nodiscard]] bool fail_refresh(Session& session, const Lease& lease, const RefreshFailure& failure);

}  // namespace evergrant::storage::sqlite
