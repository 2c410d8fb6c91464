#pragma once
//
// What this replica shares with the others besides the database: news, and with Redis copies and counts. A process with
// an embedded store shares nothing.
//
#include "app/configuration.h"
#include "app/open_store.h"
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "cache/news.h"
#include "cache/shared_cache.h"
#include "crypto/random.h"
#include "storage/sealer.h"

#include <memory>
#include <vector>

namespace evergrant::app {

/// Lifetime: goes after the shards have drained and before they are destroyed.
class Fleet {
public:
    /// All of it outlives the fleet.
    struct Surroundings {
        async::Shards& shards;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
    };

    /// Before the shards start. Errors: configuration: an address or a file that cannot be read.
    [[nodiscard]] static StoreResult<std::unique_ptr<Fleet>> join(const Configuration& configuration,
                                                                  const storage::KeyRing& ring, Surroundings around);

    /// Null: there is nobody to tell.
    [[nodiscard]] cache::NewsChannel* news() const noexcept { return news_.get(); }
    /// A shard's; null: there is none.
    [[nodiscard]] cache::SharedCache* shared_cache(const async::Shard& shard) const noexcept {
        return caches_.empty() ? nullptr : caches_[shard.index()].get();
    }

private:
    Fleet() = default;

    std::vector<std::unique_ptr<cache::SharedCache>> caches_;
    std::unique_ptr<cache::NewsChannel> news_;
};

}  // namespace evergrant::app
