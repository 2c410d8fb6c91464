#pragma once
//
// DataFolder: the store's folder, made private, checked and locked for one process.
//
#include "base/error.h"

#include <filesystem>
#include <utility>

namespace evergrant::storage::sqlite {

/// Holds the lock as long as it lives.
class DataFolder {
public:
    /// Makes what is missing (folder 0700, database 0600). Errors, each one sentence that says what to do: conflict if
    /// another process holds the lock; forbidden if others may read the folder or the database; store_unavailable.
    [[nodiscard]] static Result<DataFolder> claim(const std::filesystem::path& folder);

    DataFolder(DataFolder&& other) noexcept
        : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    [[nodiscard]] std::filesystem::path database() const { return folder_ / "evergrant.db"; }

private:
    DataFolder(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

    std::filesystem::path folder_;
    int lock_;
};

}  // namespace evergrant::storage::sqlite
