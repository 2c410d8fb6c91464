#include "crypto/jwt.h"
#include "signing_key.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace evergrant::crypto {
namespace {

using boost::json::object;
using testing::key_set;
using testing::sign_compact;
using testing::SigningKey;

bool verifies(const JwtKeys& keys) {
    return keys.open(sign_compact(SigningKey::p256(), "ES256", R"({"alg":"ES256"})", "payload")).has_value();
}

struct Spoilt {
    std::string_view name;
    std::function<const SigningKey&()> key;
    std::function<void(object&)> spoil;
};

const Spoilt spoilt_keys[] = {
    {"another use", SigningKey::p256, [](object& jwk) { jwk["use"] = "enc"; }},
    {"a use that is no text", SigningKey::p256, [](object& jwk) { jwk["use"] = 1; }},
    {"other operations", SigningKey::p256, [](object& jwk) { jwk["key_ops"] = boost::json::array{"sign"}; }},
    {"operations that are no list", SigningKey::p256, [](object& jwk) { jwk["key_ops"] = "verify"; }},
    {"no type", SigningKey::p256, [](object& jwk) { jwk.erase("kty"); }},
    {"a type that is no text", SigningKey::p256, [](object& jwk) { jwk["kty"] = nullptr; }},
    {"another type", SigningKey::p256, [](object& jwk) { jwk["kty"] = "RSA"; }},
    {"a symmetric key", SigningKey::p256, [](object& jwk) { jwk = {{"kty", "oct"}, {"k", "c2VjcmV0"}}; }},
    {"no curve", SigningKey::p256, [](object& jwk) { jwk.erase("crv"); }},
    {"a curve that is no text", SigningKey::p256, [](object& jwk) { jwk["crv"] = 256; }},
    {"another curve", SigningKey::p256, [](object& jwk) { jwk["crv"] = "P-384"; }},
    {"an unknown curve", SigningKey::p256, [](object& jwk) { jwk["crv"] = "secp256k1"; }},
    {"another algorithm", SigningKey::p256, [](object& jwk) { jwk["alg"] = "ES384"; }},
    {"an algorithm that is no text", SigningKey::p256, [](object& jwk) { jwk["alg"] = true; }},
    {"an id that is no text", SigningKey::p256, [](object& jwk) { jwk["kid"] = 7; }},
    {"no coordinate x", SigningKey::p256, [](object& jwk) { jwk.erase("x"); }},
    {"no coordinate y", SigningKey::p256, [](object& jwk) { jwk.erase("y"); }},
    {"a coordinate that is no text", SigningKey::p256, [](object& jwk) { jwk["x"] = 1; }},
    {"a coordinate that is no base64url", SigningKey::p256, [](object& jwk) { jwk["x"] = "+"; }},
    {"a coordinate with a zero in front", SigningKey::p256,
     [](object& jwk) { jwk["x"] = testing::encode(std::string(33, '\0')); }},
    {"a point that is not on the curve", SigningKey::p256, [](object& jwk) { jwk["x"] = jwk["y"]; }},
    {"the point at no place", SigningKey::p256,
     [](object& jwk) { jwk["x"] = jwk["y"] = testing::encode(std::string(32, '\0')); }},
    {"coordinates beyond the field", SigningKey::p256,
     [](object& jwk) { jwk["x"] = jwk["y"] = testing::encode(std::string(32, '\xff')); }},
    {"an Edwards key that is too short", SigningKey::ed25519,
     [](object& jwk) { jwk["x"] = testing::encode(std::string(31, 'x')); }},
    {"an Edwards key without its point", SigningKey::ed25519, [](object& jwk) { jwk.erase("x"); }},
    {"another Edwards curve", SigningKey::ed25519, [](object& jwk) { jwk["crv"] = "X25519"; }},
    {"no modulus", SigningKey::rsa, [](object& jwk) { jwk.erase("n"); }},
    {"no exponent", SigningKey::rsa, [](object& jwk) { jwk.erase("e"); }},
    {"an exponent of one", SigningKey::rsa, [](object& jwk) { jwk["e"] = "AQ"; }},
    {"an even exponent", SigningKey::rsa, [](object& jwk) { jwk["e"] = "Ag"; }},
    {"an exponent of 65 bits", SigningKey::rsa,
     [](object& jwk) { jwk["e"] = testing::encode(std::string("\x01\0\0\0\0\0\0\0\x01", 9)); }},
    {"an even modulus", SigningKey::rsa,
     [](object& jwk) { jwk["n"] = testing::encode(std::string(255, '\xff') + "\xfe"); }},
    {"a modulus of 2,047 bits", SigningKey::rsa,
     [](object& jwk) { jwk["n"] = testing::encode("\x7f" + std::string(255, '\xff')); }},
    {"a modulus of 8,193 bits", SigningKey::rsa,
     [](object& jwk) { jwk["n"] = testing::encode("\x01" + std::string(1024, '\xff')); }},
    {"an RSA key with a curve", SigningKey::rsa, [](object& jwk) { jwk["crv"] = "P-256"; }},
};

TEST(JwksTest, a_key_that_cannot_verify_is_refused) {
    for (const auto& [name, key, spoil] : spoilt_keys) {
        SCOPED_TRACE(name);
        auto jwk = key().jwk();
        ASSERT_TRUE(JwtKeys::from_jwks(key_set({jwk})));

        spoil(jwk);
        const auto keys = JwtKeys::from_jwks(key_set({jwk}));

        ASSERT_FALSE(keys);
        EXPECT_EQ(keys.error().code, Errc::invalid_request);
        EXPECT_EQ(keys.error().message, "The JWK set holds no key that verifies signatures.");
    }
}

TEST(JwksTest, a_key_that_cannot_verify_does_not_spoil_the_others) {
    for (const auto& [name, key, spoil] : spoilt_keys) {
        SCOPED_TRACE(name);
        auto jwk = key().jwk();
        spoil(jwk);

        const auto keys = JwtKeys::from_jwks(key_set({jwk, SigningKey::p256().jwk()}));

        ASSERT_TRUE(keys);
        EXPECT_TRUE(verifies(*keys));
    }
}

TEST(JwksTest, use_and_operations_that_say_verify_are_taken) {
    auto jwk = SigningKey::p256().jwk();
    jwk["use"] = "sig";
    jwk["key_ops"] = boost::json::array{"sign", "verify"};

    const auto keys = JwtKeys::from_jwks(key_set({jwk}));

    ASSERT_TRUE(keys);
    EXPECT_TRUE(verifies(*keys));
}

TEST(JwksTest, entries_that_are_no_keys_are_passed_over) {
    const auto set = R"({"keys":[1,null,[],)" + boost::json::serialize(SigningKey::p256().jwk()) + "]}";

    const auto keys = JwtKeys::from_jwks(set);

    ASSERT_TRUE(keys);
    EXPECT_TRUE(verifies(*keys));
}

TEST(JwksTest, refuses_what_is_no_jwk_set) {
    struct Case {
        std::string_view name;
        std::string_view document;
    };
    constexpr Case cases[] = {
        {"nothing", ""},
        {"no JSON", "keys"},
        {"a list", "[]"},
        {"no keys", "{}"},
        {"keys that are no list", R"({"keys":{}})"},
        {"a member twice", R"({"keys":[],"keys":[]})"},
    };

    for (const auto& [name, document] : cases) {
        SCOPED_TRACE(name);

        const auto keys = JwtKeys::from_jwks(document);

        ASSERT_FALSE(keys);
        EXPECT_EQ(keys.error().message, "The document is not a JWK set.");
    }
}

TEST(JwksTest, refuses_a_document_beyond_256_kib) {
    const auto set = key_set({SigningKey::p256().jwk()});
    const auto padded = [&](std::size_t size) { return set + std::string(size - set.size(), ' '); };

    EXPECT_TRUE(JwtKeys::from_jwks(padded(256 * 1024)));
    EXPECT_FALSE(JwtKeys::from_jwks(padded(256 * 1024 + 1)));
}

TEST(JwksTest, refuses_a_shared_secret_under_32_bytes) {
    EXPECT_THROW((void)JwtKeys::shared_secret(SecretString(std::string(31, 's'))), std::invalid_argument);
    EXPECT_NO_THROW((void)JwtKeys::shared_secret(SecretString(std::string(32, 's'))));
}

TEST(JwksTest, keys_can_be_moved) {
    auto keys = JwtKeys::shared_secret(SecretString(std::string(32, 's')));

    keys = JwtKeys::from_jwks(key_set({SigningKey::p256().jwk()})).value();

    EXPECT_TRUE(verifies(keys));
}

}  // namespace
}  // namespace evergrant::crypto
