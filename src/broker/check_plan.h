#pragma once
//
// Check plan: when a connection is to be looked at besides its refreshes, and when its grant ends whatever we do. Pure:
// no clock, no randomness, no I/O.
//
#include "base/clock.h"
#include "catalog/provider.h"
#include "oauth/token_set.h"
#include "storage/connection.h"

#include <chrono>
#include <optional>

namespace evergrant::broker {

/// What a plan goes by.
struct Watched {
    bool probed{false};                ///< the catalogue names a cheap read
    bool renewable{false};             ///< there is a refresh token
    std::optional<sys_seconds> ends;   ///< the access token
    std::optional<sys_seconds> dies;   ///< the grant
    std::optional<Instant> looked_at;  ///< last; nothing: never
    Instant obtained;                  ///< the grant
};

[[nodiscard]] Watched watched(const storage::ConnectionSummary& connection, const catalog::Provider* provider);

/// When the grant just obtained ends whatever we do: as the provider's answer says, or its entry; without a refresh
/// token, with the access token. Nothing: not known, or never.
[[nodiscard]] std::optional<sys_seconds> death_of(const catalog::RefreshPolicy& provider, const oauth::TokenSet& tokens,
                                                  sys_seconds now);

/// What an answer says of its refresh token's end. Nothing: it says nothing.
[[nodiscard]] std::optional<sys_seconds> told_death(const oauth::TokenSet& answer, sys_seconds now);

/// The last notice before `dies` that has come due by `now`: 14, 7 or 1 days; 0: none. None is due of a time before the
/// grant was obtained: who has just granted an hour need not be told that it is short.
[[nodiscard]] unsigned notice_due(const Watched& watched, Instant now);

/// When a connection is to be looked at after `now`: at the next notice, at the end of a token that nobody renews, and
/// `every` so often for a probe (0: none is made). Nothing: only its refresh can tell more. `dice` in [0, 1) spreads
/// probes; equal inputs give equal results.
[[nodiscard]] std::optional<Instant> next_check(const Watched& watched, std::chrono::seconds every, Instant now,
                                                double dice);

/// The same for a grant just obtained: its first probe comes soon.
[[nodiscard]] std::optional<Instant> first_check(const Watched& watched, std::chrono::seconds every, Instant now,
                                                 double dice);

}  // namespace evergrant::broker
