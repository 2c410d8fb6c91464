#include "storage/sqlite/migrate_store.h"

#include "storage/data_folder.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/schema.h"
#include "storage/store_exception.h"

namespace evergrant::storage {

Result<std::vector<std::string>> migrate_sqlite_store(const std::filesystem::path& folder, const Clock& clock) {
    const Result<DataFolder> claimed = DataFolder::claim(folder);
    if (!claimed)
        return std::unexpected(claimed.error());
    const auto file = claimed->private_file("evergrant.db", "database");
    if (!file)
        return std::unexpected(file.error());
    try {
        sqlite::Database database(*file, sqlite::Database::Use::write);
        return sqlite::migrate(database, sqlite::migrations(), clock.now());
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

}  // namespace evergrant::storage
