#include "app/completion_outline.h"

#include "app/command_tree.h"

namespace evergrant::app {

namespace {

std::string first_sentence(const std::string& text) {
    return text.substr(0, text.find_first_of(".;"));
}

/// Types say what completes a value: see command_tree.cpp.
OutlinedValue value_of_type(const std::string& type) {
    OutlinedValue value{.is_file = type == "FILE", .is_folder = type == "DIR"};
    if (type.find('|') == std::string::npos)
        return value;
    for (std::size_t begin = 0; begin <= type.size();) {
        const std::size_t end = std::min(type.find('|', begin), type.size());
        value.choices.push_back(type.substr(begin, end - begin));
        begin = end + 1;
    }
    return value;
}

void outline(const CLI::App& command, const std::string& path, CompletionOutline& all) {
    OutlinedCommand outlined{.path = path};
    for (const CLI::Option* option : command.get_options({})) {
        const bool takes_value = option->get_items_expected_max() > 0;
        if (option->get_positional())
            outlined.argument = value_of_type(option->get_type_name());
        else if (!path.empty() && option->get_lnames().front() == "help")
            continue;
        else
            outlined.flags.push_back({"--" + option->get_lnames().front(), first_sentence(option->get_description()),
                                      takes_value, value_of_type(option->get_type_name())});
    }
    for (const CLI::App* child : command.get_subcommands({}))
        outlined.children.push_back({child->get_name(), first_sentence(child->get_description())});
    all.commands.push_back(std::move(outlined));
    for (const CLI::App* child : command.get_subcommands({}))
        outline(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), all);
}

}  // namespace

CompletionOutline outline_of_commands() {
    CompletionOutline all;
    const CommandTree tree;
    outline(tree.root(), "", all);
    return all;
}

}  // namespace evergrant::app
