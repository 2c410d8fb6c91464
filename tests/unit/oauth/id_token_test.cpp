//
// id_tokens: each check of OpenID Connect Core, by tokens that fail it alone. Where the OpenID Foundation's tests of
// relying parties have one for it, the row bears its name.
//
#include "oauth/id_token.h"

#include "crypto/hash.h"
#include "signing_key.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace evergrant::oauth {
namespace {

using boost::json::object;
using evergrant::testing::key_set;
using evergrant::testing::sign_compact;
using evergrant::testing::SigningKey;

constexpr std::string_view issuer = "https://issuer.example";
constexpr std::int64_t now = 1'800'000'000;

/// Claims that pass.
object right_claims() {
    return {{"iss", issuer}, {"sub", "ada-1815"},    {"aud", "our-client"},         {"exp", now + 3600},
            {"iat", now},    {"nonce", "the-nonce"}, {"email", "ada@acme.example"}, {"name", "Ada"}};
}

IdTokenExpectations expectations() {
    IdTokenExpectations expected;
    expected.issuer = issuer;
    expected.client_id = "our-client";
    expected.nonce = "the-nonce";
    expected.access_token = "token-1";
    expected.now = sys_seconds(std::chrono::seconds(now));
    return expected;
}

object jwk_of(std::string_view algorithm, std::string_view key_id = {}) {
    object jwk = SigningKey::fitting(algorithm).jwk();
    jwk["alg"] = algorithm;
    if (!key_id.empty())
        jwk["kid"] = key_id;
    return jwk;
}

std::string header_of(std::string_view algorithm, std::string_view key_id = {}) {
    object header{{"alg", algorithm}};
    if (!key_id.empty())
        header["kid"] = key_id;
    return boost::json::serialize(header);
}

std::string token_of(const object& claims, std::string_view algorithm = "RS256") {
    return sign_compact(SigningKey::fitting(algorithm), algorithm, header_of(algorithm),
                        boost::json::serialize(claims));
}

crypto::JwtKeys keys_for(std::string_view algorithm = "RS256") {
    return std::move(crypto::JwtKeys::from_jwks(key_set({jwk_of(algorithm)})).value());
}

std::expected<Identity, IdTokenFlaw> judge(const object& claims) {
    return check_id_token(token_of(claims), keys_for(), expectations());
}

/// Flips one bit of a token's signature.
std::string spoilt(std::string token) {
    const std::size_t first = token.rfind('.') + 1;
    token[first] = token[first] == 'A' ? 'B' : 'A';
    return token;
}

struct Row {
    std::string_view name;  ///< the OpenID Foundation's, where it has one
    std::function<void(object&)> spoil;
    IdTokenFlaw flaw;
};

const std::vector<Row> wrong_claims{
    {"OIDCCClientTestInvalidIssuerInIdToken", [](object& claims) { claims["iss"] = "https://issuer.example/"; },
     IdTokenFlaw::issuer},
    {"FAPI2SPFinalClientTestInvalidMissingIss", [](object& claims) { claims.erase("iss"); }, IdTokenFlaw::issuer},
    {"OIDCCClientTestInvalidAudInIdToken", [](object& claims) { claims["aud"] = "another-client"; },
     IdTokenFlaw::audience},
    {"OIDCCClientTestMissingAudInIdToken", [](object& claims) { claims.erase("aud"); }, IdTokenFlaw::audience},
    {"FAPI2SPFinalClientTestInvalidSecondaryAud",
     [](object& claims) { claims["aud"] = boost::json::array{"our-client", "another-client"}; },
     IdTokenFlaw::authorized_party},
    {"several audiences and another's azp",
     [](object& claims) {
         claims["aud"] = boost::json::array{"our-client", "another-client"};
         claims["azp"] = "another-client";
     },
     IdTokenFlaw::authorized_party},
    {"one audience and another's azp", [](object& claims) { claims["azp"] = "another-client"; },
     IdTokenFlaw::authorized_party},
    {"an audience that is no text", [](object& claims) { claims["aud"] = boost::json::array{"our-client", 1}; },
     IdTokenFlaw::audience},
    {"OIDCCClientTestMissingIatInIdToken", [](object& claims) { claims.erase("iat"); }, IdTokenFlaw::issued_at},
    {"an iat in the future", [](object& claims) { claims["iat"] = now + 31; }, IdTokenFlaw::issued_at},
    {"an iat long before the authorization", [](object& claims) { claims["iat"] = now - 700; }, IdTokenFlaw::issued_at},
    {"FAPI2SPFinalClientTestInvalidExpiredExp", [](object& claims) { claims["exp"] = now - 30; }, IdTokenFlaw::expiry},
    {"FAPI2SPFinalClientTestInvalidMissingExp", [](object& claims) { claims.erase("exp"); }, IdTokenFlaw::expiry},
    {"an exp that is a text", [](object& claims) { claims["exp"] = "1800003600"; }, IdTokenFlaw::expiry},
    {"OIDCCClientTestNonceInvalid", [](object& claims) { claims["nonce"] = "another-nonce"; }, IdTokenFlaw::nonce},
    {"FAPI2SPFinalClientTestInvalidMissingNonce", [](object& claims) { claims.erase("nonce"); }, IdTokenFlaw::nonce},
    {"OIDCCClientTestMissingSubInIdToken", [](object& claims) { claims.erase("sub"); }, IdTokenFlaw::subject},
    {"an empty sub", [](object& claims) { claims["sub"] = ""; }, IdTokenFlaw::subject},
    {"a sub of 256 signs", [](object& claims) { claims["sub"] = std::string(256, 's'); }, IdTokenFlaw::subject},
    {"a sub that is no ASCII", [](object& claims) { claims["sub"] = "j\xc3\xb6rg"; }, IdTokenFlaw::subject},
    {"OIDCCClientTestInvalidAtHashInIdToken", [](object& claims) { claims["at_hash"] = "wrong"; },
     IdTokenFlaw::access_token_hash},
};

TEST(IdTokenTest, a_right_one_says_who_granted) {
    const auto identity = judge(right_claims());

    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->issuer, issuer);
    EXPECT_EQ(identity->subject, "ada-1815");
    EXPECT_EQ(identity->email, "ada@acme.example");
    EXPECT_EQ(identity->name, "Ada");
}

