#include "configuration_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace evergrant::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LoadConfigurationTest : public testing::ConfigurationFixture {};

TEST_F(LoadConfigurationTest, with_nothing_given_every_setting_has_its_default) {
    const auto loaded = load();

    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.configuration.listen.to_string(), "127.0.0.1:3000");
    EXPECT_EQ(loaded.configuration.data, "./data");
    EXPECT_EQ(loaded.configuration.refresh.margin, std::chrono::seconds(300));
    EXPECT_EQ(loaded.configuration.log_level, LogLevel::info);
    EXPECT_TRUE(loaded.configuration.refresh.ahead);
    EXPECT_EQ(loaded.configuration.oauth.redirect_uri, broker::RedirectUriMode::shared);
    for (const Origin& origin : loaded.origins)
        EXPECT_EQ(origin.to_string(), "default");
}

TEST_F(LoadConfigurationTest, file_is_stronger_than_default_environment_than_file_and_flag_than_environment) {
    const std::string file = folder.write("evergrant.yaml", "data: from-file\n").string();

    const auto from_file = load();
    sources.environment["EVERGRANT_DATA"] = "from-environment";
    const auto from_environment = load();
    sources.flags = {{"--data", {"from-flag"}}};
    const auto from_flag = load();

    EXPECT_EQ(from_file.configuration.data, "from-file");
    EXPECT_EQ(from_file.origin_of("data").to_string(), file + ":1");
    EXPECT_EQ(from_environment.configuration.data, "from-environment");
    EXPECT_EQ(from_environment.origin_of("data").to_string(), "environment EVERGRANT_DATA");
    EXPECT_EQ(from_flag.configuration.data, "from-flag");
    EXPECT_EQ(from_flag.origin_of("data").to_string(), "flag --data");
}

TEST_F(LoadConfigurationTest, a_list_of_a_stronger_source_replaces_the_weaker_list) {
    folder.write("evergrant.yaml", "catalog: [one, two]\n");
    sources.flags = {{"--catalog", {"three"}}};

    EXPECT_THAT(load().configuration.catalog, ElementsAre("three"));
}

TEST_F(LoadConfigurationTest, port_changes_the_port_and_keeps_the_host) {
    sources.environment["PORT"] = "8080";
    EXPECT_EQ(load().configuration.listen.to_string(), "127.0.0.1:8080");

    folder.write("evergrant.yaml", "listen: 0.0.0.0:3000\n");
    EXPECT_EQ(load().configuration.listen.to_string(), "0.0.0.0:8080");

    sources.flags = {{"--listen", {"[::1]:9000"}}};
    EXPECT_EQ(load().configuration.listen.to_string(), "[::1]:9000");
}

TEST_F(LoadConfigurationTest, the_names_of_earlier_systems_work_as_they_are) {
    sources.environment = {{"ENCRYPTION_KEY", first_key},
                           {"JWT_SECRET", good_secret},
                           {"BASE_URL", "https://grants.example.com/"},
                           {"FRONTEND_URL", "https://app.example.com"},
                           {"PORT", "8080"},
                           {"LOG_LEVEL", "debug"}};

    const auto loaded = load();

    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.configuration.encryption.keys.front().reveal(), first_key);
    EXPECT_EQ(loaded.configuration.jwt.secret.reveal(), good_secret);
    EXPECT_EQ(loaded.configuration.base_url, "https://grants.example.com");
    EXPECT_EQ(loaded.configuration.frontend_url, "https://app.example.com");
    EXPECT_EQ(loaded.configuration.listen.port, 8080);
    EXPECT_EQ(loaded.configuration.log_level, LogLevel::debug);
}

TEST_F(LoadConfigurationTest, of_several_names_for_one_setting_the_own_one_is_the_strongest) {
    sources.environment = {{"WEBHOOK_BASE_URL", "https://c.example.com"}};
    EXPECT_EQ(load().configuration.base_url, "https://c.example.com");

    sources.environment["BASE_URL"] = "https://b.example.com";
    EXPECT_EQ(load().configuration.base_url, "https://b.example.com");
    EXPECT_THAT(load().warnings, ElementsAre("the variables BASE_URL and WEBHOOK_BASE_URL differ; BASE_URL is used."));

    sources.environment["EVERGRANT_BASE_URL"] = "https://a.example.com";
    EXPECT_EQ(load().configuration.base_url, "https://a.example.com");
}

