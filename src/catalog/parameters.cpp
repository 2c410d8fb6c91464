#include "base/nearest.h"
#include "catalog/provider.h"

#include <algorithm>
#include <utility>

namespace evergrant::catalog {

namespace {

bool has_control_character(std::string_view value) noexcept {
    return std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

Result<bool> matches_pattern(const ValueRule& rule, std::string_view value) {
    if (rule.compiled)
        return rule.compiled->matches(value);
    const auto pattern = TextPattern::compile(rule.pattern);
    if (!pattern)
        return failure(Errc::internal_error, "The catalogue's pattern for \"" + rule.name + "\" cannot be used.",
                       pattern.error().message);
    return pattern->matches(value);
}

std::string for_example(const ValueRule& rule) {
    return rule.example.empty() ? "." : "; an example is \"" + rule.example + "\".";
}

void add_field(Error& errors, Error one) {
    if (errors.fields.empty())
        errors = std::move(one);
    else
        std::ranges::move(one.fields, std::back_inserter(errors.fields));
}

Error unknown_parameter(const Provider& provider, const std::string& name) {
    std::vector<std::string_view> known;
    for (const ValueRule& rule : provider.parameters)
        known.emplace_back(rule.name);
    // A name that could not be one is not repeated: it may be anything, and long.
    if (!is_valid_name(name))
        return invalid_field("params", provider.id.str() + " has no such parameter.").error();
    const std::string meant = did_you_mean(name, known);
    return invalid_field("params." + name,
                         provider.id.str() + " has no parameter \"" + name + "\"" + (meant.empty() ? "." : meant))
        .error();
}

/// Errors: the default names an earlier parameter that has no value.
Result<std::string> default_of(const ValueRule& rule, const Parameters& earlier) {
    const Parameters no_metadata;
    const auto text = Template::parse(rule.default_value);
    if (!text)
        return std::unexpected(text.error());
    return text->expand({earlier, no_metadata});
}

/// The value of one parameter: the given one, or its default; empty if it has neither and needs none.
Result<std::string> value_for(const ValueRule& rule, const Parameters& given, const Parameters& earlier) {
    const auto found = given.find(rule.name);
    std::string value = found == given.end() ? std::string{} : found->second;
    if (value.empty() && !rule.default_value.empty()) {
        auto default_value = default_of(rule, earlier);
        if (default_value)
            value = std::move(*default_value);
        else if (rule.required)
            return std::unexpected(std::move(default_value).error());
    }
    if (value.empty()) {
        if (rule.required)
            return invalid_field("params." + rule.name, "\"" + rule.name + "\" is required" + for_example(rule));
        return value;
    }
    if (auto checked = rule.check(value); !checked)
        return std::unexpected(std::move(checked).error());
    return value;
}

}  // namespace

Result<void> ValueRule::check(std::string_view value) const {
    const std::string field = "params." + name;
    if (value.size() > TextPattern::longest_value)
        return invalid_field(field, "\"" + name + "\" is longer than 512 characters.");
    if (has_control_character(value))
        return invalid_field(field, "\"" + name + "\" holds a control character.");
    if (!allowed.empty()) {
        if (std::ranges::find(allowed, value) == allowed.end())
            return invalid_field(field, "\"" + name + "\" is none of the allowed values: " + joined(allowed) + ".");
        return {};
    }
    const auto matching = matches_pattern(*this, value);
    if (!matching)
        return std::unexpected(matching.error());
    if (!*matching)
        return invalid_field(field, "\"" + name + "\" is not allowed to be that" + for_example(*this));
    return {};
}

Result<Parameters> check_parameters(const Provider& provider, const Parameters& given) {
    Error errors;
    for (const auto& [name, value] : given) {
        if (std::ranges::find(provider.parameters, name, &ValueRule::name) == provider.parameters.end())
            add_field(errors, unknown_parameter(provider, name));
    }
    Parameters checked;
    for (const ValueRule& rule : provider.parameters) {
        auto value = value_for(rule, given, checked);
        if (!value)
            add_field(errors, std::move(value).error());
        else if (!value->empty())
            checked.emplace(rule.name, std::move(*value));
    }
    if (!errors.fields.empty())
        return std::unexpected(std::move(errors));
    return checked;
}

Parameters complete_parameters(const Provider& provider, const Parameters& params) {
    Parameters all = params;
    for (const ValueRule& rule : provider.parameters) {
        if (rule.default_value.empty() || all.contains(rule.name))
            continue;
        if (auto value = default_of(rule, all); value && rule.check(*value))
            all.emplace(rule.name, std::move(*value));
    }
    for (const DerivedParameter& derived : provider.derived_parameters) {
        const auto source = all.find(derived.from);
        if (source == all.end())
            continue;
        if (const auto value = derived.values.find(source->second); value != derived.values.end())
            all.insert_or_assign(derived.name, value->second);
    }
    return all;
}

}  // namespace evergrant::catalog
