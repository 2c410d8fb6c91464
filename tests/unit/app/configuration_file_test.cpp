#include "app/configuration_file.h"

#include "temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace evergrant::app {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> problems_of(std::string_view yaml) {
    std::vector<std::string> sentences;
    for (const ConfigurationProblem& problem : parse_configuration(yaml, "evergrant.yaml").problems)
        sentences.push_back(problem.to_string());
    return sentences;
}

TEST(ConfigurationFileTest, settings_stand_in_sections_and_bear_their_lines) {
    const auto found =
        parse_configuration("listen: 127.0.0.1:8080\n\nrefresh:\n  margin_seconds: 60\n", "evergrant.yaml");

    ASSERT_TRUE(found.problems.empty());
    ASSERT_EQ(found.settings.size(), 2U);
    EXPECT_EQ(found.settings[0].setting->name, "listen");
    EXPECT_EQ(found.settings[1].setting->name, "refresh.margin_seconds");
    EXPECT_THAT(found.settings[1].items, ElementsAre("60"));
    EXPECT_EQ(found.settings[1].origin.to_string(), "evergrant.yaml:4");
}

TEST(ConfigurationFileTest, a_list_may_be_written_as_one_value) {
    const auto several = parse_configuration("catalog: [one, two]\n", "f");
    const auto one = parse_configuration("catalog: one\n", "f");

    ASSERT_EQ(several.settings.size(), 1U);
    EXPECT_THAT(several.settings.front().items, ElementsAre("one", "two"));
    ASSERT_EQ(one.settings.size(), 1U);
    EXPECT_THAT(one.settings.front().items, ElementsAre("one"));
}

TEST(ConfigurationFileTest, an_empty_file_sets_nothing) {
    for (const std::string_view yaml : {"", "# nothing yet\n", "---\n"}) {
        const auto found = parse_configuration(yaml, "f");
        EXPECT_TRUE(found.settings.empty() && found.problems.empty()) << yaml;
    }
}

TEST(ConfigurationFileTest, what_is_wrong_is_named_with_file_line_and_the_nearest_known_name) {
    struct Case {
        std::string_view name;
        std::string_view yaml;
        std::string problem;
    };
    const std::array cases{
        Case{"misspelt", "data: x\nlisen: 127.0.0.1:1\n",
             "evergrant.yaml:2: unknown setting \"lisen\"; did you mean \"listen\"?"},
        Case{"misspelt in a section", "refresh:\n  margin_second: 60\n",
             "evergrant.yaml:2: unknown setting \"refresh.margin_second\"; did you mean \"refresh.margin_seconds\"?"},
        Case{"misspelt section", "refesh:\n  margin_seconds: 60\n",
             "evergrant.yaml:1: unknown setting \"refesh\"; did you mean \"refresh\"?"},
        Case{"in the wrong section", "margin_seconds: 60\n",
             "evergrant.yaml:1: unknown setting \"margin_seconds\"; did you mean \"refresh.margin_seconds\"?"},
        Case{"like nothing known", "quaternions: 4\n", "evergrant.yaml:1: unknown setting \"quaternions\"."},
        Case{"twice, once with its section's name", "refresh.ahead: true\nrefresh:\n  ahead: true\n",
             "evergrant.yaml:3: refresh.ahead is given twice."},
        Case{"twice", "data: x\ndata: y\n", "evergrant.yaml:2: data is given twice."},
        Case{"section twice", "jwt:\n  issuer: x\njwt:\n  audience: y\n", "evergrant.yaml:3: jwt is given twice."},
        Case{"section as a value", "refresh: 60\n",
             "evergrant.yaml:1: refresh is a section; its settings stand below it, indented."},
        Case{"without a value", "data:\n", "evergrant.yaml:1: data has no value."},
        Case{"a list for one value", "data: [x, y]\n", "evergrant.yaml:1: data takes one value, not a list."},
        Case{"a mapping for a value", "data:\n  folder: x\n",
             "evergrant.yaml:1: data takes plain values, nothing nested."},
        Case{"nested list", "catalog: [[x]]\n", "evergrant.yaml:1: catalog takes plain values, nothing nested."},
        Case{"no mapping", "- listen\n",
             "evergrant.yaml:1: a configuration is a mapping of settings, such as \"listen: 127.0.0.1:3000\"."},
    };
    for (const Case& c : cases)
        EXPECT_THAT(problems_of(c.yaml), ElementsAre(c.problem)) << c.name;
}

TEST(ConfigurationFileTest, what_is_not_yaml_is_named_with_its_line) {
    const auto problems = problems_of("data: x\nlisten: [1, 2\n");

    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems.front(), ::testing::StartsWith("evergrant.yaml:"));
}

TEST(ConfigurationFileTest, a_secret_in_a_file_that_all_can_read_is_refused) {
    const testing::TemporaryFolder folder;
    const auto file = folder.write("evergrant.yaml", "data: x\njwt:\n  secret: 0123456789abcdef0123456789abcdef\n");

    const auto closed = read_configuration_file(file);
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    const auto open = read_configuration_file(file);

    EXPECT_TRUE(closed.problems.empty());
    ASSERT_EQ(open.problems.size(), 1U);
    EXPECT_EQ(open.problems.front().to_string(), file.string() +
                                                     ":3: jwt.secret is a secret, and the file can be read or "
                                                     "written by every user of this machine (chmod 600 " +
                                                     file.string() + " closes it).");
}

TEST(ConfigurationFileTest, a_file_without_secrets_may_be_read_by_all) {
    const testing::TemporaryFolder folder;
    const auto file = folder.write("evergrant.yaml", "data: x\n");
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);

    EXPECT_TRUE(read_configuration_file(file).problems.empty());
}

TEST(ConfigurationFileTest, a_file_that_is_not_there_is_a_problem) {
    const testing::TemporaryFolder folder;
    const auto file = folder.path() / "missing.yaml";

    const auto found = read_configuration_file(file);

    ASSERT_EQ(found.problems.size(), 1U);
    EXPECT_EQ(found.problems.front().to_string(),
              file.string() + ": the file cannot be read: No such file or directory.");
}

}  // namespace
}  // namespace evergrant::app