TEST_F(LoadConfigurationTest, a_variable_set_to_nothing_is_not_set) {
    sources.environment = {{"PORT", ""}, {"JWT_SECRET", ""}, {"DATABASE_URL", ""}};

    const auto loaded = load();

    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.origin_of("listen").to_string(), "default");
}

TEST_F(LoadConfigurationTest, every_refused_value_is_named_as_it_was_written) {
    struct Case {
        std::string name;
        std::string value;
        std::string problem;
    };
    const std::array cases{
        Case{"PORT", "abc",
             "environment: PORT must be HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH, and is \"abc\"."},
        Case{"EVERGRANT_METRICS_LISTEN", "x:y",
             "environment: EVERGRANT_METRICS_LISTEN must be HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH, and is "
             "\"x:y\"."},
        Case{"EVERGRANT_THREADS", "many",
             "environment: EVERGRANT_THREADS must be a whole number from 0 to 256, and is \"many\"."},
        Case{"EVERGRANT_DEV", "yes", "environment: EVERGRANT_DEV must be true or false, and is \"yes\"."},
        Case{"BASE_URL", "grants.example.com",
             "environment: BASE_URL must be an http or https URL without user name, query and fragment, and is "
             "\"grants.example.com\"."},
        Case{"BASE_URL", "http://grants.example.com",
             "environment: BASE_URL must be https, unless its host is localhost or dev is on."},
        Case{"EVERGRANT_TRUSTED_PROXIES", "10.0.0.0/8, proxy",
             "environment: EVERGRANT_TRUSTED_PROXIES must be an address, a network such as 10.0.0.0/8, or unix, and is "
             "\"proxy\"."},
        Case{"LOG_LEVEL", "loud",
             "environment: LOG_LEVEL must be trace, debug, info, warning or error, and is \"loud\"."},
        Case{"ENCRYPTION_KEY", "abc",
             "environment: ENCRYPTION_KEY must be 64 hexadecimal digits, and has 3 characters (openssl rand -hex 32 "
             "makes "
             "one)."},
        Case{"JWT_SECRET", "secret",
             "environment: JWT_SECRET must be at least 32 bytes long, and has 6 (openssl rand -hex 32 makes one)."},
        Case{"EVERGRANT_OAUTH_REDIRECT_URI", "private",
             "environment: EVERGRANT_OAUTH_REDIRECT_URI must be shared, per_provider or per_context, and is "
             "\"private\"."},
        Case{"EVERGRANT_OAUTH_REDIRECT_ORIGINS", "https://*.example.com",
             "environment: EVERGRANT_OAUTH_REDIRECT_ORIGINS must be an origin such as https://app.example.com, without "
             "a "
             "path, and is \"https://*.example.com\"."},
        Case{"EVERGRANT_REFRESH_MARGIN_SECONDS", "0",
             "environment: EVERGRANT_REFRESH_MARGIN_SECONDS must be a whole number from 1 to 86400, and is \"0\"."},
        Case{"EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS", "31",
             "environment: EVERGRANT_REFRESH_PROVIDER_TIMEOUT_SECONDS must be a whole number from 1 to 30, and is "
             "\"31\"."},
        Case{"EVERGRANT_REFRESH_LEASE_SECONDS", "39",
             "environment: EVERGRANT_REFRESH_LEASE_SECONDS must be at least twice refresh.provider_timeout_seconds, "
             "and is "
             "39 against 20."},
        Case{"EVERGRANT_LIMITS_REQUESTS_IN_FLIGHT", "0",
             "environment: EVERGRANT_LIMITS_REQUESTS_IN_FLIGHT must be a whole number from 1 to 100000, and is \"0\"."},
        Case{"EVERGRANT_JWT_ISSUER", "https://id.example.com",
             "environment: EVERGRANT_JWT_ISSUER does nothing without jwt.secret or jwt.jwks_url."},
        Case{"EVERGRANT_JWT_JWKS_URL", "https://id.example.com/jwks",
             "environment: EVERGRANT_JWT_JWKS_URL needs jwt.issuer and jwt.audience, or any token of that issuer would "
             "be "
             "accepted."},
    };
    for (const Case& c : cases) {
        sources.environment = {{c.name, c.value}};
        EXPECT_THAT(problems(), ElementsAre(c.problem)) << c.name;
    }
}

