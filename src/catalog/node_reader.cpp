#include "catalog/node_reader.h"

#include "base/nearest.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace evergrant::catalog {

namespace {

constexpr std::size_t longest_text = 2048;
constexpr std::size_t longest_shown = 64;

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// What came from the file, fit for a terminal.
std::string quoted(std::string_view text) {
    std::string shown(text.substr(0, longest_shown));
    std::ranges::replace_if(shown, is_control, '?');
    return "\"" + shown + (text.size() > longest_shown ? "…\"" : "\"");
}

std::string_view kind_of(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null: return "nothing";
        case YamlNode::Kind::scalar: return "text";
        case YamlNode::Kind::sequence: return "a list";
        case YamlNode::Kind::mapping: return "a mapping";
    }
    std::unreachable();
}

bool is_kind(ProblemList& problems, const YamlNode& node, YamlNode::Kind wanted, std::string_view wanted_name) {
    if (node.kind == wanted)
        return true;
    if (node.kind == YamlNode::Kind::null)
        problems.report(node.line, quoted(node.key) + " has no value");
    else
        problems.report(node.line, quoted(node.key) + " must be " + std::string(wanted_name) + ", not " +
                                       std::string(kind_of(node)));
    return false;
}

std::string listed(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

void report_repeated_keys(ProblemList& problems, const YamlNode& node) {
    std::map<std::string_view, std::size_t> first_lines;
    for (const YamlNode& child : node.children) {
        const auto [first, is_new] = first_lines.emplace(child.key, child.line);
        if (!is_new)
            problems.report(child.line, quoted(child.key) + " stands here again; line " +
                                            std::to_string(first->second) + " has it");
    }
}

template <class Value>
std::optional<std::map<std::string, Value>> read_map(ProblemList& problems, const YamlNode& node,
                                                     std::optional<Value> (*read)(ProblemList&, const YamlNode&)) {
    if (!is_mapping(problems, node))
        return std::nullopt;
    std::map<std::string, Value> values;
    for (const YamlNode& child : node.children) {
        if (auto value = read(problems, child))
            values.insert_or_assign(child.key, std::move(*value));
    }
    return values;
}

}  // namespace

std::optional<std::string> read_text(ProblemList& problems, const YamlNode& node) {
    if (!is_kind(problems, node, YamlNode::Kind::scalar, "text"))
        return std::nullopt;
    if (node.text.empty())
        problems.report(node.line, quoted(node.key) + " is empty");
    else if (node.text.size() > longest_text)
        problems.report(node.line,
                        quoted(node.key) + " is longer than " + std::to_string(longest_text) + " characters");
    else if (std::ranges::any_of(node.text, is_control))
        problems.report(node.line, quoted(node.key) + " holds a line break or another control character");
    else
        return node.text;
    return std::nullopt;
}

std::optional<bool> read_flag(ProblemList& problems, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar && !node.quoted && (node.text == "true" || node.text == "false"))
        return node.text == "true";
    problems.report(node.line, quoted(node.key) + " must be true or false");
    return std::nullopt;
}

std::optional<unsigned> read_number(ProblemList& problems, const YamlNode& node, unsigned most) {
    unsigned number = 0;
    const char* end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, number);
    const bool is_number = node.kind == YamlNode::Kind::scalar && !node.quoted && error == std::errc{} && stop == end;
    if (is_number && number >= 1 && number <= most)
        return number;
    problems.report(node.line, quoted(node.key) + " must be a whole number from 1 to " + std::to_string(most));
    return std::nullopt;
}

std::optional<Template> read_template(ProblemList& problems, const YamlNode& node) {
    const auto text = read_text(problems, node);
    if (!text)
        return std::nullopt;
    auto parsed = Template::parse(*text);
    if (parsed)
        return std::move(*parsed);
    problems.report(node.line, quoted(node.key) + ": " + parsed.error().message);
    return std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(ProblemList& problems, const YamlNode& node) {
    if (!is_list(problems, node))
        return std::nullopt;
    std::vector<std::string> texts;
    std::set<std::string_view> seen;
    for (const YamlNode& child : node.children) {
        auto text = read_text(problems, child);
        if (!text)
            continue;
        if (seen.insert(child.text).second)
            texts.push_back(std::move(*text));
        else
            problems.report(child.line, quoted(node.key) + " names " + quoted(*text) + " twice");
    }
    return texts;
}

std::optional<std::map<std::string, std::string>> read_text_map(ProblemList& problems, const YamlNode& node) {
    return read_map(problems, node, read_text);
}

std::optional<std::map<std::string, Template>> read_template_map(ProblemList& problems, const YamlNode& node) {
    return read_map(problems, node, read_template);
}

bool is_mapping(ProblemList& problems, const YamlNode& node) {
    if (!is_kind(problems, node, YamlNode::Kind::mapping, "a mapping"))
        return false;
    report_repeated_keys(problems, node);
    return true;
}

bool is_list(ProblemList& problems, const YamlNode& node) {
    return is_kind(problems, node, YamlNode::Kind::sequence, "a list");
}

void report_unknown_key(ProblemList& problems, const YamlNode& key, const YamlNode& inside,
                        const std::vector<std::string_view>& known) {
    if (problems.full())
        return;
    const std::string where = inside.key.empty() ? "" : " in " + quoted(inside.key);
    problems.report(key.line, "unknown key " + quoted(key.key) + where + did_you_mean(key.key, known));
}

void report_bad_choice(ProblemList& problems, const YamlNode& node, std::string_view word,
                       const std::vector<std::string_view>& known) {
    const std::string meant = did_you_mean(word, known);
    problems.report(node.line, quoted(node.key) + " cannot be " + quoted(word) +
                                   (meant.empty() ? "; it is one of " + listed(known) : meant));
}

}  // namespace evergrant::catalog
