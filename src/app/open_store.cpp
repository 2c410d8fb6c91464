#include "app/open_store.h"

#include "async/deadline.h"
#include "base/log.h"
#include "storage/postgres/postgres_store.h"
#include "storage/sqlite/sqlite_store.h"

#include <thread>
#include <utility>

namespace evergrant::app {

namespace {

constexpr std::chrono::seconds between_tries{1};

std::unexpected<StoreFailure> refuse(const Error& error) {
    return std::unexpected(StoreFailure{.problem = with_detail(error)});
}

storage::PostgresOptions postgres_options(const DatabaseSettings& settings, Metrics* metrics) {
    storage::PostgresOptions options;
    options.url = settings.url.reveal();
    options.connections_per_shard = settings.connections;
    options.connect_timeout = settings.timeout;
    options.answer_timeout = settings.timeout;
    options.metrics = metrics;
    return options;
}

}  // namespace

std::string with_detail(const Error& error) {
    return error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
}

StoreResult<storage::KeyRing> master_keys(const Configuration& configuration) {
    auto ring = storage::KeyRing::parse(configuration.encryption.keys);
    if (!ring)
        return std::unexpected(StoreFailure{.problem = ring.error().message, .exit_code = ExitCode::configuration});
    return std::move(*ring);
}

StoreResult<std::unique_ptr<storage::Store>> open_store(const Configuration& configuration, storage::KeyRing ring,
                                                        crypto::Random& random, const Clock& clock,
                                                        std::vector<boost::asio::io_context*> contexts,
                                                        std::chrono::seconds patience, Metrics* metrics) {
    if (configuration.database.url.empty()) {
        auto opened = storage::open_sqlite_store({.folder = configuration.data, .metrics = metrics}, std::move(ring),
                                                 random, clock);
        if (!opened)
            return refuse(opened.error());
        return std::move(*opened);
    }
    const auto give_up = async::Deadline::after(patience);
    for (;;) {
        auto opened =
            storage::open_postgres_store(postgres_options(configuration.database, metrics), ring, random, contexts);
        if (opened)
            return std::move(*opened);
        if (opened.error().code != Errc::store_unavailable || give_up.passed())
            return refuse(opened.error());
        log(LogLevel::warning, "waiting_for_the_database",
            {{"error", opened.error().message}, {"detail", opened.error().detail}});
        std::this_thread::sleep_for(between_tries);
    }
}

StoreResult<OpenJournal> open_journal(const Configuration& configuration, const storage::KeyRing& ring,
                                      crypto::Random& random) {
    OpenJournal open;
    if (!configuration.database.url.empty()) {
        auto claimed = storage::DataFolder::claim(configuration.data);
        if (!claimed)
            return refuse(claimed.error());
        open.folder.emplace(std::move(*claimed));
    }
    auto journal =
        storage::RescueJournal::open(configuration.data / "rescue.journal", ring.derive_all("rescue journal"), random);
    if (!journal)
        return refuse(journal.error());
    open.journal = std::move(*journal);
    return open;
}

}  // namespace evergrant::app
