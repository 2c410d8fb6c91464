#pragma once
//
// Opens what the configuration names: the embedded store in the data folder, or the database that replicas share. And
// the rescue journal, which is in the data folder either way.
//
#include "app/configuration.h"
#include "app/exit_code.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "crypto/random.h"
#include "storage/data_folder.h"
#include "storage/rescue_journal.h"
#include "storage/sealer.h"
#include "storage/store.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::app {

/// One sentence and how the process ends for it.
struct StoreFailure {
    std::string problem;
    ExitCode exit_code{ExitCode::store};
};

/// What a store says at start to whoever started it: `message (detail)`.
[[nodiscard]] std::string with_detail(const Error& error);

template <class T>
using StoreResult = std::expected<T, StoreFailure>;

[[nodiscard]] StoreResult<storage::KeyRing> master_keys(const Configuration& configuration);

/// The store for callers on these contexts, which do not run yet. Blocks; a database that does not answer is asked
/// again for `patience`. `metrics` null: nothing is measured.
[[nodiscard]] StoreResult<std::unique_ptr<storage::Store>> open_store(
    const Configuration& configuration, storage::KeyRing ring, crypto::Random& random, const Clock& clock,
    std::vector<boost::asio::io_context*> contexts, std::chrono::seconds patience, Metrics* metrics = nullptr);

/// The journal in the data folder. Open it after the store: the embedded one has claimed the folder, and this claims it
/// for a process that has a database.
struct OpenJournal {
    std::optional<storage::DataFolder> folder;
    std::unique_ptr<storage::RescueJournal> journal;
};
[[nodiscard]] StoreResult<OpenJournal> open_journal(const Configuration& configuration, const storage::KeyRing& ring,
                                                    crypto::Random& random);

}  // namespace evergrant::app
