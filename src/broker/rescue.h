#pragma once
//
// Rescue: keeps a refreshed token set safe while the store refuses it: in memory and in the rescue journal, written
// again until it is in. Shared by all shards; each connection's entry is touched by its home shard alone.
//
#include "async/blocking_pool.h"
#include "async/shard.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "storage/rescue_journal.h"
#include "storage/store.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace evergrant::broker {

class Rescue {
public:
    Rescue(storage::Store& store, storage::RescueJournal& journal, async::BlockingPool& disk, crypto::Random& random,
           Metrics& metrics);

    /// Takes charge of a token set that the store refused. True: it is in the journal, and may be handed out. False: it
    /// is in memory only, and may not. Either way it is written to the store as soon as that takes it.
    [[nodiscard]] async::Task<bool> keep(async::Shard* shard, storage::RefreshedGrant refreshed);

    /// Whether a token set of this connection still waits: then the row is stale and nothing may be refreshed from it.
    [[nodiscard]] bool waits(const ConnectionKey& key) const;

    /// Writes what an earlier process left in the journal; what the store does not take now, because another replica
    /// holds the lease or the store is away, waits as in `keep`. Before any refresh; on `shard`. Errors:
    /// store_unavailable: the journal cannot be read.
    [[nodiscard]] async::Task<Result<void>> replay(async::Shard* shard);

    [[nodiscard]] std::size_t waiting() const;

private:
    bool wait_for_store(async::Shard& shard, std::shared_ptr<const storage::RefreshedGrant> refreshed);
    async::Task<void> write_until_in(std::shared_ptr<const storage::RefreshedGrant> refreshed);
    async::Task<bool> still_wanted(storage::Lease lease);
    async::Task<void> settle(storage::Lease lease);
    async::Task<void> forget(storage::Lease lease);

    storage::Store& store_;
    storage::RescueJournal& journal_;
    async::BlockingPool& disk_;
    crypto::Random& random_;
    Gauge& waiting_gauge_;
    mutable std::mutex mutex_;
    std::unordered_map<ConnectionKey, std::size_t> waiting_;
};

}  // namespace evergrant::broker
