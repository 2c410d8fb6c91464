#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"
#include "signing_key.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace evergrant::crypto {
namespace {

using testing::encode;
using testing::key_set;
using testing::sign_compact;
using testing::signing_methods;
using testing::SigningKey;

const std::string secret(32, 's');

JwtKeys keys_of(std::string_view document) {
    return JwtKeys::from_jwks(document).value();
}

boost::json::object jwk_for(std::string_view algorithm) {
    auto jwk = SigningKey::fitting(algorithm).jwk();
    jwk["alg"] = algorithm;
    return jwk;
}

std::string header_for(std::string_view algorithm) {
    return R"({"alg":")" + std::string(algorithm) + R"("})";
}

std::string hs256_token(std::string_view header, std::string_view key = secret) {
    const auto text = encode(header) + "." + encode("payload");
    return text + "." + to_base64url(hmac_sha256(bytes_of(key), text));
}

TEST(JwsTest, opens_what_each_algorithm_signed) {
    for (const auto& method : signing_methods) {
        SCOPED_TRACE(method.name);
        const auto keys = keys_of(key_set({jwk_for(method.name)}));
        const auto token =
            sign_compact(SigningKey::fitting(method.name), method.name, header_for(method.name), "payload");

        const auto content = keys.open(token);

        ASSERT_TRUE(content);
        EXPECT_EQ(content->payload, "payload");
        EXPECT_EQ(content->header.at("alg").as_string(), method.name);
    }
}

TEST(JwsTest, refuses_a_changed_signature_of_each_algorithm) {
    for (const auto& method : signing_methods) {
        SCOPED_TRACE(method.name);
        const auto keys = keys_of(key_set({jwk_for(method.name)}));
        const auto text = encode(header_for(method.name)) + "." + encode("payload");
        auto signature = SigningKey::fitting(method.name).sign(method, text);
        signature.back() = static_cast<char>(signature.back() ^ 1);

        EXPECT_FALSE(keys.open(text + "." + encode(signature)));
    }
}

TEST(JwsTest, a_refused_signature_leaves_no_error_for_the_next_tls_connection) {
    ERR_clear_error();
    const auto keys = keys_of(key_set({jwk_for("RS256")}));

    EXPECT_FALSE(keys.open(encode(header_for("RS256")) + "." + encode("payload") + "." + encode("signature")));

    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(JwsTest, refuses_another_algorithm_than_the_keys_even_if_the_key_could) {
    struct Case {
        std::string_view name;
        std::string_view key;
        std::string_view token;
    };
    constexpr Case cases[] = {
        {"PSS under a key for PKCS #1", "RS256", "PS256"},
        {"PKCS #1 under a key for PSS", "PS256", "RS256"},
        {"a longer digest", "RS256", "RS512"},
        {"another curve", "ES256", "ES384"},
        {"Edwards under EC", "ES256", "EdDSA"},
    };

    for (const auto& [name, key, token] : cases) {
        SCOPED_TRACE(name);
        const auto keys = keys_of(key_set({jwk_for(key)}));

        EXPECT_FALSE(keys.open(sign_compact(SigningKey::fitting(token), token, header_for(token), "payload")));
    }
}

TEST(JwsTest, an_rsa_key_that_names_no_algorithm_is_for_rs256) {
    const auto keys = keys_of(key_set({SigningKey::rsa().jwk()}));

    EXPECT_TRUE(keys.open(sign_compact(SigningKey::rsa(), "RS256", header_for("RS256"), "payload")));
    EXPECT_FALSE(keys.open(sign_compact(SigningKey::rsa(), "PS256", header_for("PS256"), "payload")));
}

TEST(JwsTest, refuses_a_mac_made_with_the_public_key) {
    const auto jwk = jwk_for("RS256");
    const auto keys = keys_of(key_set({jwk}));

    EXPECT_FALSE(keys.open(hs256_token(header_for("HS256"), jwk.at("n").as_string())));
    EXPECT_FALSE(keys.open(hs256_token(header_for("HS256"), boost::json::serialize(jwk))));
    EXPECT_FALSE(keys.open(hs256_token(header_for("RS256"), boost::json::serialize(jwk))));
}

TEST(JwsTest, a_shared_secret_verifies_hs256_alone) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));

    EXPECT_TRUE(keys.open(hs256_token(header_for("HS256"))));
    EXPECT_FALSE(keys.open(hs256_token(header_for("HS256"), std::string(32, 'x'))));
    EXPECT_FALSE(keys.open(hs256_token(header_for("HS384"))));
    EXPECT_FALSE(keys.open(hs256_token(header_for("RS256"))));
}

TEST(JwsTest, none_is_no_algorithm) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));

    for (const auto* name : {"none", "None", "NONE", "nOnE", ""}) {
        SCOPED_TRACE(name);

        EXPECT_FALSE(keys.open(encode(header_for(name)) + "." + encode("payload") + "."));
        EXPECT_FALSE(keys.open(hs256_token(header_for(name))));
    }
}

