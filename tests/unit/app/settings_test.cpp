#include "app/setting.h"

#include "app/configuration_file.h"
#include "app/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace evergrant::app {
namespace {

std::string read(const std::string& file) {
    std::ifstream stream(std::string(EVERGRANT_SOURCE_DIR) + "/" + file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(SettingsTest, names_variables_and_flags_are_each_given_once) {
    std::set<std::string> seen;
    for (const Setting& setting : settings()) {
        EXPECT_TRUE(seen.emplace(setting.name).second) << setting.name;
        for (const std::string& name : environment_names(setting))
            EXPECT_TRUE(seen.insert(name).second) << name;
        if (!setting.flag.empty()) {
            EXPECT_TRUE(seen.emplace(setting.flag).second) << setting.flag;
        }
    }
}

TEST(SettingsTest, a_default_is_written_down_as_it_is_read) {
    for (const Setting& setting : settings()) {
        if (setting.default_value.empty())
            continue;
        Configuration configuration;
        ASSERT_TRUE(setting.kind.set(configuration, items_of(setting, setting.default_value))) << setting.name;
        EXPECT_EQ(setting.kind.text(configuration), setting.default_value) << setting.name;
    }
}

TEST(SettingsTest, a_setting_that_is_not_set_is_written_down_as_nothing) {
    const Configuration configuration;
    for (const Setting& setting : settings()) {
        if (setting.default_value.empty()) {
            EXPECT_EQ(setting.kind.text(configuration), "") << setting.name;
        }
    }
}

TEST(SettingsTest, a_secret_has_no_flag_no_default_and_is_masked) {
    const auto good_value_of = [](const Setting& setting) -> std::string {
        if (setting.kind.accepts.contains("postgresql://"))
            return "postgresql://user:password@host/name";
        if (setting.kind.accepts.contains("smtp://"))
            return "smtp://user:password@mail";
        if (setting.kind.accepts.contains("whsec_"))
            return "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        if (setting.name.starts_with("alerts.") && setting.kind.accepts.contains("http"))
            return "https://hooks.example.com/services/secret";
        if (setting.kind.accepts.contains("redis://"))
            return "redis://:password@host";
        if (setting.kind.accepts.contains("http"))
            return "http://user:password@proxy:3128";
        return "00112233445566778899aabbccddeeff102132435465768798a9babbdcddeef0";
    };
    int secrets = 0;
    for (const Setting& setting : settings()) {
        if (!setting.kind.is_secret)
            continue;
        Configuration configuration;
        ASSERT_TRUE(setting.kind.set(configuration, {good_value_of(setting)})) << setting.name;
        EXPECT_EQ(setting.kind.text(configuration), "****") << setting.name;
        EXPECT_EQ(setting.flag, "") << setting.name;
        EXPECT_EQ(setting.default_value, "") << setting.name;
        ++secrets;
    }
    EXPECT_EQ(secrets, 14);
}

TEST(SettingsTest, the_name_in_the_environment_follows_from_the_name) {
    EXPECT_EQ(environment_name(*find_setting("refresh.margin_seconds")), "EVERGRANT_REFRESH_MARGIN_SECONDS");
    EXPECT_THAT(environment_names(*find_setting("base_url")),
                ::testing::ElementsAre("EVERGRANT_BASE_URL", "BASE_URL", "WEBHOOK_BASE_URL"));
    EXPECT_EQ(find_setting("refresh"), nullptr);
}

TEST(SettingsTest, text_is_split_at_commas_for_a_list_alone) {
    EXPECT_THAT(items_of(*find_setting("catalog"), "one, two ,three"), ::testing::ElementsAre("one", "two", "three"));
    EXPECT_THAT(items_of(*find_setting("data"), " a,b "), ::testing::ElementsAre("a,b"));
}

/// The reference's row of a setting.
std::string row_of(const Setting& setting) {
    std::string variables;
    for (const std::string& name : environment_names(setting))
        variables += (variables.empty() ? "`" : ", `") + name + "`";
    const auto code = [](std::string_view text) {
        return text.empty() ? std::string("–") : "`" + std::string(text) + "`";
    };
    return "| `" + std::string(setting.name) + "` | " + code(setting.default_value) + " | " + setting.kind.accepts +
           " | " + variables + " | " + code(setting.flag) + " | " + std::string(setting.meaning) + " |\n";
}

TEST(SettingsTest, the_reference_in_the_documents_is_this_table) {
    std::string table;
    for (const Setting& setting : settings())
        table += row_of(setting);

    const std::string document = read("docs/configuration.md");

    EXPECT_NE(document.find(table), std::string::npos) << "docs/configuration.md must hold exactly these rows:\n"
                                                       << table;
}

/// The example with every setting's comment sign taken away.
std::string uncommented(const std::string& example) {
    return std::regex_replace(example, std::regex("(^|\n)( *)#([a-z_]+:)"), "$1$2$3");
}

TEST(SettingsTest, the_example_sets_nothing_as_it_is) {
    const auto found = parse_configuration(read("evergrant.example.yaml"), "evergrant.example.yaml");

    EXPECT_TRUE(found.problems.empty());
    EXPECT_TRUE(found.settings.empty());
}

TEST(SettingsTest, the_example_names_every_setting_with_its_default) {
    const auto found = parse_configuration(uncommented(read("evergrant.example.yaml")), "evergrant.example.yaml");

    for (const ConfigurationProblem& problem : found.problems)
        ADD_FAILURE() << problem.to_string();
    for (const Setting& setting : settings()) {
        const auto named = std::ranges::find(found.settings, &setting, &FileSetting::setting);
        ASSERT_NE(named, found.settings.end()) << setting.name;
        if (!setting.default_value.empty()) {
            EXPECT_EQ(named->items.front(), setting.default_value) << setting.name;
        }
    }
}

TEST(VersionTest, is_the_one_of_the_build) {
    EXPECT_NE(read("CMakeLists.txt").find("project(evergrant VERSION " + std::string(version) + " "),
              std::string::npos);
}

}  // namespace
}  // namespace evergrant::app
