#include "broker/token_vendor.h"
#include "broker/access.h"

#include "async/deadline.h"
#include "base/log.h"
#include "broker/cache_entry.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A token this young is the freshest there is: asking for a fresher one gets it.
constexpr seconds brand_new{5};
/// How long a token of before is served while our own store or credentials keep it from being renewed, or checked.
constexpr seconds pause_after_own_failure{5};
/// How long what is due and cannot begin, for want of credentials or of its catalogue file, is left alone.
constexpr seconds pause_of_what_cannot_begin{60};
/// How long a reader who could be served waits for a store that does not answer.
constexpr seconds patience_with_store{2};
/// How long who could be served waits for a refresh: a reader, and one who asked for more life than is left.
constexpr seconds patience_of_readers{5};
constexpr seconds patience_of_who_wants_more{25};
/// A row read longer ago is no copy for others: its age counts as a difference between clocks does.
constexpr seconds oldest_row_to_copy = Trust::clock_slack;
/// How often in a row a token set of another replica's, come when it has ended by our clock, is refreshed once more:
/// ours is ahead of that replica's, or its life is short.
constexpr int refreshes_in_a_row = 3;
/// A look at the store is repeated while news come in that it may have missed.
constexpr int looks_in_a_row = 3;

bool brand_new_at(const cache::CachedToken& token, sys_seconds now) {
    return token.expires_at && token.lifetime.count() > 0 && *token.expires_at - token.lifetime + brand_new > now;
}

std::unexpected<Error> no_connection(const ConnectionKey& key) {
    return failure(Errc::no_connection, "There is no connection \"" + key.integration.str() + "\" for this tenant.");
}

std::unexpected<Error> clocks_differ() {
    Error error{.code = Errc::provider_timeout,
                .message =
                    "The token that another replica has just obtained has expired by this server's clock; keep "
                    "the clocks of all replicas in step.",
                .retry_after = seconds(1)};
    return std::unexpected(std::move(error));
}

}  // namespace

TokenVendor::TokenVendor(Parts parts, TokenVendors& all)
    : parts_(std::move(parts)),
      all_(all),
      cache_(parts_.cache_capacity),
      looks_(parts_.shard, "load"),
      refreshes_(parts_.shard, "refresh"),
      floors_(parts_.trust.copies_matter_for()) {}

async::Task<Result<cache::SharedToken>> TokenVendor::token(TokenQuery query) {
    async::Shard& home = all_.home_of(query.key);
    TokenVendor& vendor = all_.of(home);
    if (&vendor == this)
        co_return co_await token_at_home(std::move(query));
    auto ask = [&vendor, query = std::move(query)] { return vendor.token_at_home(query); };
    const std::function<async::Task<Result<cache::SharedToken>>()> work = std::move(ask);
    auto token = co_await async::run_on<Result<cache::SharedToken>>(home, work);
    if (token)
        token = cache_.put(std::move(*token));
    co_return token;
}

async::Task<Result<cache::SharedToken>> TokenVendor::token_at_home(TokenQuery query) {
    const auto known = co_await known_at_home(query.key);
    if (!known)
        co_return known;
    if (!includes(query.providers, (*known)->provider))
        co_return failure(Errc::forbidden, "The connection is of a provider that the caller may not use.");
    const sys_seconds now = parts_.clock.now_seconds();
    const bool wanted_new = query.force_refresh && !brand_new_at(**known, now);
    if (!wanted_new && (*known)->serves(now, query.min_ttl))
        co_return known;
    auto refreshing =
        refreshed_at_home(*known, {.asked_ttl = query.min_ttl, .trace = query.trace, .refused = wanted_new});
    if ((*known)->expires_at && *(*known)->expires_at <= now)
        co_return co_await std::move(refreshing);
    // The token held is valid: nobody who would take it waits until the refresh has run out of its own time.
    const bool would_take_it = !query.force_refresh && query.min_ttl.count() == 0;
    const auto deadline = async::Deadline::after(would_take_it ? patience_of_readers : patience_of_who_wants_more);
    auto refreshed = co_await async::within(deadline, std::move(refreshing));
    if (!refreshed && refreshed.error().code == Errc::cancelled)
        co_return serve_old(*known, std::move(refreshed).error());
    co_return refreshed;
}

async::Task<Result<cache::SharedToken>> TokenVendor::renew_at_home(storage::DueConnection due) {
    const auto known = co_await known_at_home(due.key);
    if (!known)
        co_return known;
    // A reader came before: what was due is replaced.
    if ((*known)->generation > due.generation)
        co_return known;
    const auto wait = co_await app_rests(*known);
    if (wait) {
        auto resting = failure(Errc::rate_limited, "The provider has asked the app to wait.");
        resting.error().retry_after = wait;
        co_await make_way(due, resting.error());
        co_return resting;
    }
    Wanted wanted{.claimed = due.generation};
    co_return co_await refreshed_at_home(*known, std::move(wanted));
}

