//
// Project Wycheproof's vectors, where they lie beside the checkout.
//
#include "crypto/aead.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"
#include "scripted_random.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace evergrant::crypto {
namespace {

using boost::json::object;
using boost::json::value;

/// Nothing if the file is not there.
std::optional<value> load(std::string_view name) {
    const auto path = std::filesystem::path(EVERGRANT_SOURCE_DIR) / "../shared/data/wycheproof" / name;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return std::nullopt;
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

constexpr auto absent = "The Wycheproof vectors do not lie in ../shared/data.";

std::string_view text(const object& members, std::string_view name) {
    const auto* found = members.if_contains(name);
    return found == nullptr ? std::string_view() : std::string_view(found->as_string());
}

std::string bytes(const object& members, std::string_view name) {
    return from_hex(text(members, name)).value();
}

/// Runs `check` on every test of every group.
template <class Check>
void for_each(const value& document, Check check) {
    for (const auto& group : document.at("testGroups").as_array())
        for (const auto& test : group.at("tests").as_array()) {
            SCOPED_TRACE(boost::json::serialize(test.at("tcId")) + " " +
                         std::string(text(test.as_object(), "comment")));
            check(group.as_object(), test.as_object());
        }
}

AeadKey aead_key(std::string_view material) {
    std::array<std::byte, 32> key{};
    std::ranges::copy(bytes_of(material), key.begin());
    return AeadKey(key);
}

TEST(WycheproofTest, aes_256_gcm) {
    const auto document = load("aes_gcm_test.json");
    if (!document)
        GTEST_SKIP() << absent;
    int ran = 0;

    for_each(*document, [&](const object& group, const object& test) {
        if (group.at("ivSize") != 96 || group.at("keySize") != 256 || group.at("tagSize") != 128)
            return;
        ++ran;
        const auto key = aead_key(bytes(test, "key"));
        const auto box = bytes(test, "iv") + bytes(test, "ct") + bytes(test, "tag");
        const bool valid = text(test, "result") == "valid";

        const auto opened = aead_open(key, box, bytes(test, "aad"));

        ASSERT_EQ(opened.has_value(), valid);
        if (!valid)
            return;
        EXPECT_EQ(opened->reveal(), bytes(test, "msg"));
        testing::ScriptedRandom nonce(bytes(test, "iv"));
        EXPECT_EQ(aead_seal(key, bytes(test, "msg"), bytes(test, "aad"), nonce), box);
    });

    EXPECT_GT(ran, 50);
}

TEST(WycheproofTest, hkdf_sha256) {
    const auto document = load("hkdf_sha256_test.json");
    if (!document)
        GTEST_SKIP() << absent;
    int ran = 0;

    for_each(*document, [&](const object&, const object& test) {
        ++ran;
        const auto key = bytes(test, "ikm");
        const auto salt = bytes(test, "salt");
        const auto size = test.at("size").to_number<std::size_t>();
        const auto derive = [&] { return hkdf_sha256(bytes_of(key), bytes_of(salt), bytes(test, "info"), size); };

        if (text(test, "result") == "valid")
            EXPECT_EQ(derive().reveal(), bytes(test, "okm"));
        else
            EXPECT_THROW((void)derive(), std::invalid_argument);
    });

    EXPECT_EQ(ran, 86);
}

/// The keys of a group or a set; nothing if none of them is one that this server takes.
std::optional<JwtKeys> keys_of(const object& group) {
    const auto& material = group.contains("public") ? group.at("public") : group.at("private");
    const auto& members = material.as_object();
    const auto& first = members.contains("keys") ? members.at("keys").at(0).as_object() : members;
    if (text(first, "kty") == "oct" && text(first, "alg") == "HS256") {
        auto secret = from_base64url(text(first, "k")).value();
        if (secret.size() < JwtKeys::shortest_secret)
            return std::nullopt;
        return JwtKeys::shared_secret(SecretString(std::move(secret)));
    }
    const auto set = members.contains("keys") ? members : object{{"keys", {members}}};
    auto keys = JwtKeys::from_jwks(boost::json::serialize(set));
    return keys ? std::optional(std::move(*keys)) : std::nullopt;
}

bool opens(const std::optional<JwtKeys>& keys, const object& test) {
    const auto& token = test.at("jws");
    const auto compact = token.is_string() ? std::string(token.as_string()) : boost::json::serialize(token);
    return keys && keys->open(compact);
}

TEST(WycheproofTest, json_web_signatures) {
    const auto document = load("json_web_signature_test.json");
    if (!document)
        GTEST_SKIP() << absent;
    const std::map<std::int64_t, bool> otherwise{
        {346, false}, {350, false},  // signed by PS384 under a key that says it is for PS256
        {347, false}, {351, false},  // P-521, which this server does not take
        {372, false}, {373, false},  // base64url with a letter that does not belong
        {367, true},  {370, true},   // byte for byte the valid token of 357: the padding they speak of is gone
    };
    int accepted = 0;

    for_each(*document, [&](const object& group, const object& test) {
        const auto id = test.at("tcId").as_int64();
        const bool valid = otherwise.contains(id) ? otherwise.at(id) : text(test, "result") == "valid";

        const bool opened = opens(keys_of(group), test);

        EXPECT_EQ(opened, valid);
        accepted += opened ? 1 : 0;
    });

    EXPECT_GT(accepted, 30);
}

TEST(WycheproofTest, json_web_keys) {
    const auto document = load("json_web_key_test.json");
    if (!document)
        GTEST_SKIP() << absent;
    // Sets of symmetric keys, of which this server takes one secret alone: 2 is valid under it, 14 and 15 are HS384
    // and HS512.
    const std::set<std::int64_t> stricter{14, 15};
    // A set of symmetric keys is never read: the secret comes from the configuration.
    const std::set<std::string_view> no_sets{"jws_mixedSymmetryKeyset", "jws_duplicate_kid"};
    int ran = 0;

    for_each(*document, [&](const object& group, const object& test) {
        if (no_sets.contains(text(group, "comment")))
            return;
        ++ran;
        const bool valid = text(test, "result") == "valid" && !stricter.contains(test.at("tcId").as_int64());

        EXPECT_EQ(opens(keys_of(group), test), valid);
    });

    EXPECT_EQ(ran, 24);
}

}  // namespace
}  // namespace evergrant::crypto
