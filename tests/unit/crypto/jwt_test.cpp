#include "crypto/jwt.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "signing_key.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::crypto {
namespace {

using std::chrono::seconds;

constexpr sys_seconds now{seconds(1'700'000'000)};
const std::string secret(32, 's');

std::string token_of(std::string_view payload, std::string_view header = R"({"alg":"HS256","typ":"JWT"})") {
    const auto text = testing::encode(header) + "." + testing::encode(payload);
    return text + "." + to_base64url(hmac_sha256(bytes_of(secret), text));
}

/// The claims of a token that is good for a minute, and whatever else is said.
std::string claims_with(std::string_view more) {
    return R"({"exp":1700000060)" + std::string(more) + "}";
}

JwtVerifier verifier(std::string issuer = "", std::string audience = "") {
    return JwtVerifier(JwtKeys::shared_secret(SecretString(secret)),
                       {.issuer = std::move(issuer), .audience = std::move(audience), .leeway = seconds(30)});
}

struct Case {
    std::string_view name;
    std::string claims;
    bool accepted;
};

void expect(const JwtVerifier& verifier, std::span<const Case> cases) {
    for (const auto& [name, claims, accepted] : cases) {
        SCOPED_TRACE(name);

        const auto verified = verifier.verify(token_of(claims), now);

        EXPECT_EQ(verified.has_value(), accepted);
        if (!verified && !accepted) {
            EXPECT_EQ(verified.error().code, Errc::invalid_credentials);
            EXPECT_EQ(verified.error().message, "The token is not valid.");
            EXPECT_EQ(verified.error().detail, "");
        }
    }
}

TEST(JwtTest, returns_the_claims_of_a_valid_token) {
    const auto verified = verifier().verify(token_of(claims_with(R"(,"sub":"someone","tenants":["a","b"])")), now);

    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->at("sub"), "someone");
    EXPECT_EQ(verified->at("tenants").as_array().size(), 2U);
}

TEST(JwtTest, a_token_is_good_until_its_expiry_and_the_leeway) {
    const auto expiring = token_of(R"({"exp":1700000000})");

    EXPECT_TRUE(verifier().verify(expiring, now));
    EXPECT_TRUE(verifier().verify(expiring, now + seconds(29)));
    EXPECT_FALSE(verifier().verify(expiring, now + seconds(30)));
}

TEST(JwtTest, an_expired_token_is_told_so) {
    const auto verified = verifier().verify(token_of(R"({"exp":1699999000})"), now);

    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Errc::token_expired);
}

TEST(JwtTest, an_expired_token_that_is_wrong_otherwise_is_told_nothing_more) {
    const auto verified = verifier("issuer").verify(token_of(R"({"exp":1699999000,"iss":"another"})"), now);

    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Errc::invalid_credentials);
}

TEST(JwtTest, an_expiry_is_required_and_must_be_a_time) {
    const Case cases[] = {
        {"a number", R"({"exp":1700000060})", true},
        {"a fraction", R"({"exp":1700000060.9})", true},
        {"an exponent", R"({"exp":1.70000006e9})", true},
        {"the end of time", R"({"exp":253402300799})", true},
        {"none", "{}", false},
        {"null", R"({"exp":null})", false},
        {"text", R"({"exp":"1700000060"})", false},
        {"after the end of time", R"({"exp":253402300800})", false},
        {"more than 63 bits", R"({"exp":18446744073709551615})", false},
        {"negative", R"({"exp":-1})", false},
        {"huge", R"({"exp":1e300})", false},
        {"infinite", R"({"exp":1e99999})", false},
        {"twice", R"({"exp":1700000060,"exp":1700000060})", false},
    };

    expect(verifier(), cases);
}

