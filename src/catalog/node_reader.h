#pragma once
//
// Reads values out of a YAML tree into the members of a struct, by a table of known keys. Everything wrong is
// reported with its line; what is wrong leaves the struct as it was.
//
#include "catalog/choices.h"
#include "catalog/problem.h"
#include "catalog/template.h"
#include "catalog/yaml_tree.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

/// Text of one line that is not empty, at most 2,048 characters.
[[nodiscard]] std::optional<std::string> read_text(ProblemList& problems, const YamlNode& node);
[[nodiscard]] std::optional<bool> read_flag(ProblemList& problems, const YamlNode& node);
[[nodiscard]] std::optional<unsigned> read_number(ProblemList& problems, const YamlNode& node, unsigned most);
[[nodiscard]] std::optional<Template> read_template(ProblemList& problems, const YamlNode& node);

/// A list of texts, none of them twice. Nothing if the node is no list; a bad item is reported and left out.
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(ProblemList& problems, const YamlNode& node);
[[nodiscard]] std::optional<std::map<std::string, std::string>> read_text_map(ProblemList& problems,
                                                                              const YamlNode& node);
[[nodiscard]] std::optional<std::map<std::string, Template>> read_template_map(ProblemList& problems,
                                                                               const YamlNode& node);

/// Whether the node is what the key wants; reports if not. A mapping's repeated keys are reported here too.
[[nodiscard]] bool is_mapping(ProblemList& problems, const YamlNode& node);
[[nodiscard]] bool is_list(ProblemList& problems, const YamlNode& node);

void report_unknown_key(ProblemList& problems, const YamlNode& key, const YamlNode& inside,
                        const std::vector<std::string_view>& known);
void report_bad_choice(ProblemList& problems, const YamlNode& node, std::string_view word,
                       const std::vector<std::string_view>& known);

/// A key that a mapping may hold, and how its value gets into a T.
template <class T>
struct Key {
    std::string_view name;
    void (*read)(ProblemList&, const YamlNode&, T&);
};

/// Reads each key of `node` into `into`.
template <class T, std::size_t N>
void read_mapping(ProblemList& problems, const YamlNode& node, const std::array<Key<T>, N>& keys, T& into) {
    if (!is_mapping(problems, node))
        return;
    for (const YamlNode& child : node.children) {
        const auto key = std::ranges::find(keys, child.key, &Key<T>::name);
        if (key != keys.end())
            key->read(problems, child, into);
        else
            report_unknown_key(problems, child, node, names_of(keys));
    }
}

template <auto Member, class T>
void into_text(ProblemList& problems, const YamlNode& node, T& into) {
    if (auto text = read_text(problems, node))
        into.*Member = std::move(*text);
}

template <auto Member, class T>
void into_flag(ProblemList& problems, const YamlNode& node, T& into) {
    if (const auto flag = read_flag(problems, node))
        into.*Member = *flag;
}

template <auto Member, class T>
void into_texts(ProblemList& problems, const YamlNode& node, T& into) {
    if (auto texts = read_texts(problems, node))
        into.*Member = std::move(*texts);
}

template <auto Member, class T>
void into_text_map(ProblemList& problems, const YamlNode& node, T& into) {
    if (auto texts = read_text_map(problems, node))
        into.*Member = std::move(*texts);
}

template <auto Member, class T>
void into_template(ProblemList& problems, const YamlNode& node, T& into) {
    if (auto text = read_template(problems, node))
        into.*Member = std::move(*text);
}

template <auto Member, class T>
void into_template_map(ProblemList& problems, const YamlNode& node, T& into) {
    if (auto templates = read_template_map(problems, node))
        into.*Member = std::move(*templates);
}

/// A number from 1 to Most, as a Unit: seconds, days, or a plain unsigned.
template <auto Member, class Unit, unsigned Most, class T>
void into_number(ProblemList& problems, const YamlNode& node, T& into) {
    if (const auto number = read_number(problems, node, Most))
        into.*Member = Unit(*number);
}

template <class T, std::size_t N>
[[nodiscard]] std::optional<T> read_choice(ProblemList& problems, const YamlNode& node,
                                           const std::array<Choice<T>, N>& choices) {
    const auto word = read_text(problems, node);
    if (!word)
        return std::nullopt;
    const auto chosen = choose(choices, *word);
    if (!chosen)
        report_bad_choice(problems, node, *word, names_of(choices));
    return chosen;
}

template <auto Member, const auto& Choices, class T>
void into_choice(ProblemList& problems, const YamlNode& node, T& into) {
    if (const auto chosen = read_choice(problems, node, Choices))
        into.*Member = *chosen;
}

}  // namespace evergrant::catalog
