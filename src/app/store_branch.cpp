#include "app/command_branches.h"
#include "app/option_kinds.h"
#include "app/store_name.h"

#include <utility>

namespace evergrant::app {

namespace {

CLI::Option* add_store(CLI::App& command, const std::string& name, const std::string& description,
                       std::string& target) {
    return add_value(command, name, "STORE", description, [&target](const std::string& value) -> std::string {
        target = value;
        const auto parsed = parse_store_name(value);
        return parsed ? "" : parsed.error();
    });
}

CLI::Option* add_file(CLI::App& command, const std::string& description, std::filesystem::path& target) {
    return add_value(command, "file", file_type, description, [&target](const std::string& value) -> std::string {
        target = value;
        return "";
    });
}

void add_storage(CLI::App& root, Draft& draft) {
    CLI::App& storage = add_group(root, "storage", "Move everything from one store to another");
    CLI::App& copy = add_command(storage, "copy", "Copy a store into an empty one, and check what arrived", draft,
                                 [&draft] { return Command(std::move(draft.storage_copy)); });
    copy.footer(
        "Stop every server on both stores first. Both are read and written with the same ENCRYPTION_KEY. A copy that\n"
        "was stopped, by kill -9 too, goes on where it was when it is run again; until it is done no server starts on\n"
        "the target. Keep the source until the new server has run for a while, and never serve from both.\n\n"
        "Examples:\n"
        "  evergrant storage copy --from sqlite:./data --to postgresql://evergrant@db.example/evergrant\n"
        "  evergrant storage copy --from sqlite:./data --to sqlite:/srv/evergrant");
    add_store(copy, "--from", "what to copy: sqlite:DIR or postgresql://…", draft.storage_copy.from)->required();
    add_store(copy, "--to", "where to: sqlite:DIR or postgresql://…", draft.storage_copy.to)->required();
}

void add_upkeep(CLI::App& root, Draft& draft) {
    CLI::App& migrate = add_command(root, "migrate", "Bring the store's schema to what this version needs", draft,
                                    [] { return Command(Migrate{}); });
    migrate.footer(
        "A server does this when it starts; this is for those who want it done before. Prints what it applied.");

    CLI::App& backup = add_command(root, "backup", "Write the embedded store to one file, while a server runs or not",
                                   draft, [&draft] { return Command(std::move(draft.backup)); });
    backup.footer(
        "The file holds the state of one moment, sealed as it is in the store: it needs the same ENCRYPTION_KEY to be\n"
        "of use. Nothing is written over an existing file.\n\n"
        "Example:\n"
        "  evergrant backup --data /srv/evergrant \"evergrant-$(date +%F).backup\"");
    add_file(backup, "the file to make", draft.backup.file)->required();

    CLI::App& restore = add_command(root, "restore", "Make the embedded store from a backup", draft,
                                    [&draft] { return Command(std::move(draft.restore)); });
    restore.footer(
        "The data folder must hold no store. Everything is checked before it is put there: the file, the encryption\n"
        "key, and that every sealed value opens.\n\n"
        "Example:\n"
        "  evergrant restore --data /srv/evergrant evergrant-2026-01-31.backup");
    add_file(restore, "a file that `evergrant backup` made", draft.restore.file)->required();
}

}  // namespace

void add_store_commands(CLI::App& root, Draft& draft) {
    add_storage(root, draft);
    add_upkeep(root, draft);
}

}  // namespace evergrant::app