async::Task<Result<cache::SharedToken>> TokenVendor::known_at_home(ConnectionKey key) {
    cache::SharedToken held;
    if (const auto* found = cache_.find(key.tenant.str(), key.integration.str())) {
        if (parts_.trust.believes(**found))
            co_return *found;
        held = *found;
    }
    auto work = [this, key, held] { return look(key, held); };
    co_return co_await join(&looks_, key, std::move(work));
}

async::Task<Result<cache::SharedToken>> TokenVendor::refreshed_at_home(cache::SharedToken known, Wanted wanted) {
    auto work = [this, known, wanted] { return refresh(known->key, known, wanted); };
    co_return co_await join(&refreshes_, known->key, std::move(work));
}

async::Task<Result<cache::SharedToken>> TokenVendor::join(Flight* flights, ConnectionKey key, Flight::Work work) {
    auto landed = co_await flights->run(std::move(key), std::move(work));
    if (!landed)
        co_return failure(Errc::shutting_down, "The server is shutting down; ask another replica.");
    co_return std::move(*landed);
}

TokenVendor::Before TokenVendor::before(const ConnectionKey& key) const {
    return {parts_.trust.now(), floors_.of(key), withdrawals_of_unknown_};
}

/// What is known of a connection, when nothing is, or when what is held is believed no more.
async::Task<Result<cache::SharedToken>> TokenVendor::look(ConnectionKey key, cache::SharedToken held) {
    const bool copy_would_do = held == nullptr || floors_.of(key) > held->generation;
    if (parts_.copies != nullptr && copy_would_do) {
        auto copy = co_await copied(key);
        if (copy != nullptr)
            co_return copy;
    }
    for (int looks_left = looks_in_a_row; looks_left > 0; --looks_left) {
        const storage::Generation floor = floors_.of(key);
        auto asked = co_await ask_store(key, held);
        if (floors_.of(key) == floor)
            co_return asked;
        // It was replaced or removed while we looked.
    }
    co_return co_await ask_store(key, held);
}

async::Task<Result<cache::SharedToken>> TokenVendor::ask_store(ConnectionKey key, cache::SharedToken held) {
    const Before known = before(key);
    auto found = co_await find(key, held == nullptr);
    held = held_now(key, held);
    if (!found) {
        if (held == nullptr || !held->serves(parts_.clock.now_seconds(), seconds(0)))
            co_return std::unexpected(std::move(found).error());
        count_check("store_away");
        held->spare_until(parts_.trust.now() + pause_after_own_failure);
        co_return held;
    }
    if (!*found) {
        if (held != nullptr) {
            count_check("gone");
            withdraw_at_home(key, storage::generation_after(held->generation));
        }
        co_return no_connection(key);
    }
    if (held != nullptr) {
        if (auto standing = still_stands(held, (*found)->summary, known))
            co_return standing;
    }
    auto token = entry_of(**found, parts_.policy, std::nullopt, parts_.random.dice());
    copy_to_others(**found, known);
    co_return keep(std::move(token), known);
}

async::Task<Result<std::optional<storage::Connection>>> TokenVendor::find(ConnectionKey key, bool patient) {
    auto asking = parts_.store.find_connection(std::move(key));
    if (patient)
        co_return co_await std::move(asking);
    const auto deadline = async::Deadline::after(patience_with_store);
    co_return co_await async::within(deadline, std::move(asking));
}

/// The entry held if the row says nothing else; else null.
cache::SharedToken TokenVendor::still_stands(const cache::SharedToken& held, const storage::ConnectionSummary& row,
                                             const Before& known) {
    const bool healthy = row.status == storage::ConnectionStatus::healthy;
    const bool same = row.generation == held->generation && healthy == !held->degraded;
    // A row of before: the token set held waits to be written, or the store has lost what it had taken. Ours is newer.
    const bool older = row.generation < held->generation;
    count_check(same ? "stands" : older ? "store_is_behind" : "replaced");
    if (!same && !older)
        return nullptr;
    if (floors_.of(held->key) <= held->generation)
        held->note_asked(known.asked_at);
    return held;
}

