#include "app/private_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace evergrant::app {

namespace {

constexpr std::uintmax_t largest_file = 1024 * 1024;

std::unexpected<std::string> unreadable(const std::error_code& error) {
    return std::unexpected("cannot be read: " + error.message());
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error)
        return unreadable(error);
    if (std::filesystem::is_directory(status))
        return unreadable(std::make_error_code(std::errc::is_a_directory));
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return unreadable(std::error_code(errno, std::generic_category()));
    std::string text;
    for (std::istreambuf_iterator<char> next(stream), end; next != end; ++next) {
        if (text.size() == largest_file)
            return std::unexpected("is larger than 1 MiB");
        text += *next;
    }
    return text;
}

bool is_open_to_others(const std::filesystem::path& file) {
    using std::filesystem::perms;
    std::error_code error;
    const perms permissions = std::filesystem::status(file, error).permissions();
    return !error && (permissions & (perms::others_read | perms::others_write)) != perms::none;
}

std::string open_to_others(const std::filesystem::path& file) {
    return "can be read or written by every user of this machine (chmod 600 " + file.string() + " closes it)";
}

}  // namespace evergrant::app
