#pragma once
//
// The two steps of reading a provider from its tree: each key by itself, then the entry as a whole.
//
#include "catalog/problem.h"
#include "catalog/provider.h"
#include "catalog/yaml_tree.h"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace evergrant::catalog {

/// Reads every key of `root` over what `provider` holds already.
void read_provider_keys(ProblemList& problems, const YamlNode& root, Provider& provider);

/// A list of parameters or metadata with their rules. Only a parameter's default may be a template.
enum class RuleUse : bool { parameter, metadata };
[[nodiscard]] std::optional<std::vector<ValueRule>> read_value_rules(ProblemList& problems, const YamlNode& node,
                                                                     RuleUse use);
[[nodiscard]] std::optional<std::vector<DerivedParameter>> read_derived_parameters(ProblemList& problems,
                                                                                   const YamlNode& node);

/// The description of a CRM's API.
void read_crm_api(ProblemList& problems, const YamlNode& node, Provider& provider);
[[nodiscard]] std::vector<std::string_view> crm_api_key_names();

/// Reports what no key shows alone: what is missing, what contradicts, what names something undeclared. `root` is
/// where the lines are taken from; what came from the entry it extends is reported at `extends`.
void check_provider(ProblemList& problems, const YamlNode& root, const Provider& provider);

/// The part of that which is about references and URLs.
void check_templates(ProblemList& problems, const YamlNode& root, const Provider& provider);

/// The line of `key`, or of `extends`, or the first.
[[nodiscard]] std::size_t line_for(const YamlNode& root, std::string_view key) noexcept;

[[nodiscard]] std::vector<std::string_view> value_rule_keys();
[[nodiscard]] std::vector<std::string_view> derived_parameter_keys();

}  // namespace evergrant::catalog