/// What another replica read a moment ago; null if there is nothing to be believed.
async::Task<cache::SharedToken> TokenVendor::copied(ConnectionKey key) {
    const Before known = before(key);
    auto copy = co_await parts_.copies->find(key);
    if (!copy || copy->key != key || copy->generation < floors_.of(key))
        co_return nullptr;
    const auto asked_at = parts_.trust.asked_for(*copy);
    if (!asked_at || *asked_at <= floors_.whole_since() || withdrawals_of_unknown_ != known.withdrawals)
        co_return nullptr;
    auto token = entry_of(std::move(*copy), parts_.policy, parts_.random.dice());
    if (!token->serves(parts_.clock.now_seconds(), seconds(0)))
        co_return nullptr;
    parts_.metrics
        .counter("evergrant_shared_copies_total", "Tokens taken from other replicas' copies instead of from the store")
        .increment();
    Before copied_then = known;
    copied_then.asked_at = *asked_at;
    co_return keep(std::move(token), copied_then);
}

async::Task<Result<cache::SharedToken>> TokenVendor::refresh(ConnectionKey key, cache::SharedToken known,
                                                             Wanted wanted) {
    const Before then = before(key);
    const storage::Generation newer_than = wanted.claimed.value_or(known->generation);
    RefreshOrder order{key, newer_than, wanted.claimed.has_value(), wanted.trace, wanted.refused};
    auto outcome = co_await parts_.refresher.refresh(order);
    auto outlived = outlived_generation(outcome, newer_than);
    for (int tries = 1; outlived && tries < refreshes_in_a_row; ++tries) {
        order.newer_than = *outlived;
        outcome = co_await parts_.refresher.refresh(order);
        outlived = outlived_generation(outcome, *outlived);
    }
    if (!outcome && wanted.claimed) {
        storage::DueConnection due{key, *wanted.claimed};
        co_await make_way(std::move(due), outcome.error());
    }
    if (!outcome)
        co_return serve_old(known, std::move(outcome).error());

    tell_others(*outcome, newer_than, then);
    if (outcome->failure && outcome->failure->failure == oauth::FailureClass::throttled &&
        outcome->failure->retry_after)
        co_await let_app_rest(known, *outcome->failure->retry_after);
    const storage::ConnectionSummary& summary = outcome->connection.summary;
    const bool still_valid = !summary.expires_at || *summary.expires_at > parts_.clock.now_seconds();
    auto token = entry_of(outcome->connection, parts_.policy, outcome->next_try_at, parts_.random.dice());
    token->asked_ttl = wanted.asked_ttl;
    auto kept = keep(std::move(token), then);
    if (still_valid)
        co_return kept;
    if (outcome->failure)
        co_return std::unexpected(error_of(*outcome->failure, summary));
    if (outlived)
        co_return clocks_differ();
    co_return std::unexpected(reauthorization_error(summary));
}

/// What was due and could not begin is not offered again before what is due after it.
async::Task<void> TokenVendor::make_way(storage::DueConnection due, Error why) {
    const bool will_pass_by_itself = why.code == Errc::store_unavailable || why.code == Errc::shutting_down;
    if (will_pass_by_itself)
        co_return;
    const milliseconds pause =
        std::min<milliseconds>(why.retry_after.value_or(pause_of_what_cannot_begin), parts_.policy.longest_pause);
    const auto postponed = co_await parts_.store.postpone_due_connection(std::move(due), pause);
    if (!postponed)
        log(LogLevel::debug, "due_connection_not_postponed", {{"error", postponed.error().message}});
}

/// The generation of a living connection that somebody else has refreshed and whose token has ended all the same.
std::optional<storage::Generation> TokenVendor::outlived_generation(const Result<RefreshOutcome>& outcome,
                                                                    storage::Generation known) const {
    if (!outcome)
        return std::nullopt;
    const storage::ConnectionSummary& summary = outcome->connection.summary;
    const bool ended = summary.expires_at && *summary.expires_at <= parts_.clock.now_seconds();
    const bool alive = summary.status != storage::ConnectionStatus::invalid && summary.renewable;
    if (outcome->failure || !ended || !alive || summary.generation <= known)
        return std::nullopt;
    return summary.generation;
}

/// A failure of ours must not fail a read while the token held is valid.
Result<cache::SharedToken> TokenVendor::serve_old(const cache::SharedToken& known, Error error) {
    const sys_seconds now = parts_.clock.now_seconds();
    const bool gone = error.code == Errc::no_connection || error.code == Errc::tenant_not_found;
    const cache::SharedToken held = held_now(known->key, known);
    if (gone || held == nullptr || (held->expires_at && *held->expires_at <= now))
        return std::unexpected(std::move(error));
    if (held->generation > known->generation)
        return held;
    auto old = degraded_entry(*held, now + pause_after_own_failure);
    Before as_known = before(held->key);
    as_known.asked_at = held->asked_at();
    return keep(std::move(old), as_known);
}

