#include "health/monitor.h"

#include "async/sleep.h"
#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::health {

void Monitor::start() {
    auto watching = [this] { return watch(); };
    parts_.shard.spawn("health-monitor", watching, async::AtDrain::stop);
}

async::Task<void> Monitor::watch() {
    const async::Backoff store_away{.first = parts_.times.look_for_due, .cap = parts_.times.longest_pause};
    unsigned failures = 0;
    while (claiming_.load(std::memory_order_relaxed)) {
        storage::CheckClaim claim;
        claim.duration = parts_.times.claim;
        claim.limit = free_slots();
        auto due = co_await parts_.store.claim_due_checks(claim);
        if (!due) {
            log(LogLevel::warning, "due_checks_not_claimed", {{"error", due.error().message}});
            co_await async::sleep_for(store_away.pause(failures++, parts_.random.dice()));
            continue;
        }
        failures = 0;
        const bool more = due->size() == claim.limit;
        for (storage::DueCheck& one : *due)
            begin(std::move(one));
        if (!more)
            co_await pause(parts_.times.look_for_due);
        co_await wait_for_slots(parts_.times.look_for_due);
    }
}

void Monitor::begin(storage::DueCheck due) {
    ++under_way_;
    auto work = [this, due = std::move(due)] { return examine(due); };
    // A shard that is closing refuses: then the claim runs out, and another replica is offered the connection.
    if (!parts_.shard.spawn("check", work, async::AtDrain::stop))
        end_one();
}

async::Task<void> Monitor::examine(storage::DueCheck due) {
    storage::HealthReport report;
    report.connection = std::move(due.connection);
    const ConnectionKey key = report.connection.key;
    try {
        auto examining = parts_.examiner.examine(std::move(report), due.now, Occasion::due);
        const auto examined = co_await std::move(examining);
        if (!examined)
            log(LogLevel::warning, "connection_not_checked",
                {{"tenant", key.tenant.str()},
                 {"integration", key.integration.str()},
                 {"error", examined.error().message}});
    } catch (...) {
        end_one();
        throw;
    }
    end_one();
}

void Monitor::end_one() {
    --under_way_;
    slots_freed_.cancel();
}

/// Until there is room for a batch worth a claim, or `pause` has passed and there is room for one.
async::Task<void> Monitor::wait_for_slots(std::chrono::milliseconds pause) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    constexpr std::size_t batches_of_slots = 4;
    const std::size_t worth_it = std::max<std::size_t>(1, parts_.times.at_once / batches_of_slots);
    const auto patience = std::chrono::steady_clock::now() + pause;
    while (free_slots() == 0 || (free_slots() < worth_it && std::chrono::steady_clock::now() < patience)) {
        slots_freed_.expires_after(pause);
        co_await slots_freed_.async_wait(no_throw);
    }
}

/// Replicas that started together do not go on in step.
async::Task<void> Monitor::pause(std::chrono::milliseconds about) {
    constexpr double shortest = 0.75;
    constexpr double spread = 0.5;
    const std::chrono::duration<double, std::milli> jittered = about * (shortest + spread * parts_.random.dice());
    co_await async::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(jittered));
}

}  // namespace evergrant::health
