#pragma once
//
// What a completion script must know of the tree of commands.
//
#include <string>
#include <vector>

namespace evergrant::app {

struct OutlinedValue {
    bool is_file{false};
    bool is_folder{false};
    std::vector<std::string> choices{};  ///< empty: anything
};

struct OutlinedFlag {
    std::string name{};         ///< `--role`
    std::string description{};  ///< its first sentence
    bool takes_value{false};
    OutlinedValue value{};
};

struct OutlinedName {
    std::string name{};
    std::string description{};
};

struct OutlinedCommand {
    std::string path{};  ///< `keys create`; empty: the program itself, whose flags may stand after any command
    std::vector<OutlinedName> children{};
    std::vector<OutlinedFlag> flags{};
    OutlinedValue argument{};
};

struct CompletionOutline {
    std::vector<OutlinedCommand> commands{};
};

[[nodiscard]] CompletionOutline outline_of_commands();

}  // namespace evergrant::app
