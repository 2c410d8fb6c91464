//
// Mistakes in the rules of parameters and metadata; they are read by the test in mistakes_test.cpp.
//
#include "mistake.h"

namespace evergrant::catalog {
namespace {

using testing::Mistake;
using testing::MistakeTest;
using testing::name_of_case;

INSTANTIATE_TEST_SUITE_P(
    Rules, MistakeTest,
    ::testing::Values(
        Mistake{"a_nameless_one", "parameters: [{pattern: a}]\n", {"5: an entry of \"parameters\" lacks \"name\""}},
        Mistake{"an_empty_name", "parameters: [{name: '', pattern: a}]\n", {"5: \"name\" is empty"}},
        Mistake{"a_name_that_no_template_can_use",
                "parameters: [{name: a-b, pattern: a}]\n",
                {"5: \"a-b\" cannot be a name: it may hold letters, digits and \"_\""}},
        Mistake{"a_name_twice",
                "parameters:\n  - {name: a, pattern: a}\n  - {name: a, pattern: b}\n",
                {"7: \"a\" is declared twice in \"parameters\""}},
        Mistake{
            "a_list_that_is_a_mapping", "parameters: {a: b}\n", {"5: \"parameters\" must be a list, not a mapping"}},
        Mistake{"an_entry_that_is_a_word", "metadata: [a]\n", {"5: \"metadata\" must be a mapping, not text"}},
        Mistake{"no_rule", "parameters: [{name: a}]\n", {"5: \"a\" needs a \"pattern\" or a list \"allowed\""}},
        Mistake{"two_rules",
                "parameters: [{name: a, pattern: a, allowed: [a]}]\n",
                {"5: \"a\" needs either \"pattern\" or \"allowed\", not both"}},
        Mistake{
            "nothing_allowed", "parameters: [{name: a, allowed: []}]\n", {"5: \"allowed\" of \"a\" allows nothing"}},
        Mistake{"a_bad_pattern",
                "parameters:\n  - name: a\n    pattern: '[a'\n",
                {"7: \"pattern\" cannot be used: a [ is not closed"}},
        Mistake{"a_pattern_that_is_a_list",
                "parameters: [{name: a, pattern: [a]}]\n",
                {"5: \"pattern\" must be text, not a list"}},
        Mistake{"an_example_that_breaks_the_rule",
                "parameters:\n  - name: a\n    pattern: '[a-z]'\n    example: A\n",
                {"8: the example of \"a\" breaks its own rule"}},
        Mistake{"a_default_that_breaks_the_rule",
                "parameters: [{name: a, allowed: [b], default: c}]\n",
                {"5: the default of \"a\" breaks its own rule"}},
        Mistake{
            "an_empty_default", "parameters: [{name: a, allowed: [b], default: ''}]\n", {"5: \"default\" is empty"}},
        Mistake{"a_default_of_a_later_parameter",
                "parameters:\n  - {name: a, pattern: '.*', default: '${params.b}'}\n  - {name: b, pattern: b}\n",
                {"6: the default of \"a\" uses \"b\", which is not declared before it"}},
        Mistake{"a_default_of_metadata",
                "parameters: [{name: a, pattern: '.*', default: '${metadata.b}'}]\n",
                {"5: the default of \"a\" may use ${params.<name>} alone"}},
        Mistake{"a_default_that_is_unclosed",
                "parameters: [{name: a, pattern: '.*', default: '${params.b'}]\n",
                {"5: \"default\": \"${\" at character 1 is not closed"}},
        Mistake{"a_metadata_default_that_is_a_template",
                "metadata: [{name: a, pattern: '[a-z]', default: '${params.b}'}]\n",
                {"5: the default of \"a\" breaks its own rule"}},
        Mistake{"a_required_that_is_no_flag",
                "parameters: [{name: a, pattern: a, required: maybe}]\n",
                {"5: \"required\" must be true or false"}},
        Mistake{"an_unknown_key_of_a_rule",
                "parameters: [{name: a, patern: a, pattern: a}]\n",
                {"5: unknown key \"patern\" in \"parameters\"; did you mean \"pattern\"?"}},
        Mistake{"derived_that_is_no_list",
                "derived_parameters: {a: b}\n",
                {"5: \"derived_parameters\" must be a list, not a mapping"}},
        Mistake{"derived_that_is_a_word",
                "derived_parameters: [a]\n",
                {"5: \"derived_parameters\" must be a mapping, not text"}},
        Mistake{"derived_without_a_name",
                "derived_parameters: [{from: a, values: {x: y}}]\n",
                {"5: an entry of \"derived_parameters\" lacks \"name\""}},
        Mistake{"derived_with_an_empty_name",
                "derived_parameters: [{name: '', from: a, values: {x: y}}]\n",
                {"5: \"name\" is empty"}},
        Mistake{"derived_with_a_strange_name",
                "derived_parameters: [{name: a.b, from: a, values: {x: y}}]\n",
                {"5: \"a.b\" cannot be a name: it may hold letters, digits and \"_\""}},
        Mistake{"metadata_asked_of_a_person",
                "metadata: [{name: a, pattern: x, asked_of: person}]\n",
                {"5: \"a\" cannot be asked of a person: it is the provider's to tell"}},
        Mistake{"derived_twice",
                "parameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: 1}}, {name: b, from: a, values: {x: 2}}]\n",
                {"6: \"b\" is declared twice in \"derived_parameters\""}},
        Mistake{"an_example_that_is_a_list",
                "parameters: [{name: a, allowed: [b], example: [c]}]\n",
                {"5: \"example\" must be text, not a list"}},
        Mistake{"derived_from_nothing",
                "derived_parameters: [{name: a}]\n",
                {"5: \"a\" lacks \"from\"", "5: \"a\" lacks \"values\""}},
        Mistake{"derived_from_the_undeclared",
                "derived_parameters: [{name: a, from: b, values: {x: y}}]\n",
                {"5: \"a\" follows from \"b\", which \"parameters\" does not declare"}},
        Mistake{"derived_and_declared",
                "parameters: [{name: a, allowed: [x]}]\nderived_parameters: [{name: a, from: a, values: {x: y}}]\n",
                {"6: \"a\" is in \"parameters\" too"}},
        Mistake{"derived_for_some_values",
                "parameters: [{name: a, allowed: [x, y]}]\nderived_parameters: [{name: b, from: a, values: {x: 1}}]\n",
                {"6: \"b\" has no value for the a \"y\""}},
        Mistake{"derived_for_a_value_that_cannot_be",
                "parameters: [{name: a, allowed: [x]}]\n"
                "derived_parameters: [{name: b, from: a, values: {x: 1, z: 2}}]\n",
                {"6: \"b\" has a value for \"z\", which is no a"}},
        Mistake{"derived_values_that_are_a_list",
                "parameters: [{name: a, pattern: x}]\nderived_parameters: [{name: b, from: a, values: [x]}]\n",
                {"6: \"values\" must be a mapping, not a list"}}),
    name_of_case);

}  // namespace
}  // namespace evergrant::catalog
