#pragma once
//
// The command line: from arguments to a Command and the settings that flags gave. No side effects.
//
#include "app/command.h"
#include "app/load_configuration.h"

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace evergrant::app {

struct CommandLine {
    Command command;
    std::vector<FlagSetting> flags{};
    std::optional<std::filesystem::path> file{};  ///< --config
};

/// What is wrong with the arguments, in one or two sentences.
struct UsageError {
    std::string message;
};

/// `arguments` without the program's name.
[[nodiscard]] std::expected<CommandLine, UsageError> parse_command_line(const std::vector<std::string>& arguments);

/// The tree of commands and flags, from which the completion scripts are made. Not for parsing.
class CommandTree {
public:
    CommandTree();
    ~CommandTree();
    [[nodiscard]] const CLI::App& root() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Overwrites what follows `--key`, and a URL that follows `--from` or `--to`, in the arguments the system shows to
/// other users.
void mask_secret_arguments(std::span<char*> arguments) noexcept;

}  // namespace evergrant::app
