#pragma once
//
// Health: what is known of connections before somebody complains. The monitor, the checks that are asked for, reports
// of refused tokens and the set-up checklist, ready to be called. Wired once at start-up, above the broker.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "broker/broker.h"
#include "health/examiner.h"
#include "health/monitor.h"
#include "health/rejections.h"
#include "health/setup.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::health {

/// What an operator may set.
struct HealthOptions {
    std::chrono::seconds probe_every{1800};  ///< 0: no probes
    std::chrono::milliseconds provider_timeout{20'000};
    MonitorTimes monitor;
};

/// What it stands on. All outlive it.
struct Foundations {
    async::Shards& shards;
    broker::Broker& broker;
    storage::Store& store;
    const catalog::Catalog& catalog;
    const Clock& clock;
    crypto::Random& random;
    Metrics& metrics;
};

/// What a check on demand has come to.
struct Checked {
    std::size_t checked{0};  ///< those looked at before the deadline
    storage::Page<storage::HealthReport> reports;
};

/// Lifetime: outlives the shards' drain.
class Health {
public:
    Health(Foundations foundations, const HealthOptions& options);
    Health(const Health&) = delete;
    Health& operator=(const Health&) = delete;

    /// Starts the monitor. After the broker's recovery. Thread: any.
    void start();
    /// Thread: any.
    void stop_claiming() noexcept { monitor_.stop_claiming(); }

    /// Looks now at up to `limit` connections that the filter lets through, in key order after `cursor`, until
    /// `deadline`; what is left then is only reported. Errors: invalid_request (cursor), store_unavailable.
    /// Thread: a shard's.
    [[nodiscard]] async::Task<Result<Checked>> check(storage::HealthFilter filter, std::string cursor,
                                                     std::size_t limit, async::Deadline deadline);

    /// From any shard: `Rejections::reported` at the connection's home.
    [[nodiscard]] async::Task<Result<void>> reported(ConnectionKey key, storage::Generation generation);

    /// Counts connections by status into the metrics, and measures when the next of them expires, if that was not done
    /// within the last minute, nor within a hundred times as long as it took: for a scrape. A store that takes longer
    /// than a moment leaves the figures of before. Thread: a shard's.
    [[nodiscard]] async::Task<void> update_figures();

    [[nodiscard]] Setup& setup() noexcept { return setup_; }

private:
    struct OfShard {
        OfShard(const Foundations& foundations, const HealthOptions& options, async::Shard& shard);
        Examiner examiner;
        Rejections rejections;
    };
    OfShard& of(const boost::asio::execution_context& context);
    static std::vector<std::unique_ptr<OfShard>> all_of(const Foundations& foundations, const HealthOptions& options);

    Foundations foundations_;
    std::vector<std::unique_ptr<OfShard>> shards_;
    Monitor monitor_;
    Setup setup_;
    std::atomic<std::chrono::milliseconds> next_count_at_;  ///< steady
};

}  // namespace evergrant::health
