#pragma once
//
// Runs a program and takes what it prints: for keys that another program keeps. No shell is involved, and what it
// prints goes nowhere else.
//
#include "base/secret.h"

#include <chrono>
#include <expected>
#include <string>
#include <vector>

namespace evergrant::app {

/// The words of a command, parted by blanks; 'single' and "double" quotes hold a word together, and nothing else means
/// anything. Errors: a predicate.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> words_of(const std::string& command);

/// What the program printed, at most 64 KiB; its own errors go where ours do. Errors: a predicate such as `ended with
/// status 3`, which quotes neither command nor output. Blocks until `limit` at most, then ends it. Before any thread.
[[nodiscard]] std::expected<SecretString, std::string> output_of_command(const std::string& command,
                                                                         std::chrono::milliseconds limit);

}  // namespace evergrant::app
