//
// The published schema and the reader know the same keys and the same words.
//
#include "catalog/choices.h"
#include "catalog/provider_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <fstream>
#include <iterator>

namespace evergrant::catalog {
namespace {

using ::testing::UnorderedElementsAreArray;

boost::json::value schema() {
    std::ifstream file(EVERGRANT_SOURCE_DIR "/catalog/schema.json");
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// A node of the schema, a reference followed.
const boost::json::object& resolved(const boost::json::value& root, const boost::json::value& node) {
    const boost::json::object& object = node.as_object();
    if (!object.contains("$ref"))
        return object;
    return root.at_pointer(object.at("$ref").as_string().subview(1)).as_object();
}

std::vector<std::string> keys_of(const boost::json::object& object) {
    std::vector<std::string> keys;
    for (const auto& member : object.at("properties").as_object())
        keys.emplace_back(member.key());
    return keys;
}

TEST(SchemaTest, has_the_keys_that_the_reader_knows) {
    const boost::json::value root = schema();

    for (const auto& [name, keys] : known_keys()) {
        const boost::json::object* object = &root.as_object();
        if (!name.empty())
            object = &resolved(root, root.at("properties").at(name));
        if (object->contains("items"))
            object = &resolved(root, object->at("items"));
        EXPECT_THAT(keys_of(*object), UnorderedElementsAreArray(keys)) << name;
        EXPECT_EQ(object->at("additionalProperties"), false) << name;
    }
}

TEST(SchemaTest, has_an_object_for_each_that_the_reader_knows_and_no_other) {
    const boost::json::value root = schema();
    std::vector<std::string_view> objects{""};

    for (const auto& member : root.at("properties").as_object()) {
        const boost::json::object& node = resolved(root, member.value());
        const boost::json::object& inner = node.contains("items") ? resolved(root, node.at("items")) : node;
        if (inner.contains("properties"))
            objects.emplace_back(member.key());
    }

    std::vector<std::string_view> known;
    for (const auto& [name, keys] : known_keys())
        known.push_back(name);
    EXPECT_THAT(objects, UnorderedElementsAreArray(known));
}

struct Words {
    std::string_view name;
    std::string_view pointer;
    std::vector<std::string_view> known;
};

class SchemaWordsTest : public ::testing::TestWithParam<Words> {};

TEST_P(SchemaWordsTest, are_those_of_the_reader) {
    const boost::json::value root = schema();

    std::vector<std::string> words;
    for (const auto& word : root.at_pointer(std::string(GetParam().pointer)).as_array())
        words.emplace_back(word.as_string());

    EXPECT_THAT(words, UnorderedElementsAreArray(GetParam().known));
}

INSTANTIATE_TEST_SUITE_P(
    Schema, SchemaWordsTest,
    ::testing::Values(
        Words{"grant_types", "/properties/grant_types/items/enum", names_of(grant_type_choices)},
        Words{"client_auth", "/properties/client_auth/anyOf/0/enum", names_of(client_auth_choices)},
        Words{"assertion_audience", "/properties/assertion_audience/enum", names_of(assertion_audience_choices)},
        Words{"assertion_scope", "/properties/jwt_bearer/properties/scope/enum", names_of(assertion_scope_choices)},
        Words{"pkce", "/properties/pkce/enum", names_of(pkce_choices)},
        Words{"refresh_policy", "/properties/refresh/properties/policy/enum", names_of(refresh_policy_choices)},
        Words{"revocation_style", "/properties/revocation_style/enum", names_of(revocation_style_choices)},
        Words{"revocation_ends", "/properties/revocation_ends/enum", names_of(revocation_ends_choices)},
        Words{"means", "/properties/errors/items/properties/means/enum", names_of(failure_choices)}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace evergrant::catalog
