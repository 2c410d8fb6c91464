#pragma once
//
// Cache entries: what a reader gets, made from a row of the store, from a shared copy, or from the entry of before.
// Pure; the rendered answer is the vendor's to add.
//
#include "base/clock.h"
#include "broker/refresh_policy.h"
#include "cache/shared_cache.h"
#include "cache/token_cache.h"
#include "storage/connection.h"

#include <memory>
#include <optional>

namespace evergrant::broker {

/// `next_try_at`: of a refresh that has just failed; else the row's own counts.
[[nodiscard]] std::shared_ptr<cache::CachedToken> entry_of(const storage::Connection& connection,
                                                           const RefreshPolicy& policy,
                                                           std::optional<Instant> next_try_at, double dice);

[[nodiscard]] std::shared_ptr<cache::CachedToken> entry_of(cache::SharedCopy copy, const RefreshPolicy& policy,
                                                           double dice);

/// The same token, degraded, served until `until` or its expiry.
[[nodiscard]] std::shared_ptr<cache::CachedToken> degraded_entry(const cache::CachedToken& known, sys_seconds until);

/// What other replicas may have of it. Nothing: it is dead, or its last refresh failed.
[[nodiscard]] std::optional<cache::SharedCopy> copy_of(const storage::Connection& connection, Instant read_at);

}  // namespace evergrant::broker
