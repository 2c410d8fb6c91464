#pragma once
//
// Rescue journal: where a refreshed token set waits, sealed and fsynced, while the store refuses it. The last line of
// defence between a rotated refresh token and oblivion. Replayed at start-up, emptied when all is in the store.
//
#include "base/error.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <vector>

namespace evergrant::storage {

/// Thread-safe; blocks on the disk: call it from a blocking pool.
class RescueJournal {
public:
    /// Opens or creates `file` (mode 0600). `keys`: seal with the first, open with any. Errors: store_unavailable.
    [[nodiscard]] static Result<std::unique_ptr<RescueJournal>> open(std::filesystem::path file,
                                                                     std::vector<crypto::AeadKey> keys,
                                                                     crypto::Random& random);
    ~RescueJournal();

    /// Durable when it returns. Errors: store_unavailable.
    [[nodiscard]] Result<void> append(const RefreshedGrant& rescued);

    /// Everything in it, oldest first. A torn last record (crash while appending) is passed over; a record that does
    /// not open is counted, kept, and logged.
    [[nodiscard]] Result<std::vector<RefreshedGrant>> read_all();

    /// Removes the records of (key, generation) that are now in the store or superseded. Others stay.
    [[nodiscard]] Result<void> remove(const std::vector<Lease>& settled);

    [[nodiscard]] std::size_t size() const noexcept;  ///< records not yet settled

private:
    struct State;
    explicit RescueJournal(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace evergrant::storage
