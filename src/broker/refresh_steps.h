#pragma once
//
// What the refresh protocol says and hears: its actions, the events that answer them, and what came of it. Values; the
// machine that turns one into the other is broker/refresh_protocol.h.
//
#include "base/clock.h"
#include "catalog/provider.h"
#include "oauth/failure.h"
#include "oauth/token_set.h"
#include "storage/store.h"

#include <chrono>
#include <expected>
#include <optional>
#include <variant>

namespace evergrant::broker {

/// A moment of the steady clock, which no one sets: what leases and patience are judged by.
using SteadyTime = std::chrono::steady_clock::time_point;

/// When an event happened, and a throw of dice for what is decided then.
struct Moment {
    Instant wall;       ///< this replica's time of day; may be minutes wrong
    SteadyTime steady;  ///< this process's
    double dice{0};     ///< in [0, 1)
};

struct RefreshTimes {
    std::chrono::milliseconds provider_timeout{20'000};  ///< of one call; at most half the lease
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds patience{30'000};  ///< how long to wait for another holder of the lease

    /// How long before its lease ends a replica stops believing in it: for a request on its way, and a store's clock
    /// that a failover has set forward.
    [[nodiscard]] std::chrono::milliseconds safety() const noexcept { return lease / 12; }
};

/// What came of a refresh that did not end in an error of ours.
struct RefreshOutcome {
    storage::Connection connection;                 ///< as it is now; refreshed, or of before with `failure`
    std::optional<oauth::ProviderFailure> failure;  ///< nothing: the token set is new
    std::optional<Instant> next_try_at;             ///< with a failure that may pass
};

/// What to do next. Each but Done is answered by one event.
namespace refresh_action {

/// Read the row. → Looked
struct Look {};
/// Find out all that must be known before the intent is written, for `RefreshProtocol::connection`. → Prepared
struct Prepare {};
/// → LeaseAnswered
struct TakeLease {
    storage::LeaseRequest request;
};
/// Another replica holds the lease: wait so long, or until there is news of the connection. → Woken
struct Wait {
    std::chrono::milliseconds pause{0};
};
/// Present this refresh token. Not a byte of the request leaves after `not_after`, and no answer is waited for. →
/// Answered
struct Send {
    SecretString refresh_token;
    SteadyTime not_after;
};
/// Write the new token set. → Written
struct Complete {
    storage::RefreshedGrant refreshed;
};
/// The store refuses the new token set: keep it safe and write it when the store allows. → Kept
struct Keep {
    storage::RefreshedGrant refreshed;
};
/// → Recorded
struct RecordFailure {
    storage::Lease lease;
    storage::RefreshFailure consequence;
    oauth::ProviderFailure reason;  ///< for the log
};
struct Done {
    Result<RefreshOutcome> outcome;
    /// Was removed while its refresh token was being spent: the token set that came has no row, and is to be revoked.
    std::optional<storage::Connection> orphan{};
};

}  // namespace refresh_action

using RefreshAction = std::variant<refresh_action::Look, refresh_action::Prepare, refresh_action::TakeLease,
                                   refresh_action::Wait, refresh_action::Send, refresh_action::Complete,
                                   refresh_action::Keep, refresh_action::RecordFailure, refresh_action::Done>;

/// What store, provider and clock answered.
namespace refresh_event {

/// The first: the refresh is wanted. `rescued`: a token set of this connection still waits for the store.
struct Begun {
    bool rescued{false};
};
struct Looked {
    Result<std::optional<storage::Connection>> row;
};
/// What the provider does with refresh tokens; or why the refresh cannot begin.
struct Prepared {
    Result<catalog::RefreshPolicy> policy;
};
struct LeaseAnswered {
    Result<storage::LeaseAnswer> answer;
};
struct Woken {};
struct Answered {
    std::expected<oauth::TokenSet, oauth::ProviderFailure> answer;
};
struct Written {
    Result<bool> taken;
};
/// `durable`: it is in the journal, and may be handed out.
struct Kept {
    bool durable{false};
};
struct Recorded {
    Result<bool> taken;
};

}  // namespace refresh_event

using RefreshEvent = std::variant<refresh_event::Begun, refresh_event::Looked, refresh_event::Prepared,
                                  refresh_event::LeaseAnswered, refresh_event::Woken, refresh_event::Answered,
                                  refresh_event::Written, refresh_event::Kept, refresh_event::Recorded>;

}  // namespace evergrant::broker
