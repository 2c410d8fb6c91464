#include "app/commands/storage.h"

#include "app/copy_display.h"
#include "app/open_store.h"
#include "app/run_task.h"
#include "app/store_name.h"
#include "base/log.h"
#include "storage/copy.h"
#include "storage/data_folder.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "storage/rescue_journal.h"
#include "storage/sqlite/backup.h"
#include "storage/sqlite/migrate_store.h"
#include "storage/sqlite/sqlite_store.h"

#include <optional>
#include <ostream>

namespace evergrant::app {

namespace {

using storage::KeyRing;
using storage::Store;

ExitCode report_error(CommandContext& context, const Error& error) {
    return report(context, ExitCode::store, with_detail(error));
}

/// The configuration and the master keys in it, or the exit code after what is missing was printed.
struct Prepared {
    Configuration configuration;
    KeyRing ring;
};
std::expected<Prepared, ExitCode> prepare(CommandContext& context, const CommandLine& line) {
    auto loaded = load_or_report(context, line);
    if (!loaded)
        return std::unexpected(ExitCode::configuration);
    if (const auto missing = missing_for_store(loaded->configuration); !missing.empty())
        return std::unexpected(report(context, ExitCode::configuration, missing.front()));
    auto ring = KeyRing::parse(loaded->configuration.encryption.keys);
    if (!ring)
        return std::unexpected(report(context, ExitCode::configuration, ring.error().message));
    set_log_level(LogLevel::warning);  // the store's news are for a server's log
    return Prepared{std::move(loaded->configuration), std::move(*ring)};
}

enum class Side : std::uint8_t { source, target };

Result<std::unique_ptr<Store>> open_store(CommandContext& context, boost::asio::io_context& io, const StoreName& name,
                                          const KeyRing& ring, Side side) {
    if (name.is_embedded()) {
        storage::SqliteOptions options;
        options.folder = name.folder;
        options.for_copying = true;
        return storage::open_sqlite_store(std::move(options), ring, context.random, context.clock);
    }
    storage::PostgresOptions options;
    options.url = name.url.reveal();
    options.answer_timeout = std::chrono::seconds(60);
    options.for_copying = true;
    options.must_exist = side == Side::source;
    return storage::open_postgres_store(std::move(options), ring, context.random, {&io});
}

/// Backups are of the embedded store.
bool is_elsewhere(CommandContext& context, const Configuration& configuration) {
    if (configuration.database.url.empty())
        return false;
    report(context, ExitCode::configuration,
           "The store is a PostgreSQL database; back it up and restore it with pg_dump and pg_restore.");
    return true;
}

/// Whether the generation that a token set replaces is still current: a refused write alone may mean that the lease of
/// an ended server has not run out.
Result<bool> still_wanted(boost::asio::io_context& io, Store& store, const storage::Lease& lease) {
    const auto found = run_task(io, store.find_connection(lease.key));
    if (!found)
        return std::unexpected(found.error());
    const std::optional<storage::Connection>& held = *found;
    return held && held->summary.generation <= lease.generation;
}

/// Brings what the source's rescue journal still holds into the source. The folder is locked already.
Result<void> settle_journal(CommandContext& context, boost::asio::io_context& io, Store& store,
                            const std::filesystem::path& folder, const KeyRing& ring) {
    const std::filesystem::path file = folder / "rescue.journal";
    const auto journal = storage::RescueJournal::open(file, ring.derive_all("rescue journal"), context.random);
    if (!journal)
        return std::unexpected(journal.error());
    auto rescued = (*journal)->read_all();
    if (!rescued)
        return std::unexpected(std::move(rescued).error());
    if (rescued->size() != (*journal)->size())
        return failure(Errc::internal_error,
                       "A token set in " + file.string() + " does not open; it would be lost by a copy.");
    std::vector<storage::Lease> settled;
    for (storage::RefreshedGrant& one : *rescued) {
        settled.push_back(one.lease);
        const auto taken = run_task(io, store.complete_refresh(std::move(one)));
        if (!taken)
            return std::unexpected(taken.error());
        if (*taken)
            continue;
        const auto wanted = still_wanted(io, store, settled.back());
        if (!wanted)
            return std::unexpected(wanted.error());
        if (*wanted)
            return failure(Errc::conflict, "A refresh's lease has not run out; try again in two minutes.");
    }
    return (*journal)->remove(settled);
}

/// The embedded store's journal is in its folder, which it has locked; that of a replica on this machine in `data`.
Result<void> settle_journal_of(CommandContext& context, boost::asio::io_context& io, Store& store,
                               const StoreName& name, const std::filesystem::path& data, const KeyRing& ring) {
    const std::filesystem::path& folder = name.is_embedded() ? name.folder : data;
    if (!std::filesystem::exists(folder / "rescue.journal"))
        return {};
    std::optional<storage::DataFolder> claimed;
    if (!name.is_embedded()) {
        auto claim = storage::DataFolder::claim(folder);
        if (!claim)
            return std::unexpected(std::move(claim).error());
        claimed.emplace(std::move(*claim));
    }
    return settle_journal(context, io, store, folder, ring);
}

void say_what_was_copied(CommandContext& context, const storage::CopyReport& done) {
    if (done.was_finished)
        context.out << "The copy was there already and equals its source: ";
    else if (done.resumed)
        context.out << "Copied, going on where the last run had stopped, and checked: ";
    else
        context.out << "Copied and checked: ";
    context.out << in_words(done.counts) << ".\n";
}

ExitCode copy(CommandContext& context, const StoreName& from, const StoreName& to, const Prepared& prepared) {
    const KeyRing& ring = prepared.ring;
    if (from.is_embedded() && !std::filesystem::exists(from.folder / "evergrant.db"))
        return report(context, ExitCode::store, "There is no store in " + from.folder.string() + ".");
    // Before the stores: their threads hold what belongs to this until they are joined.
    boost::asio::io_context io(1);
    const auto source = open_store(context, io, from, ring, Side::source);
    if (!source)
        return report(context, ExitCode::store, "The source cannot be opened. " + with_detail(source.error()));
    // Before the target is opened: it may be in the same folder, and locks it.
    const auto settled = settle_journal_of(context, io, **source, from, prepared.configuration.data, ring);
    if (!settled)
        return report_error(context, settled.error());
    const auto target = open_store(context, io, to, ring, Side::target);
    if (!target)
        return report(context, ExitCode::store, "The target cannot be opened. " + with_detail(target.error()));
    CopyDisplay display(context.error, context.on_terminal);
    storage::CopyOptions options;
    options.tell = [&display](const storage::CopyProgress& progress) { display.show(progress); };
    const auto done = run_task(io, storage::copy_contents(&storage::contents_of(**source),
                                                          &storage::contents_of(**target), std::move(options)));
    if (!done)
        return report_error(context, done.error());
    for (const StoreName* name : {&from, &to}) {
        const auto undisturbed =
            name->is_embedded() ? Result<void>() : storage::refuse_connected_servers(name->url.reveal());
        if (!undisturbed)
            return report_error(context, undisturbed.error());
    }
    say_what_was_copied(context, *done);
    return ExitCode::ok;
}

}  // namespace

ExitCode run_storage_copy(CommandContext& context, const CommandLine& line, const StorageCopy& order) {
    const auto from = parse_store_name(order.from);
    if (!from)
        return report(context, ExitCode::usage, "--from: " + from.error());
    const auto to = parse_store_name(order.to);
    if (!to)
        return report(context, ExitCode::usage, "--to: " + to.error());
    const auto prepared = prepare(context, line);
    return prepared ? copy(context, *from, *to, *prepared) : prepared.error();
}

ExitCode run_migrate(CommandContext& context, const CommandLine& line) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    set_log_level(LogLevel::warning);
    const Configuration& configuration = loaded->configuration;
    const auto applied = configuration.database.url.empty()
                             ? storage::migrate_sqlite_store(configuration.data, context.clock)
                             : storage::postgres::migrate_postgres(configuration.database.url.reveal());
    if (!applied)
        return report_error(context, applied.error());
    for (const std::string& name : *applied)
        context.out << "applied " << name << '\n';
    context.error << (applied->empty() ? "The store was up to date.\n" : "The store is up to date.\n");
    return ExitCode::ok;
}

