#pragma once
//
// SqliteStore: the embedded engine. One file in WAL mode with synchronous=FULL; one writer thread that commits changes
// in groups, a few reader threads. One process at a time: the data folder is locked.
//
#include "base/clock.h"
#include "base/metrics.h"
#include "storage/sealer.h"
#include "storage/store.h"

#include <cstddef>
#include <filesystem>
#include <memory>

namespace evergrant::storage {

struct SqliteOptions {
    std::filesystem::path folder;  ///< made (0700) if missing; holds evergrant.db and its lock
    std::size_t readers{2};
    std::size_t queue_limit{20'000};  ///< changes waiting; more answer overloaded
    std::size_t group_limit{512};     ///< changes in one commit at most
    Metrics* metrics{nullptr};        ///< null: nothing is measured
    bool for_copying{false};          ///< takes a store into which a copy has not finished (storage/copy.h)
};

/// Opens the store, migrates it forward and breaks the leases of earlier processes (their intents stay).
/// Lifetime: goes before the shards whose coroutines call it; declare it after them. Closing finishes what is queued.
/// Errors, each saying what to do: the folder is locked by another process; the file is readable by others; the schema
/// is newer than this binary; the master key is not the one the store was made with; a copy into it has not finished.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(SqliteOptions options, KeyRing ring,
                                                               crypto::Random& random, const Clock& clock);

}  // namespace evergrant::storage
