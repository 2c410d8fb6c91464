#include "crypto/jwt_signer.h"

#include "crypto/encoding.h"
#include "crypto/jwt.h"
#include "crypto/strict_json.h"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace evergrant::crypto {
namespace {

JwtKeys keys_of(const JwtSigner& signer) {
    boost::json::object set{{"keys", boost::json::array{signer.public_jwk()}}};
    return JwtKeys::from_jwks(boost::json::serialize(set)).value();
}

boost::json::object header_of(const SecretString& token) {
    const std::string& text = token.reveal();
    return parse_strict_object(from_base64url(text.substr(0, text.find('.'))).value()).value();
}

class JwtSignerTest : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Algorithms, JwtSignerTest, testing::ValuesIn(JwtSigner::algorithms()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(JwtSignerTest, what_a_generated_key_signs_is_verified_by_its_public_jwk) {
    const JwtSigner signer = JwtSigner::generate(GetParam()).value();
    const auto content = keys_of(signer).open(signer.sign({{"sub", "app"}}).reveal());
    ASSERT_TRUE(content);
    EXPECT_EQ(content->payload, R"({"sub":"app"})");
}

TEST_P(JwtSignerTest, the_header_names_algorithm_and_key) {
    const JwtSigner signer = JwtSigner::generate(GetParam()).value();
    const auto header = header_of(signer.sign({}));
    EXPECT_EQ(header.at("alg").as_string(), GetParam());
    EXPECT_EQ(header.at("kid").as_string(), signer.key_id());
}

TEST_P(JwtSignerTest, a_key_written_and_read_again_is_the_same_key) {
    const JwtSigner signer = JwtSigner::generate(GetParam()).value();
    const auto again = JwtSigner::from_private_key(signer.private_key(), GetParam());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->public_jwk(), signer.public_jwk());
    EXPECT_TRUE(keys_of(signer).open(again->sign({}).reveal()));
}

TEST_P(JwtSignerTest, a_public_jwk_holds_nothing_private) {
    const JwtSigner signer = JwtSigner::generate(GetParam()).value();
    for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "k"})
        EXPECT_FALSE(signer.public_jwk().contains(name)) << name;
}

TEST_P(JwtSignerTest, no_other_key_verifies_what_it_signs) {
    const JwtSigner signer = JwtSigner::generate(GetParam()).value();
    const JwtSigner other = JwtSigner::generate(GetParam()).value();
    EXPECT_FALSE(keys_of(other).open(signer.sign({}).reveal()));
}

// RFC 8037 appendix A.1: its key and its thumbprint (A.3).
TEST(JwtSignerJwkTest, an_ed25519_key_of_rfc_8037_has_the_published_thumbprint) {
    const SecretString jwk(
        R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    const auto signer = JwtSigner::from_private_key(jwk, "EdDSA");
    ASSERT_TRUE(signer) << signer.error().message;
    EXPECT_EQ(signer->key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    EXPECT_EQ(signer->public_jwk().at("x").as_string(), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

// RFC 7515 appendix A.3.
TEST(JwtSignerJwkTest, a_p256_key_of_rfc_7515_is_read) {
    const SecretString jwk(
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})");
    const auto signer = JwtSigner::from_private_key(jwk, "ES256");
    ASSERT_TRUE(signer) << signer.error().message;
    EXPECT_TRUE(keys_of(*signer).open(signer->sign({}).reveal()));
}

TEST(JwtSignerJwkTest, an_ec_jwk_whose_halves_do_not_belong_together_is_refused) {
    const SecretString jwk(
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})");
    EXPECT_FALSE(JwtSigner::from_private_key(jwk, "ES256"));
}

TEST(JwtSignerRefusalTest, an_unknown_algorithm_is_told_with_the_known_ones) {
    const auto refused = JwtSigner::generate("RS1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "There is no signature algorithm \"RS1\"; known are RS256, RS384, RS512, PS256, PS384, PS512, ES256, "
              "ES384, EdDSA.");
}

TEST(JwtSignerRefusalTest, a_key_of_another_kind_than_the_algorithms_is_refused) {
    const JwtSigner p256 = JwtSigner::generate("ES256").value();
    for (const std::string_view other : {"RS256", "ES384", "EdDSA"}) {
        const auto refused = JwtSigner::from_private_key(p256.private_key(), other);
        ASSERT_FALSE(refused) << other;
        EXPECT_EQ(refused.error().fields.front().field, "algorithm");
    }
}

TEST(JwtSignerRefusalTest, what_is_no_key_is_refused) {
    for (const std::string_view text :
         {"", "{}", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "null",
          "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC "
          "KEY-----\n"}) {
        const auto refused = JwtSigner::from_private_key(SecretString(std::string(text)), "EdDSA");
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().fields.front().field, "privateKey");
    }
}

TEST(JwtSignerRefusalTest, a_jwk_for_another_algorithm_is_refused) {
    const SecretString jwk(
        R"({"kty":"OKP","crv":"Ed25519","alg":"ES256","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    EXPECT_FALSE(JwtSigner::from_private_key(jwk, "EdDSA"));
}

}  // namespace
}  // namespace evergrant::crypto
