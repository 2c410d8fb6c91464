//
// Commands that need no server: serve's checks, config, providers, version, completion.
//
#include "command_fixture.h"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CommandsTest : public CommandFixture {};

TEST_F(CommandsTest, version_and_help_go_to_standard_output) {
    EXPECT_EQ(run({"version"}), 0);
    EXPECT_EQ(out, "evergrant 0.1.0\n");

    EXPECT_EQ(run({"--help"}), 0);
    EXPECT_THAT(out, HasSubstr("Usage: evergrant"));
    EXPECT_EQ(error, "");
}

TEST_F(CommandsTest, a_wrong_command_line_ends_with_2) {
    EXPECT_EQ(run({"servce"}), 2);
    EXPECT_EQ(error, "evergrant: \"servce\" is not known here; did you mean \"serve\"?\n");
    EXPECT_EQ(out, "");
}

TEST_F(CommandsTest, completion_prints_the_script) {
    EXPECT_EQ(run({"completion", "fish"}), 0);
    EXPECT_THAT(out, HasSubstr("complete -c evergrant"));
}

TEST_F(CommandsTest, serve_starts_with_a_key_alone) {
    environment["ENCRYPTION_KEY"] = some_key;

    EXPECT_EQ(run({"serve", "--listen", "127.0.0.1:0"}), 0);
    EXPECT_EQ(served_on, "127.0.0.1:0");
}

TEST_F(CommandsTest, serve_refuses_to_start_without_a_key) {
    EXPECT_EQ(run({"serve"}), 3);
    EXPECT_THAT(error, HasSubstr("There is no encryption key."));
    EXPECT_EQ(served_on, "");
}

TEST_F(CommandsTest, serve_reports_every_problem_and_warns_of_what_it_does_not_use) {
    environment = {{"ENCRYPTION_KEY", "short"}, {"PORT", "abc"}};
    EXPECT_EQ(run({"serve"}), 3);
    EXPECT_THAT(error, HasSubstr("ENCRYPTION_KEY must be"));
    EXPECT_THAT(error, HasSubstr("PORT must be"));

    environment = {{"ENCRYPTION_KEY", some_key}, {"EVERGRANT_PORTS", "1"}};
    EXPECT_EQ(run({"serve"}), 0);
    EXPECT_THAT(error, HasSubstr("warning: the variable EVERGRANT_PORTS is not a setting"));
}

TEST_F(CommandsTest, config_check_says_that_all_is_good_and_what_to_know) {
    environment["ENCRYPTION_KEY"] = some_key;

    EXPECT_EQ(run({"config", "check"}), 0);
    EXPECT_EQ(out, "The configuration is good.\n");
    EXPECT_THAT(error, HasSubstr("There is no JWT_SECRET and no jwt.jwks_url: API keys alone are accepted."));
}

TEST_F(CommandsTest, config_check_finds_what_serve_would_refuse) {
    environment = {{"ENCRYPTION_KEY", some_key}, {"HUBSPOT_CLIENT_SECRET", "s"}};

    EXPECT_EQ(run({"config", "check"}), 3);
    EXPECT_THAT(error, HasSubstr("HUBSPOT_CLIENT_SECRET is set without HUBSPOT_CLIENT_ID."));
    EXPECT_EQ(out, "");
}

TEST_F(CommandsTest, config_check_finds_settings_that_contradict_each_other) {
    environment = {{"ENCRYPTION_KEY", some_key}, {"REDIS_URL", "redis://x"}};

    EXPECT_EQ(run({"config", "check"}), 3);
    EXPECT_THAT(error, HasSubstr("REDIS_URL does nothing without database.url"));
    EXPECT_EQ(out, "");
}

TEST_F(CommandsTest, config_check_reads_the_catalogues_folders) {
    folder.write("ours.yaml", "id: ours\nnme: Ours\n");
    environment["ENCRYPTION_KEY"] = some_key;

    EXPECT_EQ(run({"config", "check", "--catalog", folder.path().string()}), 3);
    EXPECT_THAT(error, HasSubstr("ours.yaml:2"));
}

