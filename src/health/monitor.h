#pragma once
//
// Monitor: looks at every connection of which the clock, or a look, can now tell something new. Every replica has one;
// they share the work by claims in the store. It begins at once at start, never overlaps itself, and costs nothing for
// connections that are not due, however many are stored. Whose provider's entry has gained a probe since it was planned
// is planned anew. One for the process.
//
#include "async/shard.h"
#include "base/metrics.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "health/examiner.h"
#include "storage/store.h"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>

namespace evergrant::health {

struct MonitorTimes {
    std::chrono::milliseconds look_for_due{2'000};    ///< a tick, give or take a quarter
    std::chrono::milliseconds longest_pause{30'000};  ///< between ticks while the store is away
    std::chrono::milliseconds claim{300'000};         ///< longer than a look takes, with a refresh
    std::size_t at_once{64};
    std::chrono::minutes look_for_unplanned{10};  ///< between looks for connections whose provider has gained a probe
};

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class Monitor {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        const catalog::Catalog& catalog;
        Examiner& examiner;
        crypto::Random& random;
        std::chrono::seconds probe_every;  ///< 0: none is made
        MonitorTimes times;
    };

    explicit Monitor(Parts parts) : parts_(parts), slots_freed_(parts.shard.context()) {}

    /// Begins; ends with the shard's drain.
    void start();

    /// Claims nothing from now on: what is due is for other replicas, or for the next process. Thread: any.
    void stop_claiming() noexcept { claiming_.store(false, std::memory_order_relaxed); }

private:
    async::Task<void> watch();
    void begin(storage::DueCheck due);
    async::Task<void> plan();
    async::Task<Result<void>> plan_probes_of(const catalog::Provider* provider);
    async::Task<void> examine(storage::DueCheck due);
    async::Task<void> wait_for_slots(std::chrono::milliseconds pause);
    async::Task<void> pause(std::chrono::milliseconds about);
    void end_one();
    std::size_t free_slots() const noexcept { return parts_.times.at_once - under_way_; }

    Parts parts_;
    boost::asio::steady_timer slots_freed_;
    std::size_t under_way_{0};
    std::atomic<bool> claiming_{true};
};

}  // namespace evergrant::health
