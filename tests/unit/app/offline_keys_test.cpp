//
// API keys with no server: the commands open the data folder themselves.
//
#include "command_fixture.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "storage/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;

class OfflineKeysTest : public CommandFixture {
protected:
    OfflineKeysTest() {
        environment = {{"ENCRYPTION_KEY", some_key}, {"EVERGRANT_DATA", (folder.path() / "data").string()}};
    }

    boost::json::array list() {
        EXPECT_EQ(run({"keys", "list", "--json"}), 0) << error;
        return boost::json::parse(out).as_array();
    }
};

TEST_F(OfflineKeysTest, the_first_key_is_made_before_any_server_runs) {
    ASSERT_EQ(run({"keys", "create", "--name", "first", "--role", "admin"}), 0) << error;

    EXPECT_THAT(out, ::testing::MatchesRegex("eg_[0-9a-f]+_[A-Za-z0-9_-]+\n"));
    EXPECT_THAT(error, HasSubstr("It is shown this one time"));
    const auto keys = list();
    ASSERT_EQ(keys.size(), 1U);
    const auto& key = keys.front().as_object();
    EXPECT_EQ(key.at("name"), "first");
    EXPECT_EQ(key.at("role"), "admin");
    EXPECT_EQ(key.at("revokedAt"), nullptr);
    EXPECT_EQ(key.at("createdAt"), "2026-01-31T12:00:00Z");
}

TEST_F(OfflineKeysTest, what_a_key_is_bound_to_and_when_it_ends_is_kept) {
    ASSERT_EQ(run({"keys", "create", "--name", "x", "--tenant", "acme", "--provider", "hubspot", "--expires-in", "1"}),
              0)
        << error;

    const auto keys = list();
    const auto& key = keys.front().as_object();
    EXPECT_EQ(key.at("tenants"), boost::json::parse(R"(["acme"])"));
    EXPECT_EQ(key.at("providers"), boost::json::parse(R"(["hubspot"])"));
    EXPECT_EQ(key.at("expiresAt"), "2026-02-01T12:00:00Z");
}

TEST_F(OfflineKeysTest, a_key_is_revoked) {
    ASSERT_EQ(run({"keys", "create", "--name", "x"}), 0) << error;
    const std::string id(list().front().as_object().at("id").as_string());

    EXPECT_EQ(run({"keys", "revoke", id}), 0) << error;
    EXPECT_EQ(list().front().as_object().at("revokedAt"), "2026-01-31T12:00:00Z");

    EXPECT_EQ(run({"keys", "revoke", "0000"}), 1);
    EXPECT_EQ(error, "evergrant: There is no key \"0000\".\n");
}

TEST_F(OfflineKeysTest, a_provider_that_is_not_known_is_refused) {
    EXPECT_EQ(run({"keys", "create", "--name", "x", "--provider", "hubspt"}), 2);
    EXPECT_THAT(error, HasSubstr("hubspot"));
}

TEST_F(OfflineKeysTest, without_an_encryption_key_the_folder_is_not_opened) {
    environment.erase("ENCRYPTION_KEY");

    EXPECT_EQ(run({"keys", "create", "--name", "x"}), 3);
    EXPECT_THAT(error, HasSubstr("There is no encryption key."));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "data"));
}

TEST_F(OfflineKeysTest, a_folder_that_a_server_holds_is_said_to_be_asked_by_url) {
    std::vector<SecretString> keys;
    keys.emplace_back(some_key);
    const auto held =
        storage::open_sqlite_store({.folder = folder.path() / "data"}, *storage::KeyRing::parse(keys), random, clock);
    ASSERT_TRUE(held) << held.error().message;

    EXPECT_EQ(run({"keys", "create", "--name", "x"}), 4);
    EXPECT_THAT(error, HasSubstr("give --url and --key"));
}

TEST_F(OfflineKeysTest, another_encryption_key_does_not_open_the_folder) {
    ASSERT_EQ(run({"keys", "create", "--name", "x"}), 0) << error;
    environment["ENCRYPTION_KEY"] = "f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff";

    EXPECT_EQ(run({"keys", "list"}), 4);
}

}  // namespace
}  // namespace evergrant::testing