TEST_F(LoadConfigurationTest, all_problems_are_reported_at_once) {
    const std::string file = folder.write("evergrant.yaml", "thread: 4\nrefresh:\n  margin_seconds: soon\n").string();
    sources.environment["PORT"] = "abc";
    sources.flags = {{"--log-level", {"loud"}}};

    EXPECT_THAT(problems(),
                UnorderedElementsAre(
                    file + ":1: unknown setting \"thread\"; did you mean \"threads\"?",
                    file + ":3: refresh.margin_seconds must be a whole number from 1 to 86400, and is \"soon\".",
                    "environment: PORT must be HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH, and is \"abc\".",
                    "command line: --log-level must be trace, debug, info, warning or error, and is \"loud\"."));
}

TEST_F(LoadConfigurationTest, a_secret_that_is_refused_is_not_repeated) {
    sources.environment = {{"JWT_SECRET", "hunter2"}, {"ENCRYPTION_KEY", "opensesame"}};

    for (const std::string& problem : problems()) {
        EXPECT_EQ(problem.find("hunter2"), std::string::npos);
        EXPECT_EQ(problem.find("opensesame"), std::string::npos);
    }
}

TEST_F(LoadConfigurationTest, a_keys_file_that_all_can_read_is_refused) {
    const std::string file = folder.write("keys", first_key).string();
    std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = file;

    EXPECT_THAT(problems(),
                ElementsAre(file + ": the file can be read or written by every user of this machine (chmod 600 " +
                            file + " closes it)."));
}

TEST_F(LoadConfigurationTest, a_named_file_must_be_there_and_the_usual_one_need_not) {
    EXPECT_THAT(problems(), IsEmpty());

    const std::string missing = (folder.path() / "other.yaml").string();
    sources.environment["EVERGRANT_CONFIG"] = missing;
    EXPECT_THAT(problems(), ElementsAre(missing + ": the file cannot be read: No such file or directory."));

    sources.file = folder.write("named.yaml", "threads: 3\n");
    EXPECT_EQ(load().configuration.threads, 3U);
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(LoadConfigurationTest, what_providers_are_asked_with_is_passed_on_unharmed) {
    sources.environment = {{"HUBSPOT_API_KEY", "pat-1"}};

    const auto loaded = load();

    EXPECT_EQ(value_of(loaded.configuration.environment, "HUBSPOT_API_KEY"), "pat-1");
    EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST_F(LoadConfigurationTest, what_was_read_as_a_setting_is_not_passed_on) {
    sources.environment = {{"JWT_SECRET", good_secret}, {"ZOHO_CLIENT_ID", "1000.X"}};

    EXPECT_THAT(load().configuration.environment, ElementsAre(::testing::Pair("ZOHO_CLIENT_ID", "1000.X")));
}

TEST_F(LoadConfigurationTest, a_misspelt_variable_of_ours_is_warned_of) {
    sources.environment = {{"EVERGRANT_TRUSTED_PROXYS", "10.0.0.1"}};

    EXPECT_THAT(load().warnings, ElementsAre("the variable EVERGRANT_TRUSTED_PROXYS is not a setting; did you mean "
                                             "\"EVERGRANT_TRUSTED_PROXIES\"?"));
}

TEST_F(LoadConfigurationTest, what_an_orchestrator_sets_for_a_service_of_our_name_is_no_setting) {
    sources.environment = {{"EVERGRANT_PORT", "tcp://10.0.0.5:3000"},
                           {"EVERGRANT_PORT_3000_TCP_ADDR", "10.0.0.5"},
                           {"EVERGRANT_SERVICE_HOST", "10.0.0.5"},
                           {"EVERGRANT_SERVICE_PORT_HTTP", "3000"},
                           {"EVERGRANT_URL", "http://localhost:3000"}};

    const auto loaded = load();

    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    EXPECT_EQ(loaded.configuration.listen.port, 3000);
}

}  // namespace
}  // namespace evergrant::app
