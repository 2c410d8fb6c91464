#include "app/command_line.h"

#include "app/command_tree.h"
#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace evergrant::app {

namespace {

/// Every word that could be meant: commands and long flags of the whole tree.
void collect_words(const CLI::App& command, std::vector<std::string>& words) {
    for (const CLI::Option* option : command.get_options({})) {
        for (const std::string& name : option->get_lnames())
            words.push_back("--" + name);
    }
    for (const CLI::App* child : command.get_subcommands({})) {
        words.push_back(child->get_name());
        collect_words(*child, words);
    }
}

/// `evergrant keys create`, as far as the arguments went.
std::string chosen_path(const CLI::App& root) {
    std::string path = root.get_name();
    for (const CLI::App* command = &root; !command->get_subcommands().empty();) {
        command = command->get_subcommands().front();
        path += " " + command->get_name();
    }
    return path;
}

std::string say(const CLI::App& root, const CLI::ParseError& error) {
    const std::vector<std::string> left_over = root.remaining(true);
    if (left_over.empty())
        return std::string(error.what()) + ". `" + chosen_path(root) + " --help` shows how.";
    std::vector<std::string> words;
    collect_words(root, words);
    const std::vector<std::string_view> known(words.begin(), words.end());
    const std::string& word = left_over.front();
    const std::string hint = did_you_mean(word, known);
    return "\"" + word + "\" is not known here" + (hint.empty() ? "." : hint);
}

CommandLine command_line_of(Draft draft) {
    CommandLine line{.command = std::move(*draft.command)};
    if (!draft.config_file.empty())
        line.file = draft.config_file;
    for (const CLI::Option* option : draft.setting_flags) {
        if (option->count() > 0)
            line.flags.push_back({option->get_name(), option->results()});
    }
    return line;
}

}  // namespace

std::expected<CommandLine, UsageError> parse_command_line(const std::vector<std::string>& arguments) {
    Draft draft;
    CLI::App root;
    build_command_tree(root, draft);
    if (arguments.empty())
        return std::unexpected(UsageError{"Say what to do. `evergrant --help` shows what there is."});
    try {
        root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        return command_line_of(std::move(draft));
    } catch (const CLI::CallForHelp&) {
        return CommandLine{.command = Help{root.help()}};
    } catch (const CLI::CallForVersion&) {
        return CommandLine{.command = Version{}};
    } catch (const CLI::ParseError& error) {
        return std::unexpected(UsageError{say(root, error)});
    }
}

struct CommandTree::State {
    Draft draft;
    CLI::App root;
};

CommandTree::CommandTree() : state_(std::make_unique<State>()) {
    build_command_tree(state_->root, state_->draft);
}

CommandTree::~CommandTree() = default;

const CLI::App& CommandTree::root() const noexcept {
    return state_->root;
}

void mask_secret_arguments(std::span<char*> arguments) noexcept {
    constexpr std::array<std::string_view, 3> flags{"--key", "--from", "--to"};
    const auto mask = [](char* text, bool is_key) {
        if (is_key || std::string_view(text).contains("://"))
            std::memset(text, '*', std::strlen(text));
    };
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument(arguments[i]);
        for (const std::string_view flag : flags) {
            const bool is_key = flag == flags.front();
            if (argument == flag && i + 1 < arguments.size())
                mask(arguments[i + 1], is_key);
            else if (argument.starts_with(flag) && argument.substr(flag.size()).starts_with('='))
                mask(arguments[i] + flag.size() + 1, is_key);
        }
    }
}

}  // namespace evergrant::app
