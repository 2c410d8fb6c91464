#include "catalog/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::catalog {
namespace {

using Kind = YamlNode::Kind;

TEST(YamlTreeTest, keeps_keys_values_and_lines) {
    const auto root = parse_yaml("a: 1\nb:\n  - x\n  - y: \"2\"\n# nothing\nc:\n");

    ASSERT_TRUE(root);
    ASSERT_EQ(root->kind, Kind::mapping);
    EXPECT_EQ(root->find("a")->text, "1");
    EXPECT_FALSE(root->find("a")->quoted);
    const YamlNode& list = *root->find("b");
    ASSERT_EQ(list.kind, Kind::sequence);
    EXPECT_EQ(list.line, 2U);
    EXPECT_EQ(list.children.at(0).line, 3U);
    EXPECT_EQ(list.children.at(0).key, "b");
    EXPECT_EQ(list.children.at(1).find("y")->text, "2");
    EXPECT_TRUE(list.children.at(1).find("y")->quoted);
    EXPECT_EQ(root->find("c")->kind, Kind::null);
    EXPECT_EQ(root->find("c")->line, 6U);
    EXPECT_EQ(root->find("d"), nullptr);
}

TEST(YamlTreeTest, keeps_both_of_a_repeated_key) {
    const auto root = parse_yaml("a: 1\na: 2\n");

    ASSERT_TRUE(root);
    EXPECT_EQ(root->children.size(), 2U);
}

TEST(YamlTreeTest, an_empty_text_is_nothing) {
    EXPECT_EQ(parse_yaml("")->kind, Kind::null);
    EXPECT_EQ(parse_yaml("# a comment\n")->kind, Kind::null);
    EXPECT_EQ(parse_yaml("---\n...\n")->kind, Kind::null);
}

TEST(YamlTreeTest, a_scalar_may_be_the_whole_document) {
    EXPECT_EQ(parse_yaml("word")->text, "word");
}

struct Refused {
    std::string_view name;
    std::string text;
    std::size_t line;
    std::string_view message;
};

class RefusedYamlTest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedYamlTest, is_refused_with_its_line) {
    const auto root = parse_yaml(GetParam().text);

    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().message, GetParam().message);
    EXPECT_EQ(root.error().line, GetParam().line);
}

constexpr std::string_view no_anchors = "anchors and aliases are not read here; write the value again";
constexpr std::string_view no_tags = "tags such as !!str are not read here; write the value alone";
constexpr std::string_view no_key = "a list or a mapping is not closed, or stands where a key should be";
constexpr std::string_view bomb =
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n";

INSTANTIATE_TEST_SUITE_P(
    YamlTree, RefusedYamlTest,
    ::testing::Values(
        Refused{"alias_bomb", std::string(bomb), 1, no_anchors},
        Refused{"anchor_of_a_scalar", "a: 1\nb: &x 2\n", 2, no_anchors},
        Refused{"anchor_of_a_mapping", "&x\na: 1\n", 1, no_anchors},
        Refused{"anchor_of_nothing", "a: &x\n", 1, no_anchors},
        Refused{"alias_without_anchor", "a: *x\n", 1, "not YAML: the referenced anchor is not defined"},
        Refused{"tagged_scalar", "a: !!str 1\n", 1, no_tags}, Refused{"tagged_list", "a: !mine [1]\n", 1, no_tags},
        Refused{"tagged_mapping", "a: !mine {b: 1}\n", 1, no_tags},
        Refused{"second_document", "a: 1\n---\nb: 2\n", 2,
                "a second document starts here; a file describes one provider"},
        Refused{"list_as_key", "? [a, b]\n: c\n", 1, no_key}, Refused{"mapping_as_key", "? {a: b}\n: c\n", 1, no_key},
        Refused{"no_key_at_all", "{: 1}\n", 1, "a key is missing before the colon"},
        Refused{"depth", "a: " + std::string(16, '[') + std::string(16, ']'), 1, "nested deeper than 16 levels"},
        Refused{"great_depth", "a: " + std::string(100'000, '[') + std::string(100'000, ']'), 1,
                "nested deeper than 16 levels"},
        Refused{"size", std::string((std::size_t{1} << 20) + 1, ' '), 0, "larger than 1048576 bytes"},
        Refused{"unclosed_list", "a: 1\nb: [x\n", 3, "not YAML: end of sequence flow not found"},
        Refused{"indentation", "a: 1\n  b: 2\n", 2, "not YAML: illegal map value"},
        Refused{"tab", "a:\n\t- b\n", 2, "not YAML: illegal block entry"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(YamlTreeTest, the_deepest_allowed_is_read) {
    EXPECT_TRUE(parse_yaml("a: " + std::string(15, '[') + std::string(15, ']')));
}

}  // namespace
}  // namespace evergrant::catalog
