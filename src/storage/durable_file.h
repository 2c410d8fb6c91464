#pragma once
//
// DurableFile: a private file whose changes are on the disk when the call returns. POSIX.
//
#include "base/error.h"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::storage {

/// Not thread-safe. Errors of every method: store_unavailable; what the system said is in the detail.
class DurableFile {
public:
    /// Opens `path` or makes it, with mode 0600. Refused: what is no regular file, a link, a file that others than its
    /// owner and group may touch.
    [[nodiscard]] static Result<std::unique_ptr<DurableFile>> open(const std::filesystem::path& path);
    ~DurableFile();
    DurableFile(const DurableFile&) = delete;
    DurableFile& operator=(const DurableFile&) = delete;

    [[nodiscard]] Result<std::string> read() const;
    /// All of it or, if it fails, nothing of it. Some room is kept for it, so that a full disk does not refuse the next
    /// few, where the file system can do that.
    [[nodiscard]] Result<void> append(std::string_view bytes);
    /// Cuts the file after `size` bytes.
    [[nodiscard]] Result<void> truncate(std::size_t size);
    /// The new content in one step: a crash leaves the old or the new.
    [[nodiscard]] Result<void> replace(std::string_view content);

private:
    DurableFile(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

    std::filesystem::path path_;
    int descriptor_;
    std::optional<off_t> cut_due_;  ///< where to cut before the next append: part of a failed one is still there
};

}  // namespace evergrant::storage
