#pragma once
//
// Refresh policy: decides when a token is renewed and what a failed renewal means. Pure: no clock, no randomness, no
// I/O.
//
#include "base/clock.h"
#include "catalog/provider.h"
#include "oauth/failure.h"
#include "oauth/token_set.h"
#include "storage/connection.h"
#include "storage/store.h"

#include <chrono>
#include <optional>

namespace evergrant::broker {

/// When to renew, and how patiently.
struct RefreshPolicy {
    std::chrono::seconds margin{300};  ///< renew this long before expiry, or at a quarter of the life if that is less
    double jitter{0.1};                ///< moves the margin up by at most this part of it; 0 ≤ jitter < 1
    std::chrono::seconds first_pause{1};      ///< before the first retry after a failure
    std::chrono::seconds longest_pause{900};  ///< between retries
    std::chrono::seconds probe_every{1800};   ///< between cheap reads that tell what a token is worth; 0: none
};

/// The instant to renew an access token: before its expiry, and never before half of its life has passed. Nothing: it
/// does not expire. `dice` in [0, 1) places the jitter; equal inputs give equal results.
[[nodiscard]] std::optional<sys_seconds> renewal_time(const RefreshPolicy& policy, const oauth::TokenSet& tokens,
                                                      double dice);

/// When the store should offer the connection for an ahead-of-time refresh: at renewal, or, for a token that seldom
/// expires, when three quarters of the refresh token's idle life have passed. Nothing: never, as without a refresh
/// token for a grant that needs one.
[[nodiscard]] std::optional<Instant> due_time(const RefreshPolicy& policy, const catalog::RefreshPolicy& provider,
                                              const oauth::TokenSet& tokens, Instant now, double dice);
/// The same of a grant to the app alone, which has no refresh token.
[[nodiscard]] std::optional<Instant> due_time_of_app_grant(const RefreshPolicy& policy, const oauth::TokenSet& tokens,
                                                           double dice);

/// The pause before the next try after `failures` in a row, or what the provider asked for if that is longer.
[[nodiscard]] std::chrono::milliseconds pause_after(const RefreshPolicy& policy, unsigned failures,
                                                    std::optional<std::chrono::seconds> retry_after, double dice);

/// What a failed refresh does to the connection. Only `dead_grant` ends it; our own wrong credentials and a provider
/// that is away do not. `intent`: as it stood while the request was under way.
[[nodiscard]] storage::RefreshFailure consequence(const RefreshPolicy& policy, const oauth::ProviderFailure& failure,
                                                  const storage::ConnectionSummary& connection, Instant now,
                                                  double dice);

/// The error a caller gets who could not be served.
[[nodiscard]] Error error_of(const oauth::ProviderFailure& failure, const storage::ConnectionSummary& connection);

/// What a caller gets whose token has expired when only a person can renew the grant: says why, and where.
[[nodiscard]] Error reauthorization_error(const storage::ConnectionSummary& connection);

/// How long an access token is taken to live whose provider does not say, from the entry's assumption and the token
/// that is replaced: what was learned of that stays. Where the provider refused it before its time (`refused`), its age
/// then is as long as tokens live there; under 15 minutes, no provider's shortest session, it ended for another reason.
[[nodiscard]] std::optional<std::chrono::seconds> assumed_life(std::optional<std::chrono::seconds> by_entry,
                                                               const oauth::TokenSet& replaced, bool refused,
                                                               sys_seconds now);

}  // namespace evergrant::broker
