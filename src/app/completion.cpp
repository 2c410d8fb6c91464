#include "app/completion.h"

#include "app/completion_outline.h"

#include <algorithm>
#include <functional>

namespace evergrant::app {

namespace {

std::string in_quotes(std::string_view text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : std::string(separator)) + word;
    return text;
}

std::vector<std::string> quoted_paths(const CompletionOutline& outline) {
    std::vector<std::string> paths;
    for (const OutlinedCommand& command : outline.commands) {
        if (!command.path.empty())
            paths.push_back(in_quotes(command.path));
    }
    return paths;
}

/// Flags with a value, each once.
std::vector<std::string> value_flags(const CompletionOutline& outline) {
    std::vector<std::string> flags;
    for (const OutlinedCommand& command : outline.commands) {
        for (const OutlinedFlag& flag : command.flags) {
            if (flag.takes_value && std::ranges::find(flags, flag.name) == flags.end())
                flags.push_back(flag.name);
        }
    }
    return flags;
}

/// What completes a flag's value in one shell.
using ValueCompletion = std::function<std::string(const OutlinedValue&)>;

/// One arm of a `case` for each flag with a value: `'keys create:--role') …; return ;;`.
std::string value_arms(const CompletionOutline& outline, const ValueCompletion& complete) {
    std::string arms;
    for (const OutlinedCommand& command : outline.commands) {
        for (const OutlinedFlag& flag : command.flags) {
            // The root's flags may stand after any command.
            const std::string pattern =
                command.path.empty() ? "*:" + flag.name : in_quotes(command.path + ":" + flag.name);
            if (flag.takes_value)
                arms += "        (" + pattern + ") " + complete(flag.value) + "return ;;\n";
        }
    }
    return arms;
}

std::string replaced(std::string text, const std::vector<std::pair<std::string_view, std::string>>& places) {
    for (const auto& [place, value] : places) {
        if (const std::size_t at = text.find(place); at != std::string::npos)
            text.replace(at, place.size(), value);
    }
    return text;
}

std::string bash_values(const OutlinedValue& value) {
    if (value.is_file)
        return "COMPREPLY=($(compgen -f -- \"$word\")); ";
    if (value.is_folder)
        return "COMPREPLY=($(compgen -d -- \"$word\")); ";
    if (!value.choices.empty())
        return "COMPREPLY=($(compgen -W " + in_quotes(joined(value.choices, " ")) + " -- \"$word\")); ";
    return "";
}

std::string bash_script(const CompletionOutline& outline) {
    constexpr std::string_view frame = R"(# bash completion for evergrant
_evergrant() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} chosen='' offers='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        (@value_flags@) ((i++)); continue ;;
        esac
        case "${chosen:+$chosen }${COMP_WORDS[i]}" in
        (@paths@) chosen="${chosen:+$chosen }${COMP_WORDS[i]}" ;;
        esac
    done
    case "$chosen:$before" in
@values@    esac
    case $chosen in
@offers@    esac
    COMPREPLY+=($(compgen -W "$offers @global@" -- "$word"))
}
complete -F _evergrant evergrant
)";
    std::string offers;
    std::vector<std::string> global;
    for (const OutlinedCommand& command : outline.commands) {
        std::vector<std::string> words = command.argument.choices;
        for (const OutlinedName& child : command.children)
            words.push_back(child.name);
        for (const OutlinedFlag& flag : command.flags)
            (command.path.empty() ? global : words).push_back(flag.name);
        offers += "        (" + in_quotes(command.path) + ") offers=" + in_quotes(joined(words, " "));
        offers += command.argument.is_file ? "; COMPREPLY=($(compgen -f -- \"$word\")) ;;\n" : " ;;\n";
    }
    return replaced(std::string(frame), {{"@value_flags@", joined(value_flags(outline), "|")},
                                         {"@paths@", joined(quoted_paths(outline), "|")},
                                         {"@values@", value_arms(outline, bash_values)},
                                         {"@offers@", offers},
                                         {"@global@", joined(global, " ")}});
}

std::string zsh_values(const OutlinedValue& value) {
    if (value.is_file)
        return "_files; ";
    if (value.is_folder)
        return "_files -/; ";
    return value.choices.empty() ? "" : "compadd -- " + joined(value.choices, " ") + "; ";
}