TEST_F(CommandsTest, config_show_prints_value_and_source_and_masks_secrets) {
    environment = {{"ENCRYPTION_KEY", some_key},           {"JWT_SECRET", "a signing secret of 32 bytes or so"},
                   {"ZOHO_CLIENT_ID", "1000.ABC"},         {"ZOHO_CLIENT_SECRET", "opensesame"},
                   {"ZOHO_REFRESH_TOKEN", "1000.refresh"}, {"ZOHO_REFRESH_TOKEN_TENANT", "acme"}};

    EXPECT_EQ(run({"config", "show", "--data", "elsewhere"}), 0);

    EXPECT_THAT(out, ::testing::ContainsRegex("data +elsewhere +flag --data\n"));
    EXPECT_THAT(out, ::testing::ContainsRegex("encryption.keys +\\*\\*\\*\\* +environment ENCRYPTION_KEY\n"));
    EXPECT_THAT(out, ::testing::ContainsRegex("jwt.secret +\\*\\*\\*\\* +environment JWT_SECRET\n"));
    EXPECT_THAT(out, ::testing::ContainsRegex("zoho_crm client id +1000.ABC +environment ZOHO_CLIENT_ID\n"));
    EXPECT_THAT(out, ::testing::ContainsRegex("zoho_crm client secret +\\*\\*\\*\\* +environment ZOHO_CLIENT_ID\n"));
    EXPECT_THAT(out, ::testing::ContainsRegex("zoho_crm refresh token for acme +\\*\\*\\*\\* +environment\n"));
    for (const std::string secret : {some_key, "a signing secret", "opensesame", "1000.refresh"})
        EXPECT_THAT(out + error, Not(HasSubstr(secret)));
}

TEST_F(CommandsTest, config_show_as_json_holds_the_same) {
    environment = {
        {"JWT_SECRET", "a signing secret of 32 bytes or so"}, {"HUBSPOT_API_KEY", "pat-1"}, {"EVERGRANT_PORTS", "1"}};

    ASSERT_EQ(run({"config", "show", "--json"}), 0);

    const auto body = boost::json::parse(out).as_object();
    EXPECT_EQ(body.at("settings").as_array().front().as_object().at("name"), "listen");
    EXPECT_EQ(body.at("warnings").as_array().size(), 1U);
    EXPECT_THAT(out, HasSubstr("environment HUBSPOT_API_KEY"));
    EXPECT_THAT(out, Not(HasSubstr("a signing secret")));
    EXPECT_THAT(out, Not(HasSubstr("pat-1")));
}

TEST_F(CommandsTest, providers_are_listed_and_shown) {
    ASSERT_EQ(run({"providers", "list"}), 0);
    EXPECT_THAT(out, HasSubstr("zoho_crm"));

    ASSERT_EQ(run({"providers", "list", "--json"}), 0);
    EXPECT_GE(boost::json::parse(out).as_array().size(), 8U);

    ASSERT_EQ(run({"providers", "show", "hubspot"}), 0);
    EXPECT_EQ(boost::json::parse(out).as_object().at("id"), "hubspot");
}

TEST_F(CommandsTest, an_unknown_provider_is_named_with_the_nearest_known) {
    EXPECT_EQ(run({"providers", "show", "hubspt"}), 1);
    EXPECT_THAT(error, HasSubstr("hubspot"));
}

TEST_F(CommandsTest, a_provider_file_is_checked_with_every_problem_named) {
    const auto good = folder.write("good.yaml", "id: good\nextends: hubspot\nname: Good\n").string();
    const auto bad = folder.write("bad.yaml", "id: bad\nnme: Bad\ncolour: red\n").string();

    EXPECT_EQ(run({"providers", "check", good}), 0);
    EXPECT_EQ(out, good + ": good\n");

    EXPECT_EQ(run({"providers", "check", good, bad, (folder.path() / "missing.yaml").string()}), 1);
    EXPECT_EQ(out, good + ": good\n");
    EXPECT_THAT(error, HasSubstr(bad + ":2:"));
    EXPECT_THAT(error, HasSubstr(bad + ":3:"));
    EXPECT_THAT(error, HasSubstr("missing.yaml: the file cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace evergrant::testing
