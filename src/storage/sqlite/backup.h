#pragma once
//
// Backup: the embedded store as one file, made while a server runs on it, and the way back. Everything stays sealed as
// it is. The file is a SQLite database; what the rescue journal held stands in a table of its own.
//
#include "base/clock.h"
#include "base/error.h"
#include "crypto/random.h"
#include "storage/contents.h"
#include "storage/sealer.h"

#include <cstdint>
#include <filesystem>

namespace evergrant::storage {

struct BackupReport {
    std::uint64_t bytes{0};
    bool with_rescued{false};  ///< the rescue journal held something
};

/// Writes the state of one moment of `folder` to `file` (mode 0600), which stands there whole and checked or not at
/// all. Needs no key and no lock.
/// Errors: not_found if there is no store; conflict if `file` exists; store_unavailable.
[[nodiscard]] Result<BackupReport> back_up(const std::filesystem::path& folder, const std::filesystem::path& file);

struct RestoreReport {
    ContentCounts counts{};
    std::uint64_t rescued{0};  ///< token sets that wait in the rescue journal for the next start
};

/// Makes `folder` what the backup was. Nothing of it stands there before the whole file was checked: its pages, that
/// the master key is the right one, and that every sealed value opens. An older schema is brought forward.
/// Errors: conflict if the folder holds a store or is in use; invalid_request if the file is no backup or the key is
/// another; internal_error if a value does not open; store_unavailable.
[[nodiscard]] Result<RestoreReport> restore(const std::filesystem::path& file, const std::filesystem::path& folder,
                                            KeyRing ring, crypto::Random& random, const Clock& clock);

}  // namespace evergrant::storage
