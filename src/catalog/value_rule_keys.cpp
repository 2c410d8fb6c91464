#include "catalog/node_reader.h"
#include "catalog/provider_keys.h"

#include <algorithm>
#include <utility>

namespace evergrant::catalog {

namespace {

void read_pattern(ProblemList& problems, const YamlNode& node, ValueRule& rule) {
    auto text = read_text(problems, node);
    if (!text)
        return;
    auto compiled = TextPattern::compile(*text);
    if (!compiled) {
        problems.report(node.line, "\"pattern\" cannot be used: " + compiled.error().message);
        return;
    }
    rule.pattern = std::move(*text);
    rule.compiled = std::make_shared<const TextPattern>(std::move(*compiled));
}

/// A description may be folded over several lines; it is shown as one.
void read_description(ProblemList& problems, const YamlNode& node, ValueRule& rule) {
    YamlNode one_line = node;
    std::ranges::replace(one_line.text, '\n', ' ');
    one_line.text.erase(one_line.text.find_last_not_of(' ') + 1);
    into_text<&ValueRule::description>(problems, one_line, rule);
}

constexpr std::array rule_keys{
    Key<ValueRule>{"name", into_text<&ValueRule::name>},
    Key<ValueRule>{"description", read_description},
    Key<ValueRule>{"example", into_text<&ValueRule::example>},
    Key<ValueRule>{"pattern", read_pattern},
    Key<ValueRule>{"allowed", into_texts<&ValueRule::allowed>},
    Key<ValueRule>{"default", into_text<&ValueRule::default_value>},
    Key<ValueRule>{"required", into_flag<&ValueRule::required>},
    Key<ValueRule>{"label", into_text<&ValueRule::label>},
    Key<ValueRule>{"asked_of", into_choice<&ValueRule::asked_of, asked_of_choices>},
};

constexpr std::array derived_keys{
    Key<DerivedParameter>{"name", into_text<&DerivedParameter::name>},
    Key<DerivedParameter>{"from", into_text<&DerivedParameter::from>},
    Key<DerivedParameter>{"values", into_text_map<&DerivedParameter::values>},
};

/// Whether the name can stand in a template.
bool is_usable_name(std::string_view name) {
    const std::string reference = "${params." + std::string(name) + "}";
    const auto parsed = Template::parse(reference);
    return parsed && parsed->parameters() == std::vector{std::string(name)};
}

/// Reports a missing, unusable or repeated name.
template <class T>
bool has_good_name(ProblemList& problems, const YamlNode& node, const T& entry, const std::vector<T>& earlier) {
    const YamlNode* name = node.find("name");
    if (name == nullptr) {
        problems.report(node.line, "an entry of \"" + node.key + "\" lacks \"name\"");
        return false;
    }
    if (entry.name.empty())
        return false;
    if (!is_usable_name(entry.name)) {
        problems.report(name->line, "\"" + entry.name + "\" cannot be a name: it may hold letters, digits and \"_\"");
        return false;
    }
    if (std::ranges::find(earlier, entry.name, &T::name) != earlier.end()) {
        problems.report(name->line, "\"" + entry.name + "\" is declared twice in \"" + node.key + "\"");
        return false;
    }
    return true;
}

void check_value(ProblemList& problems, const YamlNode& node, std::string_view key, const ValueRule& rule) {
    const YamlNode* value = node.find(key);
    if (value == nullptr || value->kind != YamlNode::Kind::scalar || value->text.empty())
        return;
    if (!rule.check(value->text))
        problems.report(value->line, "the " + std::string(key) + " of \"" + rule.name + "\" breaks its own rule");
}

/// A default that holds references is checked when they have values; here, that they name earlier parameters.
void check_default(ProblemList& problems, const YamlNode& node, const ValueRule& rule,
                   const std::vector<ValueRule>& earlier, RuleUse use) {
    const YamlNode* value = node.find("default");
    if (use == RuleUse::metadata || value == nullptr || !rule.default_value.contains("${")) {
        check_value(problems, node, "default", rule);
        return;
    }
    const auto text = read_template(problems, *value);
    if (!text)
        return;
    if (!text->metadata().empty())
        problems.report(value->line, "the default of \"" + rule.name + "\" may use ${params.<name>} alone");
    for (const std::string& name : text->parameters()) {
        if (std::ranges::find(earlier, name, &ValueRule::name) == earlier.end())
            problems.report(value->line, "the default of \"" + rule.name + "\" uses \"" + name +
                                             "\", which is not declared before it");
    }
}

void check_rule(ProblemList& problems, const YamlNode& node, const ValueRule& rule,
                const std::vector<ValueRule>& earlier, RuleUse use) {
    const bool by_pattern = node.find("pattern") != nullptr;
    const bool by_list = node.find("allowed") != nullptr;
    if (by_pattern == by_list) {
        problems.report(node.line, "\"" + rule.name + "\" needs " +
                                       (by_list ? "either \"pattern\" or \"allowed\", not both"
                                                : "a \"pattern\" or a list \"allowed\""));
        return;
    }
    if (by_pattern && !rule.compiled)
        return;
    if (by_list && rule.allowed.empty()) {
        problems.report(node.line, "\"allowed\" of \"" + rule.name + "\" allows nothing");
        return;
    }
    if (use == RuleUse::metadata && rule.asked_of == AskedOf::person)
        problems.report(node.line, "\"" + rule.name + "\" cannot be asked of a person: it is the provider's to tell");
    check_value(problems, node, "example", rule);
    check_default(problems, node, rule, earlier, use);
}

}  // namespace

std::optional<std::vector<ValueRule>> read_value_rules(ProblemList& problems, const YamlNode& node, RuleUse use) {
    if (!is_list(problems, node))
        return std::nullopt;
    std::vector<ValueRule> rules;
    for (const YamlNode& child : node.children) {
        ValueRule rule;
        read_mapping(problems, child, rule_keys, rule);
        if (child.kind != YamlNode::Kind::mapping || !has_good_name(problems, child, rule, rules))
            continue;
        check_rule(problems, child, rule, rules, use);
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::optional<std::vector<DerivedParameter>> read_derived_parameters(ProblemList& problems, const YamlNode& node) {
    if (!is_list(problems, node))
        return std::nullopt;
    std::vector<DerivedParameter> all;
    for (const YamlNode& child : node.children) {
        DerivedParameter derived;
        read_mapping(problems, child, derived_keys, derived);
        if (child.kind != YamlNode::Kind::mapping || !has_good_name(problems, child, derived, all))
            continue;
        for (const std::string_view key : {"from", "values"}) {
            if (child.find(key) == nullptr)
                problems.report(child.line, "\"" + derived.name + "\" lacks \"" + std::string(key) + "\"");
        }
        all.push_back(std::move(derived));
    }
    return all;
}

std::vector<std::string_view> value_rule_keys() {
    return names_of(rule_keys);
}

std::vector<std::string_view> derived_parameter_keys() {
    return names_of(derived_keys);
}

}  // namespace evergrant::catalog
