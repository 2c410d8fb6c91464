#pragma once
//
// ServerWatch: judges the server by its own metrics every half minute, and what is asked of it by who asks, and tells
// of what is wrong as long as it lasts, and of keys and certificates that end. What is wrong with the store itself
// cannot stand there: that is sent past it, by each replica, once. One for the process.
//
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "health/alert_courier.h"
#include "health/expiry_watch.h"
#include "health/server_rules.h"
#include "health/vend_rates.h"
#include "storage/store.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace evergrant::health {

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class ServerWatch {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        storage::AlertStore& alerts;
        AlertCourier& courier;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        storage::AlertPace pace;
        std::chrono::seconds interval{30};
        std::vector<AlertRoute> routes;
        async::BlockingPool& disk;
        std::vector<CertificatePath> certificates;
        std::function<broker::VendsByCaller()> take_vends;
    };

    explicit ServerWatch(Parts parts);

    /// Begins; ends with the shard's drain.
    void start();

    /// One judgement.
    [[nodiscard]] async::Task<void> look();

private:
    async::Task<void> watch();
    async::Task<ServerFigures> figures();
    std::vector<UnusualCaller> unusual_callers();
    async::Task<void> tell_of(std::vector<UnusualCaller> callers);
    async::Task<std::string> name_of_caller(std::string caller);
    async::Task<void> tell(const Condition* condition);
    async::Task<void> tell_past_the_store(const Condition* condition);
    async::Task<void> tell_that_the_store_is_back();
    async::Task<void> announce(storage::Alert alert);

    Parts parts_;
    Gauge& store_up_;
    Gauge& store_probe_;
    Gauge& unusual_callers_;
    ServerRules rules_;
    ExpiryWatch expiries_;
    VendRates vend_rates_;
    std::string store_lost_id_;  ///< of the alert that says so; empty: none
};

}  // namespace evergrant::health
