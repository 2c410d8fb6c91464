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

TEST_F(ConfigurationRulesTest, serving_needs_a_key_and_no_store_that_this_version_lacks) {
    const auto without_key = load();
    sources.environment = {{"ENCRYPTION_KEY", first_key}, {"DATABASE_URL", "postgres://x"}, {"REDIS_URL", "redis://y"}};
    const auto with_stores = load();
    sources.environment = {{"ENCRYPTION_KEY", first_key}};
    const auto good = load();

    EXPECT_THAT(
        missing_for_serving(without_key.configuration),
        ElementsAre(
            "There is no encryption key. Set ENCRYPTION_KEY or encryption.keys_file (openssl rand -hex 32 makes "
            "a key) and keep it: without it nothing stored can be read again."));
    EXPECT_THAT(
        missing_for_serving(with_stores.configuration),
        ElementsAre("DATABASE_URL is set, but this version keeps its data in its own SQLite file; unset it, and choose "
                    "the folder with --data.",
                    "REDIS_URL is set, but this version runs as one process with its cache in memory; unset it, and "
                    "start one server for each data folder."));
    EXPECT_THAT(missing_for_serving(good.configuration), IsEmpty());
}

TEST(PublicUrlTest, is_the_base_url_or_this_machine) {
    Configuration configuration;
    EXPECT_EQ(public_url(configuration, 4321), "http://localhost:4321");

    configuration.base_url = "https://grants.example.com";
    EXPECT_EQ(public_url(configuration, 4321), "https://grants.example.com");
}

}  // namespace
}  // namespace evergrant::app
