#include "broker/refresh_protocol.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

using namespace refresh_action;
using catalog::RefreshPolicyKind;
using oauth::FailureClass;
using std::chrono::milliseconds;

constexpr milliseconds first_wait{50};
constexpr milliseconds longest_wait{500};

RefreshAction done(Error error) {
    return Done{.outcome = std::unexpected(std::move(error))};
}

/// The refresh token before is nobody's business outside.
RefreshAction done(RefreshOutcome outcome) {
    outcome.connection.tokens.replaced.reset();
    return Done{.outcome = std::move(outcome)};
}

RefreshAction done(storage::Connection connection) {
    RefreshOutcome outcome;
    outcome.connection = std::move(connection);
    return done(std::move(outcome));
}

Error no_connection(const ConnectionKey& key) {
    return {.code = Errc::no_connection,
            .message = "There is no connection \"" + key.integration.str() + "\" for this tenant."};
}

/// After a failure nobody asks the provider again before the pause is over; callers get the failure of before.
std::optional<oauth::ProviderFailure> still_resting(const storage::ConnectionSummary& connection, Instant now) {
    if (connection.status != storage::ConnectionStatus::refresh_failed || !connection.next_try_at ||
        *connection.next_try_at <= now)
        return std::nullopt;
    oauth::ProviderFailure failure;
    failure.failure = FailureClass::provider_unavailable;
    failure.code = "resting";
    failure.reason = connection.last_error;
    failure.retry_after = std::chrono::ceil<std::chrono::seconds>(*connection.next_try_at - now);
    return failure;
}

bool was_in_doubt(const storage::ConnectionSummary& connection) {
    return connection.intent && connection.intent->attempts > 1;
}

}  // namespace

oauth::ProviderFailure ran_out_before_sending() {
    oauth::ProviderFailure late;
    late.failure = FailureClass::not_sent;
    late.code = "lease_too_short";
    late.reason = "The right to refresh ran out before the request was sent.";
    return late;
}

RefreshAction RefreshProtocol::next(RefreshEvent event, const Moment& at) {
    return std::visit([this, &at](auto& one) { return next(std::move(one), at); }, event);
}

RefreshAction RefreshProtocol::next(refresh_event::Begun event, const Moment&) {
    if (event.rescued)
        return done({.code = Errc::store_unavailable,
                     .message = "The last refresh of this connection is still being written; try again shortly."});
    return look(Why::to_begin);
}

RefreshAction RefreshProtocol::look(Why why) {
    looking_ = why;
    return Look{};
}

RefreshAction RefreshProtocol::next(refresh_event::Looked event, const Moment& at) {
    switch (looking_) {
        case Why::after_write: return look_after_write(std::move(event.row));
        case Why::after_record: return look_after_record(std::move(event.row), at);
        case Why::to_begin:
        case Why::while_held: break;
    }
    return look_before_lease(std::move(event.row), at);
}

RefreshAction RefreshProtocol::look_before_lease(Result<std::optional<storage::Connection>> row, const Moment& at) {
    if (!row)
        return done(std::move(row).error());
    std::optional<storage::Connection>& found = *row;
    if (!found)
        return done(no_connection(question_.key));
    known_ = std::move(*found);
    const storage::ConnectionSummary& known = known_.summary;
    if (known.generation > question_.newer_than || known.status == storage::ConnectionStatus::invalid ||
        !known.renewable)
        return done(std::move(known_));
    const bool due_by_the_store = question_.claimed && looking_ == Why::to_begin;
    auto resting = due_by_the_store ? std::nullopt : still_resting(known, at.wall);
    if (resting) {
        RefreshOutcome outcome;
        outcome.failure = std::move(resting);
        outcome.next_try_at = known.next_try_at;
        outcome.connection = std::move(known_);
        return done(std::move(outcome));
    }
    if (looking_ == Why::to_begin)
        return Prepare{};
    return take_lease(at);
}

RefreshAction RefreshProtocol::next(refresh_event::Prepared event, const Moment& at) {
    if (!event.policy)
        return done(std::move(event.policy).error());
    provider_ = *event.policy;
    return take_lease(at);
}

RefreshAction RefreshProtocol::take_lease(const Moment& at) {
    lease_asked_at_ = at.steady;
    storage::LeaseRequest request;
    request.key = question_.key;
    request.owner = question_.owner;
    request.duration = question_.times.lease;
    // Who comes back for the token before must find the very generation whose token was refused.
    request.newer_than = the_one_before_ ? taken_.lease.generation : question_.newer_than;
    return TakeLease{std::move(request)};
}