TEST(JwtTest, a_token_is_not_good_before_it_begins) {
    const Case cases[] = {
        {"begun", claims_with(R"(,"nbf":1700000000,"iat":1700000000)"), true},
        {"begins within the leeway", claims_with(R"(,"nbf":1700000030)"), true},
        {"begins after the leeway", claims_with(R"(,"nbf":1700000031)"), false},
        {"begins at no time", claims_with(R"(,"nbf":"now")"), false},
        {"issued within the leeway", claims_with(R"(,"iat":1700000030)"), true},
        {"issued after the leeway", claims_with(R"(,"iat":1700000031)"), false},
        {"issued at no time", claims_with(R"(,"iat":null)"), false},
    };

    expect(verifier(), cases);
}

TEST(JwtTest, the_issuer_is_compared_byte_for_byte) {
    const Case cases[] = {
        {"the issuer", claims_with(R"(,"iss":"https://issuer.test")"), true},
        {"a slash more", claims_with(R"(,"iss":"https://issuer.test/")"), false},
        {"a list", claims_with(R"(,"iss":["https://issuer.test"])"), false},
        {"none", claims_with(""), false},
    };

    expect(verifier("https://issuer.test"), cases);
}

TEST(JwtTest, the_audience_is_us_or_has_us_among_it) {
    const Case cases[] = {
        {"us", claims_with(R"(,"aud":"evergrant")"), true},
        {"us among others", claims_with(R"(,"aud":["another","evergrant"])"), true},
        {"another", claims_with(R"(,"aud":"another")"), false},
        {"others", claims_with(R"(,"aud":["another","third"])"), false},
        {"nobody", claims_with(R"(,"aud":[])"), false},
        {"numbers", claims_with(R"(,"aud":[1])"), false},
        {"an object", claims_with(R"(,"aud":{"evergrant":true})"), false},
        {"none", claims_with(""), false},
    };

    expect(verifier("", "evergrant"), cases);
}

TEST(JwtTest, a_refresh_token_is_no_access_token) {
    const Case cases[] = {
        {"type access", claims_with(R"(,"type":"access")"), true},
        {"type refresh", claims_with(R"(,"type":"refresh")"), false},
        {"token_type refresh", claims_with(R"(,"token_type":"refresh_token")"), false},
        {"typ Refresh", claims_with(R"(,"typ":"Refresh")"), false},
        {"use refresh", claims_with(R"(,"use":"REFRESH")"), false},
        {"a list that says refresh", claims_with(R"(,"use":["refresh"])"), false},
        {"a type that is a number", claims_with(R"(,"type":1)"), true},
        {"refresh in another claim", claims_with(R"(,"scope":"refresh")"), true},
    };

    expect(verifier(), cases);
}

TEST(JwtTest, a_header_that_says_refresh_is_refused) {
    const auto verified = verifier().verify(token_of(claims_with(""), R"({"alg":"HS256","typ":"refresh+jwt"})"), now);

    EXPECT_FALSE(verified);
}

TEST(JwtTest, claims_must_be_one_json_object) {
    const Case cases[] = {
        {"nothing", "", false},
        {"a list", "[]", false},
        {"text", R"("exp")", false},
        {"two objects", claims_with("") + "{}", false},
        {"a comma too many", claims_with(","), false},
        {"no UTF-8", claims_with(",\"sub\":\"\xff\""), false},
        {"a member twice", claims_with(R"(,"sub":"a","sub":"b")"), false},
        {"a member twice, one of them escaped", claims_with(R"(,"sub":"a","s\u0075b":"b")"), false},
        {"too deep", claims_with(R"(,"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]])"), false},
        {"the deepest", claims_with(R"(,"x":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]])"), true},
    };

    expect(verifier(), cases);
}

TEST(JwtTest, a_wrong_signature_is_refused_in_the_same_words_as_a_wrong_claim) {
    auto token = token_of(claims_with(""));
    token[token.rfind('.') + 1] = token[token.rfind('.') + 1] == 'A' ? 'B' : 'A';

    const auto verified = verifier().verify(token, now);

    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Errc::invalid_credentials);
    EXPECT_EQ(verified.error().message, "The token is not valid.");
}

}  // namespace
}  // namespace evergrant::crypto
