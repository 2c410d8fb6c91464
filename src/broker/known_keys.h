#pragma once
//
// KnownKeys: what the store has said of API keys, shared by all shards: a key that one has looked up is looked up by no
// other, and is good for a while although the store is away.
//
#include "base/clock.h"
#include "storage/records.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace evergrant::broker {

/// Grows whenever an API key or app credentials are made, changed or taken away, here or as another replica tells: what
/// is remembered of them is then looked up again. Shared by all shards.
class KeyRevision {
public:
    void changed() noexcept { revision_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] std::uint64_t current() const noexcept { return revision_.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> revision_{1};
};

/// How long what the store said of a key is believed.
struct KeyTimes {
    std::chrono::seconds recheck{30};         ///< then the store is asked again: another replica may have revoked it
    std::chrono::seconds without_store{900};  ///< so long after it was last asked, if it is away then
};

/// A key as the store gave it.
struct KnownKey {
    storage::ApiKey key;
    std::uint64_t revision{0};  ///< KeyRevision's, before the store was asked
    sys_seconds checked_at;     ///< when it was asked
};

/// For maps that are asked by a view of an id.
struct IdHash : std::hash<std::string_view> {
    using is_transparent = void;
};

/// Thread: any.
class KnownKeys {
public:
    explicit KnownKeys(const KeyRevision& revision) : revision_(revision) {}

    [[nodiscard]] std::optional<KnownKey> find(std::string_view id) const;

    /// Passed over when keys have changed since the store was asked: what it said may be older than a revocation.
    void keep(const KnownKey& known);

    /// A key that was revoked is not good without the store either. Call after KeyRevision::changed.
    void forget(std::string_view id);

private:
    const KeyRevision& revision_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, KnownKey, IdHash, std::equal_to<>> keys_;
};

}  // namespace evergrant::broker
