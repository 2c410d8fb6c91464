#pragma once
//
// AlertWatch: looks for what people are to be told, makes alerts of it, and hands those that are ready to their
// channels. Every replica has one; the store sees to it that each thing is told once. One for the process.
//
#include "async/shard.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "health/alert_routing.h"
#include "health/alert_rules.h"
#include "storage/alerts.h"

#include <chrono>
#include <string>
#include <vector>

namespace evergrant::health {

struct AlertTimes {
    std::chrono::milliseconds look{1'000};            ///< between looks, give or take a quarter
    std::chrono::milliseconds longest_pause{30'000};  ///< between looks while the store is away
    std::chrono::seconds unconfirmed{120};            ///< a condition nobody has confirmed for so long is over
    std::chrono::hours kept{24 * 30};                 ///< alerts that are over
    std::chrono::minutes sweep{10};
    std::chrono::seconds delivery_timeout{20};
    std::chrono::hours delivery_life{24};  ///< after it was told; then a delivery that fails is given up
};

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class AlertWatch {
public:
    struct Parts {
        async::Shard& shard;
        storage::AlertStore& store;
        crypto::Random& random;
        Metrics& metrics;
        AlertRules rules;
        storage::AlertPace pace;
        AlertTimes times;
        std::vector<AlertRoute> routes;
        std::vector<std::string> channels;  ///< that are configured
    };

    explicit AlertWatch(Parts parts);

    /// Begins; ends with the shard's drain.
    void start();

    /// One look: how many connections were told of. Errors: those of the store.
    [[nodiscard]] async::Task<Result<std::size_t>> look();

private:
    async::Task<void> watch();
    async::Task<void> sweep();
    async::Task<Result<std::size_t>> tell_all_of(async::Task<Result<std::size_t>> (AlertWatch::*tell_of_some)());
    async::Task<Result<std::size_t>> tell_of_connections();
    async::Task<Result<std::size_t>> tell_of_notices();
    [[nodiscard]] storage::ConnectionTelling telling(const storage::UntoldConnection& connection) const;
    async::Task<Result<void>> tell_now(std::vector<storage::ConnectionTelling> tellings);
    async::Task<Result<void>> send_what_is_ready();
    async::Task<void> pause(std::chrono::milliseconds about);

    Parts parts_;
    Counter& looks_;
    Counter& told_;
};

/// `alert_` and 128 bits, as every receiver may take for an id.
[[nodiscard]] std::string new_alert_id(crypto::Random& random);

}  // namespace evergrant::health