RefreshAction RefreshProtocol::next(refresh_event::LeaseAnswered event, const Moment& at) {
    if (!event.answer)
        return done(std::move(event.answer).error());
    if (auto* refreshed = std::get_if<storage::AlreadyRefreshed>(&*event.answer))
        return done(std::move(refreshed->connection));
    if (std::holds_alternative<storage::LeaseHeld>(*event.answer))
        return wait(at);

    auto& taken = std::get<storage::LeaseTaken>(*event.answer);
    // The second presentation is one of ours, not of an answer lost: the verdict speaks of what was before it.
    if (the_one_before_)
        taken.connection.summary.intent = taken_.connection.summary.intent;
    taken_ = std::move(taken);
    lease_end_ = lease_asked_at_ + question_.times.lease;
    may_send_ = true;
    return send(at);
}

/// Looks away for longer each time; news of the connection end the wait at once.
RefreshAction RefreshProtocol::wait(const Moment& at) {
    if (!give_up_at_)
        give_up_at_ = at.steady + question_.times.patience;
    if (at.steady >= *give_up_at_)
        return done({.code = Errc::provider_timeout,
                     .message = "Another replica has been refreshing this connection for too long.",
                     .retry_after = std::chrono::seconds(1)});
    pause_ = std::clamp(pause_ * 2, first_wait, longest_wait);
    const auto left = std::chrono::ceil<milliseconds>(*give_up_at_ - at.steady);
    return Wait{std::min(pause_, left)};
}

RefreshAction RefreshProtocol::next(refresh_event::Woken, const Moment&) {
    return look(Why::while_held);
}

/// Whoever was stopped for so long that the lease may end during the call must not send: another may be sending.
RefreshAction RefreshProtocol::send(const Moment& at) {
    const RefreshTimes& times = question_.times;
    const SteadyTime latest = lease_end_ - times.safety();
    if (!may_send_ || at.steady + times.provider_timeout / 2 > latest)
        return record(ran_out_before_sending(), at);
    return Send{presented().clone(), std::min(at.steady + times.provider_timeout, latest)};
}

RefreshAction RefreshProtocol::next(refresh_event::Answered event, const Moment& at) {
    if (event.answer)
        return complete(std::move(*event.answer), at);
    if (event.answer.error().failure == FailureClass::dead_grant && may_try_the_one_before(at)) {
        reason_ = std::move(event.answer).error();
        the_one_before_ = true;
        return take_lease(at);
    }
    return record(std::move(event.answer).error(), at);
}

RefreshAction RefreshProtocol::complete(oauth::TokenSet answer, const Moment& at) {
    oauth::TokenSet spent = taken_.connection.tokens.clone();
    spent.refresh_token = presented().clone();
    refreshed_.lease = taken_.lease;
    refreshed_.tokens = oauth::merge_refreshed(spent, std::move(answer));
    refreshed_.tokens.replaced.reset();
    const bool app_grant = oauth::needs_the_app_alone(taken_.connection.summary.grant_type);
    const auto due = app_grant ? due_time_of_app_grant(question_.policy, refreshed_.tokens, at.dice)
                               : due_time(question_.policy, provider_, refreshed_.tokens, at.wall, at.dice);
    refreshed_.refresh_due_at = by_the_store(due, at);
    const bool in_doubt = was_in_doubt(taken_.connection.summary) || the_one_before_ || !surely_ours(at);
    if (in_doubt && keeps_the_one_before())
        refreshed_.tokens.replaced = oauth::ReplacedToken{presented().clone(), store_time(at)};
    return Complete{refreshed_.clone()};
}

RefreshAction RefreshProtocol::next(refresh_event::Written event, const Moment& at) {
    if (event.taken && *event.taken)
        return done_refreshed();
    if (event.taken)
        return look(Why::after_write);
    // It may be written when others have had the lease.
    if (keeps_the_one_before() && !refreshed_.tokens.replaced)
        refreshed_.tokens.replaced = oauth::ReplacedToken{presented().clone(), store_time(at)};
    return Keep{refreshed_.clone()};
}

/// A refused write alone does not say that the generation spent is no longer current: another may hold the lease.
RefreshAction RefreshProtocol::look_after_write(Result<std::optional<storage::Connection>> row) {
    if (!row)
        return Keep{refreshed_.clone()};
    std::optional<storage::Connection>& found = *row;
    if (!found)
        return done_orphaned();
    // An older one is a store that has lost what it had taken: there, ours is the newest.
    if (found->summary.generation > taken_.lease.generation)
        return done(std::move(*found));
    return Keep{refreshed_.clone()};
}

RefreshAction RefreshProtocol::next(refresh_event::Kept event, const Moment&) {
    if (event.durable)
        return done_refreshed();
    return done({.code = Errc::store_unavailable,
                 .message = "The connection was refreshed and neither store nor rescue journal takes the new token; "
                            "it is kept in memory and written as soon as the disk allows."});
}

