#pragma once
//
// Files that may hold secrets: read whole, and not left open to every user of the machine.
//
#include <expected>
#include <filesystem>
#include <string>

namespace evergrant::app {

/// The whole file, at most 1 MiB. Errors: a predicate such as `cannot be read: No such file or directory`.
[[nodiscard]] std::expected<std::string, std::string> read_file(const std::filesystem::path& file);

/// Whether users other than the owner and the group may read or write the file.
[[nodiscard]] bool is_open_to_others(const std::filesystem::path& file);

/// What to say of such a file.
[[nodiscard]] std::string open_to_others(const std::filesystem::path& file);

}  // namespace evergrant::app
