#pragma once
//
// Scheduler: what must happen without anybody asking: refreshes ahead of use, refreshes whose answer may be lost,
// authorizations that nobody finished. Every replica has one; they share the work by claims in the store: what one has
// claimed no other is offered, until its refresh ends or, if the replica dies, the claim's time is over. Its cost grows
// with what is due, never with what is stored. One for the process.
//
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/token_vendor.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

namespace evergrant::broker {

struct SchedulerTimes {
    bool refresh_ahead{true};                         ///< false: only those whose answer may be lost
    std::chrono::milliseconds look_for_due{1'000};    ///< a tick, give or take a quarter
    std::chrono::seconds sweep{60};                   ///< between sweeps of unfinished authorizations, give or take
    std::chrono::milliseconds longest_pause{30'000};  ///< between ticks while the store is away
    std::size_t refreshes_at_once{64};
};

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class Scheduler {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        TokenVendors& vendors;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        std::string owner;                ///< this replica, in claims
        std::chrono::milliseconds claim;  ///< longer than a refresh takes
        SchedulerTimes times;
    };

    explicit Scheduler(Parts parts);

    /// Begins; ends with the shard's drain.
    void start();

    /// Claims nothing from now on: what is due is for other replicas, or for the next process. Thread: any.
    void stop_claiming() noexcept { claiming_.store(false, std::memory_order_relaxed); }

private:
    async::Task<void> refresh_due();
    async::Task<void> sweep();
    async::Task<void> renew(storage::DueConnection due);
    async::Task<void> wait_for_slots(std::chrono::milliseconds pause);
    async::Task<void> pause(std::chrono::milliseconds about);
    void begin(const storage::DueConnection& due);
    void end_one();
    std::size_t free_slots() const noexcept;

    Parts parts_;
    Counter& claimed_;
    Counter& claims_failed_;
    boost::asio::steady_timer slots_freed_;
    std::size_t under_way_{0};
    std::atomic<bool> claiming_{true};
};

}  // namespace evergrant::broker
