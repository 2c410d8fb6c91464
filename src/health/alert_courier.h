#pragma once
//
// AlertCourier: sends alerts through their channels until each has arrived: at least once, always under the same id,
// with longer and longer pauses, and not forever. Replicas share the work by claims. One for the process.
//
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "health/alert_channel.h"
#include "health/alert_watch.h"
#include "storage/alerts.h"

#include <memory>
#include <optional>
#include <vector>

namespace evergrant::health {

/// The pause before a delivery that failed `attempts` times is tried again; nothing: it is given up. `age`: since the
/// alert was told. Pure.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_before_retry(const AlertTimes& times, unsigned attempts,
                                                                          std::chrono::milliseconds age,
                                                                          const Error& error, double dice);

/// Lifetime: outlives the shard's drain. Thread: the shard's.
class AlertCourier {
public:
    struct Parts {
        async::Shard& shard;
        storage::AlertStore& store;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        AlertRules rules;
        AlertTimes times;
        AlertLinks links;
        std::vector<std::unique_ptr<AlertChannel>> channels;
    };

    explicit AlertCourier(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] std::vector<std::string> channel_names() const;

    /// Begins; ends with the shard's drain.
    void start();

    /// Sends what is due, once; how much was. Errors: those of the store.
    [[nodiscard]] async::Task<Result<std::size_t>> deliver_due();

    /// Once through each of these, whether it arrives or not: for when the store cannot keep it.
    [[nodiscard]] async::Task<void> send_past_the_store(storage::Alert alert, std::vector<std::string> channels);

    struct Outcome {
        std::string channel;
        Result<void> sent;
    };
    /// Sends a test through each channel at once, past the store: what each says of it.
    [[nodiscard]] async::Task<std::vector<Outcome>> test();

private:
    async::Task<void> run();
    async::Task<void> deliver(storage::AlertDelivery delivery);
    async::Task<Result<void>> send(std::string channel, AlertMessage message);
    AlertChannel* find(std::string_view name) const;

    Parts parts_;
};

}  // namespace evergrant::health
