#include "health/monitor.h"

#include "async/sleep.h"
#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::health {

namespace {

/// An API that asks for a pause before its next probe is not asked sooner.
constexpr std::chrono::hours longest_wait{48};
constexpr std::size_t plans_at_once = 500;

}  // namespace

void Monitor::start() {
    auto watching = [this] { return watch(); };
    auto planning = [this] { return plan(); };
    parts_.shard.spawn("health-monitor", watching, async::AtDrain::stop);
    parts_.shard.spawn("plan-checks", planning, async::AtDrain::stop);
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

async::Task<void> Monitor::plan() {
    while (parts_.probe_every.count() != 0) {
        for (const catalog::Provider* provider : parts_.catalog.all()) {
            if (provider->health_probe.empty())
                continue;
            const auto planned = co_await plan_probes_of(provider);
            if (!planned)
                log(LogLevel::warning, "checks_not_planned",
                    {{"provider", provider->id.str()}, {"error", planned.error().message}});
        }
        co_await pause(parts_.times.look_for_unplanned);
    }
}

async::Task<Result<void>> Monitor::plan_probes_of(const catalog::Provider* provider) {
    storage::CheckDemand demand;
    demand.provider = provider->id;
    demand.beyond = parts_.probe_every + longest_wait;
    demand.spread = parts_.probe_every;
    demand.limit = plans_at_once;
    for (;;) {
        const auto planned = co_await parts_.store.demand_checks(demand);
        if (!planned)
            co_return std::unexpected(planned.error());
        if (*planned < plans_at_once)
            co_return Result<void>();
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
