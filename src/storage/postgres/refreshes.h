#pragma once
//
// Refreshes: leases, intents, and the writes that end them, on refresh_intents and oauth_tokens; each one round trip.
// A batch first locks the connection's row, then looks: in PostgreSQL's default isolation each statement sees what was
// committed before it began, so what it finds under the lock is how things stand.
//
#include "storage/postgres/session.h"
#include "storage/store.h"

#include <chrono>
#include <optional>

namespace evergrant::storage::postgres {

[[nodiscard]] Task<Result<std::optional<RefreshBasis>>> find_refresh_basis(Session* session, ConnectionKey key);
[[nodiscard]] Task<Result<LeaseAnswer>> take_lease(Session* session, LeaseRequest request);
[[nodiscard]] Task<Result<bool>> renew_lease(Session* session, Lease lease, std::chrono::milliseconds duration);
[[nodiscard]] Task<Result<bool>> complete_refresh(Session* session, RefreshedGrant refreshed);
[[nodiscard]] Task<Result<bool>> fail_refresh(Session* session, Lease lease, RefreshFailure failure);

}  // namespace evergrant::storage::postgres
