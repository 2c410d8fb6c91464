#include "oauth/authorization_request.h"

#include <gtest/gtest.h>

namespace evergrant::oauth {
namespace {

AuthorizationRequest request() {
    AuthorizationRequest request;
    request.endpoint = "https://accounts.example/auth";
    request.client_id = "id";
    request.redirect_uri = "https://app.example/cb?x=1";
    request.scopes = {"a.b", "c:d"};
    request.state = "st";
    request.code_challenge = "ch";
    request.nonce = "n";
    return request;
}

TEST(AuthorizationUrlTest, says_what_rfc_6749_rfc_7636_and_openid_connect_ask_for) {
    EXPECT_EQ(authorization_url(request()),
              "https://accounts.example/auth?response_type=code&client_id=id"
              "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1&scope=a.b%20c%3Ad&state=st"
              "&code_challenge=ch&code_challenge_method=S256&nonce=n");
}

TEST(AuthorizationUrlTest, empty_members_are_left_out) {
    AuthorizationRequest bare;
    bare.endpoint = "https://accounts.example/auth";
    bare.client_id = "id";

    EXPECT_EQ(authorization_url(bare), "https://accounts.example/auth?response_type=code&client_id=id");
}

TEST(AuthorizationUrlTest, scopes_are_joined_by_the_providers_separator) {
    AuthorizationRequest zoho = request();
    zoho.scope_separator = ",";

    EXPECT_NE(authorization_url(zoho).find("&scope=a.b%2Cc%3Ad&"), std::string::npos);
}

TEST(AuthorizationUrlTest, the_providers_own_parameters_are_added) {
    AuthorizationRequest google = request();
    google.extra = {{"access_type", "offline"}, {"prompt", "consent"}, {"aud", "https://fhir.example/r4"}};

    EXPECT_TRUE(authorization_url(google).ends_with(
        "&nonce=n&access_type=offline&aud=https%3A%2F%2Ffhir.example%2Fr4&prompt=consent"));
}

TEST(AuthorizationUrlTest, nothing_overrides_what_the_request_says) {
    const std::string expected = authorization_url(request());
    AuthorizationRequest other = request();
    other.extra = {{"response_type", "token"},
                   {"client_id", "x"},
                   {"redirect_uri", "https://evil.example"},
                   {"scope", "all"},
                   {"state", "x"},
                   {"code_challenge", "x"},
                   {"nonce", "x"},
                   {"code", "x"},
                   {"code_challenge_method", "plain"}};

    EXPECT_EQ(authorization_url(other), expected);
}

TEST(AuthorizationUrlTest, pkce_cannot_be_turned_to_plain_where_there_is_none) {
    AuthorizationRequest without = request();
    without.code_challenge.clear();
    without.extra = {{"code_challenge", "x"}, {"code_challenge_method", "plain"}};

    EXPECT_EQ(authorization_url(without).find("code_challenge"), std::string::npos);
}

TEST(AuthorizationUrlTest, a_secret_never_stands_in_a_url) {
    AuthorizationRequest careless = request();
    careless.extra = {{"client_secret", "hush"}, {"code_verifier", "hush"}, {"client_assertion", "hush"}};

    EXPECT_EQ(authorization_url(careless).find("hush"), std::string::npos);
}

TEST(AuthorizationUrlTest, the_endpoints_own_query_is_kept_without_its_fragment) {
    struct Case {
        std::string_view name;
        std::string endpoint;
        std::string_view expected;
    };
    const Case cases[] = {
        {"kept", "https://a.example/auth?tenant=t%201&v=2", "https://a.example/auth?tenant=t%201&v=2&response_type="},
        {"empty", "https://a.example/auth?", "https://a.example/auth?response_type="},
        {"fragment", "https://a.example/auth#top?x=1", "https://a.example/auth?response_type="},
        {"query and fragment", "https://a.example/auth?v=2#top", "https://a.example/auth?v=2&response_type="},
        {"empty pairs", "https://a.example/auth?&v=2&&", "https://a.example/auth?v=2&response_type="},
        {"state of its own", "https://a.example/auth?state=x&v=2&st%61te=y",
         "https://a.example/auth?v=2&response_type="},
        {"broken pair", "https://a.example/auth?v=%zz", "https://a.example/auth?response_type="},
    };
    for (const Case& c : cases) {
        AuthorizationRequest at = request();
        at.endpoint = c.endpoint;
        EXPECT_TRUE(authorization_url(at).starts_with(c.expected)) << c.name << ": " << authorization_url(at);
    }
}

}  // namespace
}  // namespace evergrant::oauth
