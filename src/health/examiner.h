#pragma once
//
// Examiner: looks at one connection and does what its state asks for. What the clock shows is judged at once; what only
// the provider knows is asked of it: by a refresh, which alone can find a connection with a refresh token dead, or by
// the cheap read that its entry names. The finding is recorded in the store. One for each shard.
//
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/token_vendor.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "health/prober.h"
#include "storage/store.h"

#include <chrono>
#include <string>
#include <string_view>

namespace evergrant::health {

/// Why a connection is looked at.
enum class Occasion : std::uint8_t {
    due,    ///< its time has come
    asked,  ///< somebody asks now: what ends soon, or could not be refreshed, is refreshed too
};

class Examiner {
public:
    struct Parts {
        storage::Store& store;
        const catalog::Catalog& catalog;
        broker::TokenVendors& vendors;
        Prober prober;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        std::chrono::seconds probe_every{1800};  ///< 0: no probes
    };

    explicit Examiner(Parts parts) : parts_(std::move(parts)) {}

    /// `now`: by the store's clock, when it stood so. Errors: store_unavailable; what a refresh that was asked for has
    /// met with stands in the connection's row.
    [[nodiscard]] async::Task<Result<void>> examine(storage::HealthReport report, Instant now, Occasion occasion);

    /// The provider's API has refused the access token of this generation. With a refresh token it is refreshed now,
    /// and if that finds the grant dead its access token ends, too; without one it is dead. Errors: store_unavailable;
    /// those of a refresh.
    [[nodiscard]] async::Task<Result<void>> refused(ConnectionKey key, storage::Generation generation);

private:
    [[nodiscard]] bool probe_is_due(const storage::ConnectionSummary& connection, Instant now, Occasion occasion) const;
    async::Task<Result<void>> examine_by_probe(storage::ConnectionSummary connection, Instant now);
    async::Task<Result<void>> refused_by_probe(storage::ConnectionSummary connection, Instant now);
    async::Task<Result<void>> refresh_and_probe_again(storage::ConnectionSummary connection, Instant now);
    async::Task<Result<void>> refresh(storage::ConnectionSummary connection, Instant now);
    [[nodiscard]] storage::CheckFinding plan(const storage::ConnectionSummary& connection, Instant now,
                                             storage::CheckVerdict verdict) const;
    async::Task<Result<void>> record(storage::CheckFinding finding, ProviderId provider);
    async::Task<Result<void>> end(ConnectionKey key, storage::Generation generation, ProviderId provider,
                                  std::string error);

    Parts parts_;
};

}  // namespace evergrant::health
