#pragma once
//
// DataFolder: the folder of what a process keeps on its own disk (the embedded store, the rescue journal), made
// private, checked and locked for one process.
//
#include "base/error.h"

#include <filesystem>
#include <string_view>
#include <utility>

namespace evergrant::storage {

/// Holds the lock as long as it lives.
class DataFolder {
public:
    /// Makes it (0700) if it is missing. Errors, each one sentence that says what to do: conflict if another process
    /// holds the lock; forbidden if others may read the folder; store_unavailable.
    [[nodiscard]] static Result<DataFolder> claim(const std::filesystem::path& folder);

    DataFolder(DataFolder&& other) noexcept
        : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    /// A file in it, made (0600) if it is missing. `what` names it in errors: forbidden if others may read it;
    /// store_unavailable.
    [[nodiscard]] Result<std::filesystem::path> private_file(std::string_view name, std::string_view what) const;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_; }

private:
    DataFolder(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

    std::filesystem::path folder_;
    int lock_;
};

}  // namespace evergrant::storage
