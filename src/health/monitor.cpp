#include "health/monitor.h"

#include "async/for_each_index.h"
#include "async/sleep.h"
#include "base/log.h"

#include <boost/system/system_error.hpp>

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
        claim.limit = parts_.times.batch;
        auto due = co_await parts_.store.claim_due_checks(claim);
        if (!due) {
            log(LogLevel::warning, "due_checks_not_claimed", {{"error", due.error().message}});
            co_await async::sleep_for(store_away.pause(failures++, parts_.random.dice()));
            continue;
        }
        failures = 0;
        const bool more = due->size() == claim.limit;
        co_await examine_all(std::move(*due));
        if (!more)
            co_await pause(parts_.times.look_for_due);
    }
}

async::Task<void> Monitor::examine_all(std::vector<storage::DueCheck> due) {
    auto one = [this, all = due.data()](std::size_t index) { return examine(all + index); };
    const std::function<async::Task<void>(std::size_t)> work = one;
    co_await async::for_each_index(due.size(), work);
}

/// One that cannot be looked at keeps none of the others from it: it is offered again when its claim is over.
async::Task<void> Monitor::examine(const storage::DueCheck* due) {
    storage::HealthReport report;
    report.connection = due->connection;
    const ConnectionKey key = due->connection.key;
    std::string problem;
    try {
        auto examining = parts_.examiner.examine(std::move(report), due->now, Occasion::due);
        const auto examined = co_await std::move(examining);
        if (!examined)
            problem = examined.error().message;
    } catch (const boost::system::system_error&) {
        throw;
    } catch (const std::exception& exception) {
        problem = exception.what();
    }
    if (!problem.empty())
        log(LogLevel::warning, "connection_not_checked",
            {{"tenant", key.tenant.str()}, {"integration", key.integration.str()}, {"error", problem}});
}

/// Replicas that started together do not go on in step.
async::Task<void> Monitor::pause(std::chrono::milliseconds about) {
    constexpr double shortest = 0.75;
    constexpr double spread = 0.5;
    const std::chrono::duration<double, std::milli> jittered = about * (shortest + spread * parts_.random.dice());
    co_await async::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(jittered));
}

}  // namespace evergrant::health