TEST(JwsTest, refuses_headers_it_does_not_understand_in_full) {
    struct Case {
        std::string_view name;
        std::string_view header;
    };
    constexpr Case cases[] = {
        {"critical extensions", R"({"alg":"HS256","crit":["exp"],"exp":1})"},
        {"critical extensions, none of them", R"({"alg":"HS256","crit":[]})"},
        {"payload that is not encoded", R"({"alg":"HS256","b64":false})"},
        {"a member twice", R"({"alg":"HS256","alg":"HS256"})"},
        {"a member twice, further down", R"({"alg":"HS256","x":[{"a":1,"a":2}]})"},
        {"no algorithm", R"({"typ":"JWT"})"},
        {"an algorithm that is no text", R"({"alg":["HS256"]})"},
        {"a key id that is no text", R"({"alg":"HS256","kid":1})"},
        {"no object", R"(["HS256"])"},
        {"no JSON", "HS256"},
        {"two documents", R"({"alg":"HS256"}{})"},
        {"a comment", R"({"alg":"HS256"/**/})"},
        {"another spelling", R"({"alg":"hs256"})"},
        {"nothing", ""},
    };
    const auto keys = JwtKeys::shared_secret(SecretString(secret));

    for (const auto& [name, header] : cases) {
        SCOPED_TRACE(name);

        EXPECT_FALSE(keys.open(hs256_token(header)));
    }
}

TEST(JwsTest, understands_headers_with_colons_and_quotes_in_text) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));

    EXPECT_TRUE(keys.open(hs256_token(R"({"alg":"HS256","x":["a:\":b\\",{"y":":"}]})")));
}

TEST(JwsTest, refuses_headers_nested_too_deeply) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));
    const auto nested = [](std::size_t depth) {
        return R"({"alg":"HS256","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };

    EXPECT_TRUE(keys.open(hs256_token(nested(15))));
    EXPECT_FALSE(keys.open(hs256_token(nested(16))));
}

TEST(JwsTest, refuses_text_that_is_no_compact_serialization) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));
    const auto token = hs256_token(header_for("HS256"));
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    const std::pair<std::string_view, std::string> cases[] = {
        {"nothing", ""},
        {"dots", ".."},
        {"no signature", token.substr(0, last)},
        {"an empty signature", token.substr(0, last + 1)},
        {"no header", token.substr(first)},
        {"a fourth part", token + "."},
        {"padding", token + "="},
        {"a space before", " " + token},
        {"a line break after", token + "\n"},
        {"a letter of plain base64 in the header", "+" + token},
        {"a letter of plain base64 in the payload", token.substr(0, first + 1) + "+" + token.substr(first + 1)},
        {"a letter more in the signature", token + "A"},
    };

    for (const auto& [name, text] : cases) {
        SCOPED_TRACE(name);

        EXPECT_FALSE(keys.open(text));
    }
}

TEST(JwsTest, refuses_a_token_longer_than_16_kib) {
    const auto keys = JwtKeys::shared_secret(SecretString(secret));
    const auto padded = [](std::size_t size) { return hs256_token(header_for("HS256") + std::string(size, ' ')); };
    const auto shortest = padded(0).size();
    const auto room = (16 * 1024 - shortest) / 4 * 3;

    EXPECT_LE(padded(room).size(), 16U * 1024U);
    EXPECT_TRUE(keys.open(padded(room)));
    EXPECT_GT(padded(room + 4).size(), 16U * 1024U);
    EXPECT_FALSE(keys.open(padded(room + 4)));
}

TEST(JwsTest, the_key_id_chooses_among_keys) {
    auto named = jwk_for("RS256");
    named["kid"] = "one";
    auto other = jwk_for("ES256");
    other["kid"] = "two";
    const auto keys = keys_of(key_set({other, named}));
    const auto token = [](std::string_view header) {
        return sign_compact(SigningKey::rsa(), "RS256", header, "payload");
    };

    EXPECT_TRUE(keys.open(token(R"({"alg":"RS256","kid":"one"})")));
    EXPECT_TRUE(keys.open(token(R"({"alg":"RS256"})")));
    EXPECT_FALSE(keys.open(token(R"({"alg":"RS256","kid":"two"})")));
    EXPECT_FALSE(keys.open(token(R"({"alg":"RS256","kid":"three"})")));
}

TEST(JwsTest, a_key_without_an_id_is_tried_whatever_the_token_says) {
    const auto keys = keys_of(key_set({jwk_for("RS256")}));

    EXPECT_TRUE(keys.open(sign_compact(SigningKey::rsa(), "RS256", R"({"alg":"RS256","kid":"one"})", "payload")));
}

TEST(JwsTest, many_threads_share_one_set_of_keys) {
    const auto keys = keys_of(key_set({jwk_for("RS256"), jwk_for("ES256"), jwk_for("EdDSA")}));
    const std::string tokens[] = {
        sign_compact(SigningKey::rsa(), "RS256", header_for("RS256"), "payload"),
        sign_compact(SigningKey::p256(), "ES256", header_for("ES256"), "payload"),
        sign_compact(SigningKey::ed25519(), "EdDSA", header_for("EdDSA"), "payload"),
    };
    std::atomic<int> opened{0};

    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&] {
            for (int round = 0; round < 60; ++round)
                opened += keys.open(tokens[round % 3]) ? 1 : 0;
        });
    threads.clear();

    EXPECT_EQ(opened, 4 * 60);
}

TEST(JwsTest, a_key_inside_the_token_counts_for_nothing) {
    const auto keys = keys_of(key_set({jwk_for("ES256")}));
    const boost::json::object header{{"alg", "RS256"}, {"jwk", SigningKey::rsa().jwk()}};

    EXPECT_FALSE(keys.open(sign_compact(SigningKey::rsa(), "RS256", boost::json::serialize(header), "payload")));
}

}  // namespace
}  // namespace evergrant::crypto
