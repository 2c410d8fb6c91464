#include "broker/scheduler.h"

#include "async/sleep.h"
#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

/// Claims are made for at least this part of all slots at a time, when there is more to do than fits.
constexpr std::size_t batches_of_slots = 4;

}  // namespace

Scheduler::Scheduler(Parts parts)
    : parts_(std::move(parts)),
      claimed_(parts_.metrics.counter("evergrant_due_claimed_total", "Due connections this replica has claimed")),
      claims_failed_(
          parts_.metrics.counter("evergrant_due_claims_failed_total", "Claims that the store could not answer")),
      slots_freed_(parts_.shard.context()) {}

void Scheduler::start() {
    auto due = [this] { return refresh_due(); };
    auto sweeping = [this] { return sweep(); };
    parts_.shard.spawn("refresh-ahead", due, async::AtDrain::stop);
    parts_.shard.spawn("sweep-authorizations", sweeping, async::AtDrain::stop);
}

async::Task<void> Scheduler::refresh_due() {
    const async::Backoff store_away{.first = parts_.times.look_for_due, .cap = parts_.times.longest_pause};
    unsigned failures = 0;
    while (claiming_.load(std::memory_order_relaxed)) {
        storage::DueClaim claim;
        claim.owner = parts_.owner;
        claim.duration = parts_.claim;
        claim.limit = free_slots();
        claim.abandoned_only = !parts_.times.refresh_ahead;
        const std::size_t limit = claim.limit;
        const auto due = co_await parts_.store.claim_due_connections(std::move(claim));
        if (!due) {
            claims_failed_.increment();
            log(LogLevel::warning, "due_connections_not_claimed", {{"error", due.error().message}});
            // With jitter, so that replicas do not come all at once when the store is back.
            co_await async::sleep_for(store_away.pause(failures++, parts_.random.dice()));
            continue;
        }
        failures = 0;
        claimed_.increment(due->size());
        for (const storage::DueConnection& one : *due)
            begin(one);
        if (due->size() < limit)
            co_await pause(parts_.times.look_for_due);
        co_await wait_for_slots(parts_.times.look_for_due);
    }
}

/// Until there is room for a batch worth a claim, or `pause` has passed and there is room for one.
async::Task<void> Scheduler::wait_for_slots(std::chrono::milliseconds pause) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    const std::size_t worth_it = std::max<std::size_t>(1, parts_.times.refreshes_at_once / batches_of_slots);
    const auto patience = std::chrono::steady_clock::now() + pause;
    while (free_slots() == 0 || (free_slots() < worth_it && std::chrono::steady_clock::now() < patience)) {
        slots_freed_.expires_after(pause);
        co_await slots_freed_.async_wait(no_throw);
    }
}

/// Replicas that started together do not go on in step.
async::Task<void> Scheduler::pause(std::chrono::milliseconds about) {
    constexpr double shortest = 0.75;
    constexpr double spread = 0.5;
    const std::chrono::duration<double, std::milli> jittered = about * (shortest + spread * parts_.random.dice());
    co_await async::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(jittered));
}

void Scheduler::begin(const storage::DueConnection& due) {
    ++under_way_;
    auto work = [this, due] { return renew(due); };
    // A shard that is closing refuses: then the claim runs out, and another replica is offered the connection.
    if (!parts_.shard.spawn("renew", work))
        end_one();
}

async::Task<void> Scheduler::renew(storage::DueConnection due) {
    try {
        const auto renewed = co_await parts_.vendors.renew(due);
        if (!renewed)
            log(LogLevel::debug, "renewal_failed",
                {{"tenant", due.key.tenant.str()},
                 {"integration", due.key.integration.str()},
                 {"error", renewed.error().message}});
    } catch (...) {
        end_one();
        throw;
    }
    end_one();
}

void Scheduler::end_one() {
    --under_way_;
    slots_freed_.cancel();
}

std::size_t Scheduler::free_slots() const noexcept {
    return parts_.times.refreshes_at_once - under_way_;
}

async::Task<void> Scheduler::sweep() {
    for (;;) {
        const auto swept = co_await parts_.store.sweep_authorizations(parts_.clock.now());
        if (!swept)
            log(LogLevel::warning, "authorizations_not_swept", {{"error", swept.error().message}});
        co_await pause(parts_.times.sweep);
    }
}

}  // namespace evergrant::broker