TEST(IdTokenTest, each_wrong_or_missing_claim_is_refused_by_its_name) {
    for (const Row& row : wrong_claims) {
        SCOPED_TRACE(row.name);
        object claims = right_claims();
        row.spoil(claims);

        const auto identity = judge(claims);

        ASSERT_FALSE(identity);
        EXPECT_EQ(identity.error(), row.flaw) << sentence_of(identity.error());
    }
}

TEST(IdTokenTest, every_row_that_bears_a_name_of_the_openid_foundations_bears_a_right_one) {
    std::ifstream file(EVERGRANT_SOURCE_DIR "/../shared/data/oidf-relying-party-tests.txt");
    if (!file)
        GTEST_SKIP() << "The list of the OpenID Foundation's tests does not lie in ../shared/data.";
    const std::vector<std::string> known{std::istream_iterator<std::string>(file), {}};

    for (const Row& row : wrong_claims)
        if (!row.name.contains(' ')) {
            EXPECT_NE(std::ranges::find(known, row.name), known.end()) << row.name;
        }
}

TEST(IdTokenTest, every_algorithm_by_a_public_key_is_taken) {
    for (const auto& method : evergrant::testing::signing_methods) {
        SCOPED_TRACE(method.name);

        EXPECT_TRUE(check_id_token(token_of(right_claims(), method.name), keys_for(method.name), expectations()));
    }
}

/// OIDCCClientTestInvalidIdTokenSignatureWithRS256, …WithES256 and the others.
TEST(IdTokenTest, a_bad_signature_is_refused_by_every_algorithm) {
    for (const auto& method : evergrant::testing::signing_methods) {
        SCOPED_TRACE(method.name);
        const std::string token = spoilt(token_of(right_claims(), method.name));

        EXPECT_EQ(check_id_token(token, keys_for(method.name), expectations()).error(), IdTokenFlaw::signature);
    }
}

/// OIDCCClientTestIdTokenSigAlgNone, FAPI2SPFinalClientTestInvalidNullAlg.
TEST(IdTokenTest, one_that_nobody_signed_is_refused) {
    const std::string claims = evergrant::testing::encode(boost::json::serialize(right_claims()));

    for (const std::string_view header : {R"({"alg":"none"})", R"({"alg":null})", R"({})"})
        EXPECT_EQ(
            check_id_token(evergrant::testing::encode(header) + "." + claims + ".", keys_for(), expectations()).error(),
            IdTokenFlaw::signature)
            << header;
}

/// FAPI2SPFinalClientTestInvalidAlternateAlg: signed by a key of the issuer's, but not as the client is registered.
TEST(IdTokenTest, another_algorithm_than_the_registered_one_is_refused) {
    auto expected = expectations();
    expected.algorithm = "ES256";

    EXPECT_EQ(check_id_token(token_of(right_claims()), keys_for(), expected).error(), IdTokenFlaw::signature);
}

std::string signed_by_secret(std::string_view secret) {
    const std::string text = evergrant::testing::encode(header_of("HS256")) + "." +
                             evergrant::testing::encode(boost::json::serialize(right_claims()));
    return text + "." + crypto::to_base64url(crypto::hmac_sha256(crypto::bytes_of(secret), text));
}

constexpr std::string_view client_secret = "a client secret of thirty-two bytes or more";

TEST(IdTokenTest, the_client_secret_signs_where_that_is_registered) {
    auto expected = expectations();
    expected.algorithm = "HS256";
    const auto keys = crypto::JwtKeys::shared_secret(SecretString(std::string(client_secret)));

    EXPECT_TRUE(check_id_token(signed_by_secret(client_secret), keys, expected));
}

TEST(IdTokenTest, OIDCCClientTestInvalidIdTokenSignatureWithHS256) {
    auto expected = expectations();
    expected.algorithm = "HS256";
    const auto keys = crypto::JwtKeys::shared_secret(SecretString(std::string(client_secret)));

    EXPECT_EQ(check_id_token(spoilt(signed_by_secret(client_secret)), keys, expected).error(), IdTokenFlaw::signature);
}

