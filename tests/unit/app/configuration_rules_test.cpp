//
// What must hold between settings, encryption keys, and what serving needs.
//
#include "configuration_fixture.h"

#include <gmock/gmock.h>

namespace evergrant::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConfigurationRulesTest : public testing::ConfigurationFixture {};

TEST_F(ConfigurationRulesTest, plain_http_is_for_this_machine_or_for_development) {
    sources.environment = {{"BASE_URL", "http://localhost:3000"}};
    EXPECT_THAT(problems(), IsEmpty());

    sources.environment = {{"BASE_URL", "http://grants.test"}, {"EVERGRANT_DEV", "true"}};
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigurationRulesTest, jwts_are_verified_by_a_secret_or_by_a_key_set_not_both) {
    sources.environment = {{"EVERGRANT_JWT_JWKS_URL", "https://id.example.com/jwks"},
                           {"EVERGRANT_JWT_ISSUER", "https://id.example.com"},
                           {"EVERGRANT_JWT_AUDIENCE", "evergrant"}};
    EXPECT_THAT(problems(), IsEmpty());

    sources.environment["JWT_SECRET"] = good_secret;
    EXPECT_THAT(problems(), ElementsAre("environment: EVERGRANT_JWT_JWKS_URL and jwt.secret are both set; keep one."));
}

TEST_F(ConfigurationRulesTest, a_key_set_is_fetched_over_https) {
    sources.environment = {{"EVERGRANT_JWT_JWKS_URL", "http://localhost:9000/jwks"},
                           {"EVERGRANT_JWT_ISSUER", "x"},
                           {"EVERGRANT_JWT_AUDIENCE", "y"}};
    EXPECT_THAT(problems(), ElementsAre("environment: EVERGRANT_JWT_JWKS_URL must be https."));

    sources.environment["EVERGRANT_DEV"] = "true";
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigurationRulesTest, a_channel_of_alerts_is_whole_or_refused) {
    sources.environment = {{"EVERGRANT_ALERTS_WEBHOOK_URL", "https://alerts.example.com"}};
    EXPECT_THAT(problems(), ElementsAre("environment: EVERGRANT_ALERTS_WEBHOOK_URL needs alerts.webhook_secret, or its "
                                        "receiver cannot know that a message is ours."));

    sources.environment = {{"ALERT_EMAIL_RECIPIENTS", "ops@example.com"}};
    EXPECT_THAT(problems(), ElementsAre("environment: ALERT_EMAIL_RECIPIENTS does nothing without alerts.smtp_url."));
    sources.environment["ALERT_EMAIL_ENABLED"] = "false";
    EXPECT_THAT(problems(), IsEmpty());

    sources.environment = {{"TWILIO_ACCOUNT_SID", "AC1"}, {"ALERT_SMS_RECIPIENTS", "+15550100"}};
    EXPECT_THAT(problems(), ElementsAre("environment: TWILIO_ACCOUNT_SID needs alerts.twilio_auth_token and "
                                        "alerts.twilio_from_number."));
}

TEST_F(ConfigurationRulesTest, alerts_are_sent_over_https_and_in_development_to_this_machine_by_http_too) {
    sources.environment = {{"SLACK_WEBHOOK_URL", "http://127.0.0.1:9000/hook"}};
    EXPECT_THAT(problems(), ElementsAre("environment: SLACK_WEBHOOK_URL must be https."));

    sources.environment["EVERGRANT_DEV"] = "true";
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigurationRulesTest, metrics_need_an_address_of_their_own) {
    sources.flags = {{"--metrics-listen", {"127.0.0.1:3000"}}};

    EXPECT_THAT(problems(), ElementsAre("command line: --metrics-listen must not be the address of listen."));
}

TEST_F(ConfigurationRulesTest, several_encryption_keys_keep_their_order) {
    sources.environment["ENCRYPTION_KEY"] = std::string(first_key) + "," + second_key;

    const auto loaded = load();

    ASSERT_EQ(loaded.configuration.encryption.keys.size(), 2U);
    EXPECT_EQ(loaded.configuration.encryption.keys[0].reveal(), first_key);
    EXPECT_EQ(loaded.configuration.encryption.keys[1].reveal(), second_key);
}