cache::SharedToken TokenVendor::keep(std::shared_ptr<cache::CachedToken> token, const Before& known) {
    token->rendered = parts_.render(*token);
    token->note_asked(known.asked_at);
    // What was read before a withdrawal may be what was withdrawn: it is handed out, and kept by nobody.
    const bool floors_tell = known.asked_at > floors_.whole_since() && withdrawals_of_unknown_ == known.withdrawals;
    if (floors_tell && token->generation >= floors_.of(token->key))
        return cache_.put(std::move(token));
    token->withdraw();
    // Whoever has been given it is not given the one before afterwards, although that is valid and nobody can be asked.
    const auto* held = cache_.find(token->key.tenant.str(), token->key.integration.str());
    if (held != nullptr && (*held)->generation < token->generation)
        cache_.remove(token->key);
    return token;
}

/// What came into the cache while we looked elsewhere, or what we held if nothing did and it was not withdrawn.
cache::SharedToken TokenVendor::held_now(const ConnectionKey& key, const cache::SharedToken& held) {
    if (const auto* found = cache_.find(key.tenant.str(), key.integration.str()))
        return *found;
    return held != nullptr && !held->withdrawn() ? held : nullptr;
}

void TokenVendor::copy_to_others(const storage::Connection& connection, const Before& known) {
    const auto age = parts_.trust.now() - known.asked_at;
    const storage::ConnectionSummary& summary = connection.summary;
    if (parts_.copies == nullptr || age > oldest_row_to_copy || withdrawals_of_unknown_ != known.withdrawals ||
        summary.generation < floors_.of(summary.key))
        return;
    if (auto copy = copy_of(connection, parts_.clock.now() - age))
        parts_.copies->put(std::move(*copy));
}

/// A new token set is news; so is that a refresh has ended without one, to those who wait for its lease.
void TokenVendor::tell_others(const RefreshOutcome& outcome, storage::Generation known, const Before& then) {
    const storage::ConnectionSummary& now = outcome.connection.summary;
    const bool tried = outcome.failure && outcome.failure->code != "resting";
    if (now.generation > known)
        copy_to_others(outcome.connection, then);
    if (now.generation > known || tried)
        parts_.news.replaced(now.key, now.generation);
}

async::Task<std::optional<seconds>> TokenVendor::app_rests(cache::SharedToken known) {
    if (!rests_.any(known->provider, parts_.trust.now()))
        co_return std::nullopt;
    const auto client = co_await parts_.clients.find(known->key.tenant, known->provider);
    if (!client)
        co_return std::nullopt;
    co_return rests_.left(known->provider, client->registration.client_id, parts_.trust.now());
}

async::Task<void> TokenVendor::let_app_rest(cache::SharedToken known, seconds wait) {
    const auto client = co_await parts_.clients.find(known->key.tenant, known->provider);
    const milliseconds until = parts_.trust.now() + std::min(wait, parts_.policy.longest_pause);
    if (client)
        rests_.rest(known->provider, client->registration.client_id, until);
}

void TokenVendor::withdraw_at_home(const ConnectionKey& key, storage::Generation generation) {
    cache_.remove(key);
    if (generation == 0)
        ++withdrawals_of_unknown_;
    else
        floors_.raise(key, generation, parts_.trust.now());
    if (parts_.copies != nullptr)
        parts_.copies->remove(key, generation == 0 ? 0 : generation - 1);
}

async::Task<bool> TokenVendor::end_at_home(ConnectionKey key, storage::Generation generation) {
    withdraw_at_home(key, generation);
    co_return true;
}

void TokenVendor::hear_at_home(const cache::News& news) {
    const bool removed = news.kind == cache::News::Kind::removed;
    const storage::Generation least = removed ? storage::generation_after(news.generation) : news.generation;
    if (least <= floors_.of(news.key))
        return;
    floors_.raise(news.key, least, parts_.trust.now());
    const auto* held = cache_.find(news.key.tenant.str(), news.key.integration.str());
    if (removed && parts_.copies != nullptr)
        parts_.copies->remove(news.key, news.generation);
    if (held == nullptr || (*held)->generation >= least)
        return;
    // A token that was replaced is valid still: it is served if the store is away. One that was removed is not.
    if (removed)
        cache_.remove(news.key);
    else
        (*held)->doubt();
}

void TokenVendor::count_check(std::string_view outcome) {
    parts_.metrics
        .counter("evergrant_trust_checks_total", "Cached tokens looked up in the store again, by what it said",
                 {{"outcome", std::string(outcome)}})
        .increment();
}

}  // namespace evergrant::broker