ExitCode run_backup(CommandContext& context, const CommandLine& line, const Backup& order) {
    const auto loaded = load_or_report(context, line);
    if (!loaded)
        return ExitCode::configuration;
    if (is_elsewhere(context, loaded->configuration))
        return ExitCode::configuration;
    set_log_level(LogLevel::warning);
    const auto made = storage::back_up(loaded->configuration.data, order.file);
    if (!made)
        return report_error(context, made.error());
    context.out << "Wrote " << order.file.string() << ", " << made->bytes << " bytes, checked"
                << (made->with_rescued ? "; token sets that wait in the rescue journal are in it" : "") << ".\n";
    context.error << "It opens with the encryption key of this store alone; keep that in another place.\n";
    return ExitCode::ok;
}

ExitCode run_restore(CommandContext& context, const CommandLine& line, const Restore& order) {
    auto prepared = prepare(context, line);
    if (!prepared)
        return prepared.error();
    if (is_elsewhere(context, prepared->configuration))
        return ExitCode::configuration;
    const std::filesystem::path& folder = prepared->configuration.data;
    const auto restored =
        storage::restore(order.file, folder, std::move(prepared->ring), context.random, context.clock);
    if (!restored)
        return report_error(context, restored.error());
    context.out << "Restored into " << folder.string() << " and checked: " << in_words(restored->counts);
    if (restored->rescued != 0)
        context.out << "; " << restored->rescued << " token sets wait in the rescue journal for the next start";
    context.out << ".\n";
    return ExitCode::ok;
}

}  // namespace evergrant::app