/// `'serve:Run the server'`, as _describe reads it.
std::string zsh_offer(const std::string& name, const std::string& description) {
    return in_quotes(name + ":" + description);
}

std::string zsh_script(const CompletionOutline& outline) {
    constexpr std::string_view frame = R"(#compdef evergrant
_evergrant() {
    local chosen='' i=2
    local -a offers
    while (( i < CURRENT )); do
        case ${words[i]} in
        (@value_flags@) (( i += 2 )); continue ;;
        esac
        case "${chosen:+$chosen }${words[i]}" in
        (@paths@) chosen="${chosen:+$chosen }${words[i]}" ;;
        esac
        (( i++ ))
    done
    case "$chosen:${words[CURRENT-1]}" in
@values@    esac
    case $chosen in
@offers@    esac
    offers+=(@global@)
    _describe -o evergrant offers
}
if [[ ${funcstack[1]} == _evergrant ]]; then
    _evergrant "$@"
else
    compdef _evergrant evergrant
fi
)";
    std::string offers;
    std::vector<std::string> global;
    for (const OutlinedCommand& command : outline.commands) {
        std::vector<std::string> words;
        for (const std::string& choice : command.argument.choices)
            words.push_back(in_quotes(choice));
        for (const OutlinedName& child : command.children)
            words.push_back(zsh_offer(child.name, child.description));
        for (const OutlinedFlag& flag : command.flags)
            (command.path.empty() ? global : words).push_back(zsh_offer(flag.name, flag.description));
        offers += "        (" + in_quotes(command.path) + ") offers=(" + joined(words, " ") + ")";
        offers += command.argument.is_file ? "; _files ;;\n" : " ;;\n";
    }
    return replaced(std::string(frame), {{"@value_flags@", joined(value_flags(outline), "|")},
                                         {"@paths@", joined(quoted_paths(outline), "|")},
                                         {"@values@", value_arms(outline, zsh_values)},
                                         {"@offers@", offers},
                                         {"@global@", joined(global, " ")}});
}

std::string fish_value(const OutlinedFlag& flag) {
    if (!flag.takes_value)
        return "";
    if (flag.value.is_file)
        return " -r -F";
    if (flag.value.is_folder)
        return " -x -a '(__fish_complete_directories)'";
    return flag.value.choices.empty() ? " -x" : " -x -a " + in_quotes(joined(flag.value.choices, " "));
}

std::string fish_lines(const OutlinedCommand& command) {
    const std::string here = "complete -c evergrant -n " + in_quotes("__evergrant_at \"" + command.path + "\"");
    std::string lines;
    for (const OutlinedName& child : command.children)
        lines += here + " -a " + child.name + " -d " + in_quotes(child.description) + "\n";
    if (!command.argument.choices.empty())
        lines += here + " -a " + in_quotes(joined(command.argument.choices, " ")) + "\n";
    if (command.argument.is_file)
        lines += here + " -F\n";
    for (const OutlinedFlag& flag : command.flags) {
        const std::string begin = command.path.empty() ? "complete -c evergrant" : here;
        lines += begin + " -l " + flag.name.substr(2) + fish_value(flag) + " -d " + in_quotes(flag.description) + "\n";
    }
    return lines;
}

std::string fish_script(const CompletionOutline& outline) {
    constexpr std::string_view frame = R"(# fish completion for evergrant
function __evergrant_at
    set -l chosen
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
        else if contains -- $word @value_flags@
            set is_value yes
        else
            set -l candidate (string join ' ' $chosen $word)
            if contains -- $candidate @paths@
                set chosen $candidate
            end
        end
    end
    test "$chosen" = "$argv[1]"
end
complete -c evergrant -f
)";
    std::string script = replaced(std::string(frame), {{"@value_flags@", joined(value_flags(outline), " ")},
                                                       {"@paths@", joined(quoted_paths(outline), " ")}});
    for (const OutlinedCommand& command : outline.commands)
        script += fish_lines(command);
    return script;
}

}  // namespace

std::string completion_script(Shell shell) {
    const CompletionOutline outline = outline_of_commands();
    switch (shell) {
        case Shell::bash: return bash_script(outline);
        case Shell::zsh: return zsh_script(outline);
        case Shell::fish: return fish_script(outline);
    }
    return {};
}

}  // namespace evergrant::app
