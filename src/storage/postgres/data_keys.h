#pragma once
//
// DataKeys: the data keys that this replica knows, and the blocks of seals it was granted, in memory. The sealer asks
// it without waiting; what it lacks is fetched first, or is said by throwing KeyMissing. Knowing a key is no proof that
// it still stands: another replica may have removed its tenant. So every write of a sealed value locks its key's row,
// in the same transaction, and writes nothing if there is none.
//
#include "storage/postgres/pool.h"
#include "storage/recent_map.h"
#include "storage/sealer.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage::postgres {

/// There is no key to seal with, or its block is used up. Ask for a block and seal again.
struct KeyMissing {
    std::uint64_t used_up{0};  ///< this key and those before it have sealed as much as they may
};

/// Thread-safe.
class DataKeys final : public DataKeyTable {
public:
    /// `most_keys`: so many at least are remembered, and no more than twice as many; > 0. One that is let go is fetched
    /// again when it is needed; what was left of its block of seals is never made.
    explicit DataKeys(std::size_t most_keys = Sealer::default_most_keys) : by_id_(most_keys), newest_(most_keys) {}

    std::optional<WrappedDataKey> newest(std::string_view tenant) override;
    std::optional<WrappedDataKey> find(std::uint64_t id) override;
    WrappedDataKey insert(std::string_view tenant, std::string_view master_key_id,
                          const std::function<std::string(std::uint64_t id)>& wrap) override;
    void reserve_seals(std::uint64_t id, std::uint64_t total) override;

    /// Takes in a key as the table of data keys has it now.
    void remember(WrappedDataKey key);
    /// The same, with the block of seals that was just added to `seals_reserved`.
    void remember_with_block(WrappedDataKey key);
    void forget(std::string_view tenant);

private:
    struct Entry {
        WrappedDataKey key;
        unsigned blocks{0};  ///< granted by the database, and not yet taken by the sealer
    };
    Entry& entry_for(WrappedDataKey key);

    std::mutex mutex_;
    RecentMap<std::uint64_t, Entry> by_id_;
    RecentMap<std::string, std::uint64_t> newest_;  ///< of each tenant
};

/// Grants this replica a block of seals under the tenant's newest key, which is made if there is none after `used_up`.
[[nodiscard]] async::Task<Result<void>> grant_seals(Pool* pool, DataKeys* keys, Sealer* sealer, std::string tenant,
                                                    std::uint64_t used_up);
/// Fetches those of the keys that are not known.
[[nodiscard]] async::Task<Result<void>> learn_keys(Pool* pool, DataKeys* keys, std::vector<std::uint64_t> ids);
/// A key of the tenant under an id of its own, not stored yet, with its first block of seals.
[[nodiscard]] async::Task<Result<WrappedDataKey>> make_key(Pool* pool, Sealer* sealer, std::string tenant);
/// Stores a key that was made.
[[nodiscard]] Statement insert_key(const WrappedDataKey& key);
/// Answers a row if the key stands, and keeps it until the transaction ends. The first of its batch: who destroys keys
/// begins with them too. A value without a key needs none: NULL answers nothing.
[[nodiscard]] Statement lock_key(std::optional<std::uint64_t> id);

}  // namespace evergrant::storage::postgres
