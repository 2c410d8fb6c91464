#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evergrant {
namespace {

struct Case {
    std::string_view name;
    std::string_view text;
    std::string_view redacted;
};

const std::vector<Case> hidden{
    {"a JSON member", R"({"access_token":"abc","expires_in":3600})",
     R"({"access_token":"[redacted]","expires_in":3600})"},
    {"a JSON member with spaces", R"({"refresh_token" : "abc"})", R"({"refresh_token" : "[redacted]"})"},
    {"a JSON value with an escaped quote", R"({"client_secret":"a\"b\\","x":1})",
     R"({"client_secret":"[redacted]","x":1})"},
    {"a JSON value cut off", R"({"id_token":"abcdef)", R"({"id_token":"[redacted])"},
    {"JSON quoted in JSON", R"("body":"{\"access_token\":\"abc\",\"a\":1}")",
     R"("body":"{\"access_token\":\"[redacted]\",\"a\":1}")"},
    {"camel case", R"({"accessToken":"abc"})", R"({"accessToken":"[redacted]"})"},
    {"a password by another name", R"({"dbPassword":"abc"})", R"({"dbPassword":"[redacted]"})"},
    {"an authorization code in JSON", R"({"code":"4/0AY0e-g7x"})", R"({"code":"[redacted]"})"},
    {"a form", "grant_type=refresh_token&refresh_token=abc&client_id=me",
     "grant_type=refresh_token&refresh_token=[redacted]&client_id=me"},
    {"a code and its verifier in a form", "code=abc&code_verifier=def", "code=[redacted]&code_verifier=[redacted]"},
    {"a form value that is escaped", "client_secret=a%2Fb%3D&x=1", "client_secret=[redacted]&x=1"},
    {"a callback's query", "/api/oauth/callback?code=abc&state=def&scope=crm",
     "/api/oauth/callback?code=[redacted]&state=[redacted]&scope=crm"},
    {"an API key in a query", "GET /v1?key=abc HTTP/1.1", "GET /v1?key=[redacted] HTTP/1.1"},
    {"a query up to its fragment", "https://x.test/?token=abc#top", "https://x.test/?token=[redacted]#top"},
    {"Zoho's revocation URL", "https://accounts.zoho.com/oauth/v2/token/revoke?token=1000.a",
     "https://accounts.zoho.com/oauth/v2/token/revoke?token=[redacted]"},
    {"a header", "Authorization: Bearer abc\r\nHost: x.test", "Authorization: [redacted]\r\nHost: x.test"},
    {"a header without a space", "authorization:Basic abc", "authorization:[redacted]"},
    {"a cookie", "Cookie: a=b; c=d", "Cookie: [redacted]"},
    {"Shopify's header", "X-Shopify-Access-Token: abc", "X-Shopify-Access-Token: [redacted]"},
    {"a bearer value in a sentence", "sent Bearer abc to x.test", "sent Bearer [redacted] to x.test"},
    {"a bearer value in small letters", "bearer a.b.c", "bearer [redacted]"},
    {"Zoho's scheme", "Zoho-oauthtoken 1000.x", "Zoho-oauthtoken [redacted]"},
    {"a JWT", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln back", "got [redacted] back"},
    {"this server's API key", "key eg_k1_0123456789abcdef refused", "key [redacted] refused"},
    {"a Zoho token", "1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef", "[redacted]"},
    {"a Google token", "ya29.a0AfB_byC-0123456789", "[redacted]"},
    {"a GitHub token", "gho_0123456789abcdefABCDEF", "[redacted]"},
    {"a Slack token", "xoxb-0123456789-abcdef", "[redacted]"},
    {"random base64url: a verifier or a state", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "[redacted]"},
    {"64 hex digits: a key", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "[redacted]"},
    {"a password in a URL", "postgres://user:pass@db.test:5432/evergrant",
     "postgres://user:[redacted]@db.test:5432/evergrant"},
    {"a password in a URL without a user", "redis://:pass@cache.test", "redis://:[redacted]@cache.test"},
};

const std::vector<std::string_view> shown{
    "",
    "The provider refused the refresh token.",
    "invalid token: it has expired",
    "Bearer token is missing",
    R"(Bearer realm="evergrant", error="invalid_token")",
    R"({"error":"invalid_grant","error_description":"expired access/refresh token"})",
    R"({"code":"INVALID_TOKEN","details":{},"message":"invalid oauth token","status":"error"})",
    R"({"code":401,"token_type":"Bearer","expires_in":3600,"has_refresh_token":true})",
    "grant_type=refresh_token",
    "token_endpoint=https://accounts.zoho.com/oauth/v2/token",
    "access_token=",
    "7d5f3b2a-1111-4222-8333-123456789abc",
    "7D5F3B2A-1111-4222-8333-123456789ABC",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "tenant AcmeCorporation-Production-Europe-2024-01",
    "https://example.test/a/very/long/path/that-is-made-of-words/and-goes-on-for-a-while/2024/01/31",
    "connect to 127.0.0.1:8080 failed: Connection refused",
    "user@example.test wrote at 12:30",
    "caf\u00e9",
};

TEST(RedactTest, hides_what_is_secret_and_shows_what_stands_around_it) {
    for (const Case& c : hidden) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(redact(c.text), c.redacted);
    }
}

TEST(RedactTest, leaves_everyday_text_as_it_is) {
    for (const std::string_view text : shown)
        EXPECT_EQ(redact(text), text);
}

TEST(RedactTest, is_stable_when_applied_twice) {
    for (const Case& c : hidden) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(redact(redact(c.text)), c.redacted);
    }
}

TEST(RedactTest, cuts_to_two_thousand_bytes) {
    const std::string text(100'000, ' ');

    EXPECT_EQ(redact(text).size(), 2000U);
}

TEST(RedactTest, cuts_between_characters) {
    std::string text = "a";
    for (int i = 0; i < 1000; ++i)
        text += "\u2713";

    const std::string cut = redact(text);

    EXPECT_EQ(cut.size(), 1U + 3U * 666U);
    EXPECT_TRUE(cut.ends_with("\u2713"));
}

TEST(RedactTest, a_secret_that_crosses_the_cut_does_not_show_its_beginning) {
    const std::string text = std::string(1990, ' ') + "access_token=" + std::string(100, 's');

    EXPECT_EQ(redact(text).find("sss"), std::string::npos);
}

TEST(RedactTest, takes_time_in_proportion_to_what_it_shows) {
    const std::string one_word(1 << 20, 'q');
    const std::string brackets = std::string(1 << 20, '{');

    EXPECT_EQ(redact(one_word).size(), 2000U);
    EXPECT_EQ(redact(brackets).size(), 2000U);
}

}  // namespace
}  // namespace evergrant
