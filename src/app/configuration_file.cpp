#include "app/configuration_file.h"

#include "app/private_file.h"
#include "base/nearest.h"
#include "catalog/yaml_tree.h"

#include <algorithm>
#include <set>

namespace evergrant::app {

namespace {

using catalog::YamlNode;

bool is_section(std::string_view path) {
    return std::ranges::any_of(settings(), [path](const Setting& setting) {
        return setting.name.starts_with(path) && setting.name.substr(path.size()).starts_with('.');
    });
}

/// What may stand directly in a section: `margin_seconds`, or `refresh` in the file's top level, whose prefix is empty.
std::vector<std::string_view> keys_of_section(std::string_view prefix) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : settings()) {
        if (!setting.name.starts_with(prefix))
            continue;
        const std::string_view rest = setting.name.substr(prefix.size());
        const std::string_view key = rest.substr(0, rest.find('.'));
        if (std::ranges::find(keys, key) == keys.end())
            keys.push_back(key);
    }
    return keys;
}

/// The nearest known name, first among the key's neighbours, then among all settings by their last part.
std::string suggestion(std::string_view prefix, std::string_view key) {
    const auto neighbours = keys_of_section(prefix);
    if (const std::string_view near = nearest(key, neighbours); !near.empty())
        return "; did you mean \"" + std::string(prefix) + std::string(near) + "\"?";
    std::vector<std::string_view> last_parts;
    for (const Setting& setting : settings())
        last_parts.push_back(setting.name.substr(setting.name.rfind('.') + 1));
    const std::string_view near = nearest(key, last_parts);
    if (near.empty())
        return ".";
    const auto index = std::ranges::find(last_parts, near) - last_parts.begin();
    return "; did you mean \"" + std::string(settings()[static_cast<std::size_t>(index)].name) + "\"?";
}

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    void read_section(const YamlNode& section, const std::string& prefix) {
        for (const YamlNode& child : section.children)
            read_key(child, prefix);
    }

    void report(std::size_t line, std::string message) {
        found_.problems.push_back({line == 0 ? file_ : file_ + ":" + std::to_string(line), std::move(message)});
    }

    ConfigurationFile take() && { return std::move(found_); }

private:
    void read_key(const YamlNode& node, const std::string& prefix) {
        const std::string path = prefix + node.key;
        if (!seen_.insert(path).second)
            report(node.line, path + " is given twice.");
        else if (const Setting* setting = find_setting(path))
            read_value(node, *setting);
        else if (!is_section(path))
            report(node.line, "unknown setting \"" + path + "\"" + suggestion(prefix, node.key));
        else if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::sequence)
            report(node.line, path + " is a section; its settings stand below it, indented.");
        else
            read_section(node, path + ".");
    }

    void read_value(const YamlNode& node, const Setting& setting) {
        Items items;
        const bool is_sequence = node.kind == YamlNode::Kind::sequence;
        if (node.kind == YamlNode::Kind::scalar)
            items.push_back(node.text);
        for (const YamlNode& item : node.children) {
            if (item.kind == YamlNode::Kind::scalar)
                items.push_back(item.text);
        }
        const Origin origin{.layer = Origin::Layer::file, .name = file_, .line = node.line};
        const std::string name(setting.name);
        if (node.kind == YamlNode::Kind::null)
            found_.problems.push_back(problem_at(origin, name, "has no value"));
        else if (is_sequence && !setting.kind.is_list)
            found_.problems.push_back(problem_at(origin, name, "takes one value, not a list"));
        else if (node.kind == YamlNode::Kind::mapping || (is_sequence && items.size() != node.children.size()))
            found_.problems.push_back(problem_at(origin, name, "takes plain values, nothing nested"));
        else
            found_.settings.push_back({&setting, std::move(items), origin});
    }

    std::string file_;
    std::set<std::string> seen_;
    ConfigurationFile found_;
};

}  // namespace

ConfigurationFile parse_configuration(std::string_view yaml, const std::string& name) {
    Reader reader(name);
    const auto root = catalog::parse_yaml(yaml);
    if (!root)
        reader.report(root.error().line, root.error().message + ".");
    else if (root->kind == YamlNode::Kind::mapping)
        reader.read_section(*root, "");
    else if (root->kind != YamlNode::Kind::null)
        reader.report(root->line, "a configuration is a mapping of settings, such as \"listen: 127.0.0.1:3000\".");
    return std::move(reader).take();
}

ConfigurationFile read_configuration_file(const std::filesystem::path& file) {
    const auto text = read_file(file);
    if (!text)
        return {.settings = {}, .problems = {{file.string(), "the file " + text.error() + "."}}};
    ConfigurationFile found = parse_configuration(*text, file.string());
    const auto secret =
        std::ranges::find_if(found.settings, [](const FileSetting& s) { return s.setting->kind.is_secret; });
    if (secret != found.settings.end() && is_open_to_others(file))
        found.problems.push_back(problem_at(secret->origin, std::string(secret->setting->name),
                                            "is a secret, and the file " + open_to_others(file)));
    return found;
}

}  // namespace evergrant::app