TEST_F(ConfigurationRulesTest, a_keys_file_holds_one_key_a_line) {
    const auto file = folder.write("keys", "# since May\n" + std::string(first_key) + "\n\n  " + second_key + "\r\n");
    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = file.string();

    const auto loaded = load();

    EXPECT_THAT(loaded.problems, IsEmpty());
    ASSERT_EQ(loaded.configuration.encryption.keys.size(), 2U);
    EXPECT_EQ(loaded.configuration.encryption.keys[0].reveal(), first_key);
    EXPECT_EQ(loaded.configuration.encryption.keys[1].reveal(), second_key);
}

TEST_F(ConfigurationRulesTest, what_is_wrong_with_a_keys_file_is_named_by_line_and_never_quoted) {
    const std::string file = folder.write("keys", std::string(first_key) + "\nopensesame\n").string();
    const std::string empty = folder.write("empty", "# none yet\n").string();
    const std::string missing = (folder.path() / "missing").string();

    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = file;
    EXPECT_THAT(problems(),
                ElementsAre(file + ":2: the key must be 64 hexadecimal digits, and has 10 characters (openssl rand "
                                   "-hex 32 makes one)."));
    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = empty;
    EXPECT_THAT(problems(), ElementsAre(empty + ": holds no usable key (openssl rand -hex 32 makes one)."));
    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = missing;
    EXPECT_THAT(problems(), ElementsAre(missing + ": the file cannot be read: No such file or directory."));
}

TEST_F(ConfigurationRulesTest, keys_come_from_one_place) {
    sources.environment["ENCRYPTION_KEY"] = first_key;
    sources.environment["EVERGRANT_ENCRYPTION_KEYS_FILE"] = folder.write("keys", second_key).string();

    EXPECT_THAT(problems(),
                ElementsAre("environment: EVERGRANT_ENCRYPTION_KEYS_FILE and encryption.keys are both set; keep "
                            "one, so that it is plain which key encrypts."));
}

TEST_F(ConfigurationRulesTest, a_store_needs_a_key) {
    const auto without_key = load();
    sources.environment = {{"ENCRYPTION_KEY", first_key}};
    const auto good = load();

    EXPECT_THAT(
        missing_for_store(without_key.configuration),
        ElementsAre(
            "There is no encryption key. Set ENCRYPTION_KEY or encryption.keys_file (openssl rand -hex 32 makes "
            "a key) and keep it: without it nothing stored can be read again."));
    EXPECT_THAT(missing_for_store(good.configuration), IsEmpty());
}

TEST_F(ConfigurationRulesTest, what_replicas_share_needs_a_database_they_share) {
    sources.environment["REDIS_URL"] = "redis://cache";
    sources.environment["EVERGRANT_DATABASE_LISTEN_URL"] = "postgresql://db";
    sources.environment["EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS"] = "5";

    EXPECT_THAT(problems(),
                ElementsAre("environment: REDIS_URL does nothing without database.url: one process with its data in "
                            "its own folder shares nothing.",
                            "environment: EVERGRANT_DATABASE_LISTEN_URL does nothing without database.url.",
                            "environment: EVERGRANT_FLEET_TRUST_WITH_NEWS_SECONDS must be at least "
                            "fleet.trust_seconds, and is 5 against 10."));
}

TEST_F(ConfigurationRulesTest, a_fleet_has_a_database_and_may_have_a_cache) {
    sources.environment = {{"DATABASE_URL", "postgresql://db/evergrant"},
                           {"REDIS_URL", "redis+sentinel://a:26379,b:26379/main"},
                           {"REDIS_PASSWORD", "hunter2"}};

    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigurationRulesTest, an_address_that_may_hold_a_password_is_not_shown) {
    sources.environment = {{"DATABASE_URL", "mysql://root:hunter2@db"}, {"REDIS_URL", "http://:hunter2@cache"}};

    for (const std::string& problem : problems())
        EXPECT_EQ(problem.find("hunter2"), std::string::npos) << problem;
    EXPECT_EQ(problems().size(), 2U);
}

TEST(PublicUrlTest, is_the_base_url_or_this_machine) {
    Configuration configuration;
    EXPECT_EQ(public_url(configuration, 4321), "http://localhost:4321");

    configuration.base_url = "https://grants.example.com";
    EXPECT_EQ(public_url(configuration, 4321), "https://grants.example.com");
}

}  // namespace
}  // namespace evergrant::app
