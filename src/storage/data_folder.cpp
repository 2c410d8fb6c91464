#include "storage/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace evergrant::storage {

namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;

std::unexpected<Error> refuse(const std::string& what, const std::filesystem::path& path) {
    return failure(Errc::store_unavailable,
                   what + " " + path.string() + ": " + std::generic_category().message(errno) + ".");
}

Result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::absolute(folder, error).parent_path();
    std::filesystem::create_directories(parent, error);
    if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST)
        return refuse("The data folder cannot be made at", folder);
    return {};
}

Result<void> check_private(const std::filesystem::path& path, std::string_view what, std::string_view mode) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<void>{} : refuse("Permissions cannot be read of", path);
    if ((status.st_mode & S_IRWXO) == 0)
        return {};
    return failure(Errc::forbidden, "Other users of this machine may read the " + std::string(what) + "; run: chmod " +
                                        std::string(mode) + " " + path.string());
}

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
    const std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return pid.empty() ? "" : " (pid " + pid.substr(0, pid.find('\n')) + ")";
}

Result<int> take_lock(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "evergrant.lock";
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
    if (lock < 0)
        return refuse("The lock file cannot be opened at", file);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const std::string holder = holder_of(lock);
        ::close(lock);
        return failure(Errc::conflict, "The data folder " + folder.string() +
                                           " is in use by another evergrant process" + holder +
                                           "; stop it, or give this one a folder of its own.");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
        const auto refused = refuse("The lock file cannot be written at", file);
        ::close(lock);
        return refused;
    }
    return lock;
}

void make_durable(const std::filesystem::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return;
    ::fsync(handle);
    ::close(handle);
}

}  // namespace

Result<DataFolder> DataFolder::claim(const std::filesystem::path& folder) {
    if (auto made = make_folder(folder); !made)
        return std::unexpected(std::move(made).error());
    if (auto checked = check_private(folder, "data folder", "700"); !checked)
        return std::unexpected(std::move(checked).error());
    auto lock = take_lock(folder);
    if (!lock)
        return std::unexpected(std::move(lock).error());
    make_durable(folder);
    make_durable(std::filesystem::absolute(folder).parent_path());
    return DataFolder(folder, *lock);
}

Result<std::filesystem::path> DataFolder::private_file(std::string_view name, std::string_view what) const {
    const std::filesystem::path file = folder_ / name;
    if (auto checked = check_private(file, what, "600"); !checked)
        return std::unexpected(std::move(checked).error());
    const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
    if (handle < 0)
        return refuse("The " + std::string(what) + " cannot be opened at", file);
    ::close(handle);
    make_durable(folder_);
    return file;
}

DataFolder::~DataFolder() {
    if (lock_ >= 0)
        ::close(lock_);
}

}  // namespace evergrant::storage