TEST(IdTokenTest, the_issuers_public_key_is_no_secret_to_sign_by) {
    const std::string published = key_set({jwk_of("RS256")});

    EXPECT_EQ(check_id_token(signed_by_secret(published), keys_for(), expectations()).error(), IdTokenFlaw::signature);
}

TEST(IdTokenTest, OIDCCClientTestKidAbsentSingleJwks) {
    const auto keys = crypto::JwtKeys::from_jwks(key_set({jwk_of("RS256", "one")}));

    EXPECT_TRUE(check_id_token(token_of(right_claims()), *keys, expectations()));
}

/// Each key that fits is tried: who signs without kid means one of them.
TEST(IdTokenTest, OIDCCClientTestKidAbsentMultipleMatchingKeysInJwks) {
    static const SigningKey other(EVP_RSA_gen(2048), "RSA", "");
    object first = other.jwk();
    first["kid"] = "one";
    const auto keys = crypto::JwtKeys::from_jwks(key_set({first, jwk_of("RS256", "two")}));

    EXPECT_TRUE(check_id_token(token_of(right_claims()), *keys, expectations()));
}

/// FAPI2SPFinalClientTestValidAudAsArray.
TEST(IdTokenTest, an_array_of_one_audience_is_taken) {
    object claims = right_claims();
    claims["aud"] = boost::json::array{"our-client"};

    EXPECT_TRUE(judge(claims));
}

TEST(IdTokenTest, several_audiences_are_taken_with_our_azp) {
    object claims = right_claims();
    claims["aud"] = boost::json::array{"our-client", "another-client"};
    claims["azp"] = "our-client";

    EXPECT_TRUE(judge(claims));
}

TEST(IdTokenTest, the_hash_of_the_access_token_beside_it_is_taken) {
    object claims = right_claims();
    claims["at_hash"] =
        crypto::to_base64url(crypto::bytes_of(std::string_view(crypto::sha2(256, "token-1")).substr(0, 16)));

    EXPECT_TRUE(judge(claims));
}

TEST(IdTokenTest, clocks_may_differ_by_half_a_minute) {
    object claims = right_claims();
    claims["iat"] = now + 30;
    claims["exp"] = now - 29;

    EXPECT_TRUE(judge(claims));
}

TEST(IdTokenTest, a_missing_one_is_told_from_one_that_cannot_be_read) {
    EXPECT_EQ(check_id_token("", keys_for(), expectations()).error(), IdTokenFlaw::missing);
    EXPECT_EQ(check_id_token("no.jwt", keys_for(), expectations()).error(), IdTokenFlaw::malformed);
}

TEST(IdTokenTest, a_claim_that_is_there_twice_is_refused) {
    const std::string twice = R"({"sub":"ada-1815",)" + boost::json::serialize(right_claims()).substr(1);
    const std::string token = sign_compact(SigningKey::rsa(), "RS256", header_of("RS256"), twice);

    EXPECT_EQ(check_id_token(token, keys_for(), expectations()).error(), IdTokenFlaw::malformed);
}

TEST(IdTokenTest, a_name_is_cut_between_letters_and_freed_of_control_characters) {
    object claims = right_claims();
    std::string name = "A\nda ";
    while (name.size() < 319)
        name += 'x';
    claims["name"] = name + "\xc3\xb6";

    EXPECT_EQ(judge(claims)->name, "A da " + std::string(314, 'x'));
}

const Identity ada{.issuer = std::string(issuer), .subject = "ada-1815", .email = {}, .name = {}};

TEST(RefreshedIdTokenTest, one_of_the_same_person_is_taken_without_nonce_and_whoever_signed_it) {
    object claims = right_claims();
    claims.erase("nonce");

    EXPECT_FALSE(flaw_of_refreshed(spoilt(token_of(claims)), ada, "our-client"));
}

TEST(RefreshedIdTokenTest, OIDCCClientTestRefreshTokenInvalidIssuer) {
    object claims = right_claims();
    claims["iss"] = "https://another.example";

    EXPECT_EQ(flaw_of_refreshed(token_of(claims), ada, "our-client"), IdTokenFlaw::issuer);
}

TEST(RefreshedIdTokenTest, OIDCCClientTestRefreshTokenInvalidSub) {
    object claims = right_claims();
    claims["sub"] = "grace-1906";

    EXPECT_EQ(flaw_of_refreshed(token_of(claims), ada, "our-client"), IdTokenFlaw::subject);
}

TEST(RefreshedIdTokenTest, another_audience_is_a_flaw) {
    object claims = right_claims();
    claims["aud"] = "another-client";

    EXPECT_EQ(flaw_of_refreshed(token_of(claims), ada, "our-client"), IdTokenFlaw::audience);
}

TEST(RefreshedIdTokenTest, what_cannot_be_read_tells_nothing) {
    EXPECT_FALSE(flaw_of_refreshed("", ada, "our-client"));
    EXPECT_FALSE(flaw_of_refreshed("not.a.token", ada, "our-client"));
}

}  // namespace
}  // namespace evergrant::oauth
