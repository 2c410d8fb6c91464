#pragma once
//
// ExpiryWatch: finds the API keys and certificates that end soon, and shows how many and when in the metrics.
//
#include "async/blocking_pool.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "health/expiry_rules.h"
#include "storage/alerts.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace evergrant::health {

/// A file of certificates in PEM, and the setting that names it.
struct CertificatePath {
    std::string setting;
    std::filesystem::path path;
};

/// Thread: a shard's.
class ExpiryWatch {
public:
    struct Parts {
        storage::AlertStore& store;
        async::BlockingPool& disk;
        const Clock& clock;
        Metrics& metrics;
        std::vector<CertificatePath> certificates;
    };

    explicit ExpiryWatch(Parts parts) : parts_(std::move(parts)) {}

    /// What is to be told now: of certificates as long as it is so; of keys until `told` says that it was. A store that
    /// does not answer says nothing.
    [[nodiscard]] async::Task<std::vector<Condition>> look();

    /// This condition stands in the store. For those that are told once.
    void told(const Condition& condition) { told_.insert(condition.subject); }

private:
    async::Task<std::vector<Condition>> look_at_keys();
    async::Task<std::vector<Condition>> look_at_certificates();

    Parts parts_;
    std::set<std::string> told_;  ///< of the keys that end soon
};

}  // namespace evergrant::health
