#include "storage/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace evergrant::storage {
namespace {

constexpr mode_t private_mode = S_IRUSR | S_IWUSR;
constexpr std::chrono::seconds pause_for_the_disk{5};
constexpr off_t room_kept = 262'144;

/// The failed call's errno must still stand.
std::unexpected<Error> failed(std::string_view step, const std::filesystem::path& path) {
    auto detail = std::string(step) + " " + path.string() + ": " + std::generic_category().message(errno);
    return std::unexpected(Error{.code = Errc::store_unavailable,
                                 .message = "The disk of this server cannot be read or written now.",
                                 .detail = std::move(detail),
                                 .retry_after = pause_for_the_disk});
}

std::unexpected<Error> refused(const std::filesystem::path& path, std::string_view reason) {
    return failure(Errc::store_unavailable, "The file " + path.string() + " " + std::string(reason) + ".");
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Makes the names in the folder durable: a new file, a rename.
bool sync_folder_of(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool synced = ::fsync(descriptor) == 0;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return synced;
}

/// Takes room after the end of the file while there is some, so that a disk that is full later still takes the next
/// appends. Not every file system can: then the file is none the worse.
void keep_room(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) == 0)
        static_cast<void>(::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, status.st_size, room_kept));
}

std::filesystem::path successor_of(const std::filesystem::path& path) {
    return path.string() + ".new";
}

}  // namespace

Result<std::unique_ptr<DurableFile>> DurableFile::open(const std::filesystem::path& path) {
    constexpr int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int descriptor = ::open(path.c_str(), flags | O_CREAT | O_EXCL, private_mode);
    const bool is_new = descriptor >= 0;
    if (!is_new && errno == EEXIST)
        descriptor = ::open(path.c_str(), flags);
    if (descriptor < 0)
        return failed("open", path);
    std::unique_ptr<DurableFile> file(new DurableFile(path, descriptor));
    struct stat status{};
    if (::fstat(descriptor, &status) != 0)
        return failed("look at", path);
    if (!S_ISREG(status.st_mode))
        return refused(path, "is not a regular file");
    if ((status.st_mode & S_IRWXO) != 0)
        return refused(path, "is open to every user of this machine; run chmod o-rwx on it");
    if (is_new && !sync_folder_of(path))
        return failed("sync the folder of", path);
    keep_room(descriptor);
    return file;
}

DurableFile::~DurableFile() {
    ::close(descriptor_);
}

Result<std::string> DurableFile::read() const {
    std::string content;
    std::array<char, 65536> piece;
    for (;;) {
        const auto got = ::pread(descriptor_, piece.data(), piece.size(), static_cast<off_t>(content.size()));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed("read", path_);
        if (got == 0)
            return content;
        content.append(piece.data(), static_cast<std::size_t>(got));
    }
}

Result<void> DurableFile::append(std::string_view bytes) {
    if (cut_due_ && ::ftruncate(descriptor_, *cut_due_) != 0)
        return failed("truncate", path_);
    cut_due_.reset();
    struct stat before{};
    if (::fstat(descriptor_, &before) != 0)
        return failed("look at", path_);
    if (write_all(descriptor_, bytes) && ::fdatasync(descriptor_) == 0) {
        keep_room(descriptor_);
        return {};
    }
    auto error = failed("append to", path_);
    if (::ftruncate(descriptor_, before.st_size) != 0)
        cut_due_ = before.st_size;
    keep_room(descriptor_);
    return error;
}

Result<void> DurableFile::truncate(std::size_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0 || ::fdatasync(descriptor_) != 0)
        return failed("truncate", path_);
    keep_room(descriptor_);
    return {};
}

Result<void> DurableFile::replace(std::string_view content) {
    const auto path = successor_of(path_);
    // One that a crash left behind goes first: opened with its links and its mode it could be anything.
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return failed("remove", path);
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const int descriptor = ::open(path.c_str(), flags, private_mode);
    if (descriptor < 0)
        return failed("make", path);
    if (!write_all(descriptor, content) || ::fsync(descriptor) != 0 || ::rename(path.c_str(), path_.c_str()) != 0) {
        auto error = failed("replace", path_);
        ::close(descriptor);
        ::unlink(path.c_str());
        return error;
    }
    ::close(std::exchange(descriptor_, descriptor));
    cut_due_.reset();
    keep_room(descriptor_);
    if (!sync_folder_of(path_))
        return failed("sync the folder of", path_);
    return {};
}

}  // namespace evergrant::storage