RefreshAction RefreshProtocol::done_orphaned() {
    storage::Connection orphan = std::move(taken_.connection);
    orphan.tokens = std::move(refreshed_.tokens);
    return Done{.outcome = std::unexpected(no_connection(question_.key)), .orphan = std::move(orphan)};
}

RefreshAction RefreshProtocol::done_refreshed() {
    storage::Connection connection = std::move(taken_.connection);
    connection.tokens = std::move(refreshed_.tokens);
    storage::ConnectionSummary& summary = connection.summary;
    summary.status = storage::ConnectionStatus::healthy;
    summary.generation = taken_.lease.generation + 1;
    summary.scopes = connection.tokens.scopes;
    summary.expires_at = connection.tokens.expires_at;
    summary.failures = 0;
    summary.last_error.clear();
    summary.intent.reset();
    return done(std::move(connection));
}

RefreshAction RefreshProtocol::record(oauth::ProviderFailure reason, const Moment& at) {
    consequence_ = consequence(question_.policy, reason, taken_.connection.summary, at.wall, at.dice);
    reason_ = std::move(reason);
    const bool verdict = consequence_.status == storage::ConnectionStatus::invalid;
    // Who may have lost the lease would write over what its next holder found out. The intent stands, and says enough.
    if (!verdict && !surely_ours(at))
        return look(Why::after_record);
    if (!verdict && the_one_before_)
        consequence_.keep_intent = true;
    storage::RefreshFailure recorded = consequence_;
    recorded.next_try_at = by_the_store(consequence_.next_try_at, at);
    return RecordFailure{taken_.lease, std::move(recorded), reason_};
}

RefreshAction RefreshProtocol::next(refresh_event::Recorded event, const Moment&) {
    if (event.taken && !*event.taken)
        return look(Why::after_record);
    // A store that is away changes nothing of the verdict: the intent stands, and the next refresh finds it.
    RefreshOutcome outcome;
    outcome.connection = std::move(taken_.connection);
    outcome.connection.summary.status = consequence_.status;
    outcome.connection.summary.last_error = consequence_.error;
    outcome.next_try_at = consequence_.next_try_at;
    outcome.failure = std::move(reason_);
    return done(std::move(outcome));
}

/// Not recorded: somebody has written a newer generation, or holds the lease and has the last word.
RefreshAction RefreshProtocol::look_after_record(Result<std::optional<storage::Connection>> row, const Moment& at) {
    if (!row)
        return done(std::move(row).error());
    std::optional<storage::Connection>& found = *row;
    if (!found)
        return done(no_connection(question_.key));
    const storage::ConnectionSummary& now = found->summary;
    if (now.generation != taken_.lease.generation || now.status == storage::ConnectionStatus::invalid)
        return done(std::move(*found));
    if (reason_.failure == FailureClass::dead_grant)
        return wait(at);
    RefreshOutcome outcome;
    outcome.connection = std::move(*found);
    outcome.next_try_at = consequence_.next_try_at;
    outcome.failure = std::move(reason_);
    return done(std::move(outcome));
}

void RefreshProtocol::renewed(bool extended, SteadyTime asked_at) {
    if (extended)
        lease_end_ = std::max(lease_end_, asked_at + question_.times.lease);
    else
        may_send_ = false;
}

bool RefreshProtocol::surely_ours(const Moment& at) const {
    return at.steady + question_.times.safety() < lease_end_;
}

/// The store told its time when it gave the lease; the steady clock counts on from there.
Instant RefreshProtocol::store_time(const Moment& at) const {
    const Instant given = taken_.lease.expires_at - question_.times.lease;
    return given + std::chrono::floor<milliseconds>(at.steady - lease_asked_at_);
}

/// When others are to act is told by the store's clock: our time of day may be minutes from theirs.
std::optional<Instant> RefreshProtocol::by_the_store(std::optional<Instant> ours, const Moment& at) const {
    if (!ours)
        return std::nullopt;
    return *ours + (store_time(at) - at.wall);
}

bool RefreshProtocol::may_try_the_one_before(const Moment& at) const {
    const auto& replaced = taken_.connection.tokens.replaced;
    return replaced && !the_one_before_ && provider_.kind == RefreshPolicyKind::rotates_with_grace &&
           store_time(at) < replaced->at + provider_.grace;
}

bool RefreshProtocol::keeps_the_one_before() const {
    return provider_.kind == RefreshPolicyKind::rotates_with_grace &&
           refreshed_.tokens.refresh_token.reveal() != presented().reveal();
}

const SecretString& RefreshProtocol::presented() const {
    const oauth::TokenSet& tokens = taken_.connection.tokens;
    return the_one_before_ && tokens.replaced ? tokens.replaced->refresh_token : tokens.refresh_token;
}

}  // namespace evergrant::broker
