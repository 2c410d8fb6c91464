#include "oauth/token_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace evergrant::oauth {
namespace {

ClientRegistration client() {
    return {"s6BhdRkqt3", SecretString("gX1fBat3bV")};
}

TokenEndpoint endpoint(ClientAuthMethod method) {
    return {"https://server.example.com/token", method, {}};
}

CodeGrant code_grant() {
    return {SecretString("SplxlOBeZQQYbYS6WxSbIA"), "https://client.example.com/cb", SecretString("verifier")};
}

std::optional<std::string> header(const BackChannelRequest& request, std::string_view name) {
    const auto found = std::ranges::find(request.headers, name, &std::pair<std::string, std::string>::first);
    return found == request.headers.end() ? std::nullopt : std::optional(found->second);
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(TokenRequestTest, spends_a_code_as_rfc_6749_section_4_1_3_and_rfc_7636_section_4_5) {
    const BackChannelRequest request =
        authorization_code_request(endpoint(ClientAuthMethod::client_secret_basic), client(), code_grant());

    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://server.example.com/token");
    EXPECT_EQ(request.body.reveal(),
              "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&"
              "redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb&code_verifier=verifier");
    EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(header(request, "Accept"), "application/json");
}

TEST(TokenRequestTest, an_empty_code_verifier_is_left_out) {
    CodeGrant grant = code_grant();
    grant.code_verifier = SecretString();

    const BackChannelRequest request =
        authorization_code_request(endpoint(ClientAuthMethod::client_secret_basic), client(), grant);

    EXPECT_FALSE(holds(request.body.reveal(), "code_verifier"));
}

TEST(TokenRequestTest, refreshes_as_rfc_6749_section_6_without_a_scope) {
    const BackChannelRequest request = refresh_request(endpoint(ClientAuthMethod::client_secret_basic), client(),
                                                       SecretString("tGzv3JOkF0XG5Qx2TlKWIA"));

    EXPECT_EQ(request.body.reveal(), "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA");
}

TEST(TokenRequestTest, client_credentials_name_their_scope_if_there_is_one) {
    const TokenEndpoint at = endpoint(ClientAuthMethod::client_secret_basic);

    EXPECT_EQ(client_credentials_request(at, client(), "system/*.rs a").body.reveal(),
              "grant_type=client_credentials&scope=system%2F%2A.rs+a");
    EXPECT_EQ(client_credentials_request(at, client(), "").body.reveal(), "grant_type=client_credentials");
}

TEST(TokenRequestTest, basic_is_the_example_of_rfc_6749_section_2_3_1) {
    const BackChannelRequest request =
        refresh_request(endpoint(ClientAuthMethod::client_secret_basic), client(), SecretString("r"));

    EXPECT_EQ(header(request, "Authorization"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
}

TEST(TokenRequestTest, id_and_secret_are_form_encoded_before_basic) {
    const ClientRegistration odd{" %&+\xC2\xA3\xE2\x82\xAC", SecretString("a:b c")};

    const BackChannelRequest request =
        refresh_request(endpoint(ClientAuthMethod::client_secret_basic), odd, SecretString("r"));

    // base64 of "+%25%26%2B%C2%A3%E2%82%AC:a%3Ab+c"
    EXPECT_EQ(header(request, "Authorization"), "Basic KyUyNSUyNiUyQiVDMiVBMyVFMiU4MiVBQzphJTNBYitj");
}

TEST(TokenRequestTest, one_way_to_authenticate_a_request_whatever_the_registration_holds) {
    struct Case {
        std::string_view name;
        ClientAuthMethod method;
        bool basic;
        std::string_view body;
    };
    const Case cases[] = {
        {"basic", ClientAuthMethod::client_secret_basic, true, "grant_type=refresh_token&refresh_token=r"},
        {"post", ClientAuthMethod::client_secret_post, false,
         "grant_type=refresh_token&refresh_token=r&client_id=id&client_secret=s%26t"},
        {"assertion", ClientAuthMethod::private_key_jwt, false,
         "grant_type=refresh_token&refresh_token=r&client_id=id&"
         "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b."
         "c"},
        {"certificate", ClientAuthMethod::tls_client_auth, false,
         "grant_type=refresh_token&refresh_token=r&client_id=id"},
        {"public", ClientAuthMethod::none, false, "grant_type=refresh_token&refresh_token=r&client_id=id"},
    };
    const ClientRegistration everything{"id", SecretString("s&t"), SecretString("a.b.c")};
    for (const Case& c : cases) {
        const BackChannelRequest request = refresh_request(endpoint(c.method), everything, SecretString("r"));
        EXPECT_EQ(header(request, "Authorization").has_value(), c.basic) << c.name;
        EXPECT_EQ(request.body.reveal(), c.body) << c.name;
    }
}

TEST(TokenRequestTest, without_an_assertion_the_client_id_stands_alone) {
    const BackChannelRequest request =
        refresh_request(endpoint(ClientAuthMethod::private_key_jwt), client(), SecretString("r"));

    EXPECT_EQ(request.body.reveal(), "grant_type=refresh_token&refresh_token=r&client_id=s6BhdRkqt3");
}

TEST(TokenRequestTest, an_empty_secret_is_left_out_of_the_body) {
    const BackChannelRequest request =
        refresh_request(endpoint(ClientAuthMethod::client_secret_post), {"id", SecretString()}, SecretString("r"));

    EXPECT_EQ(request.body.reveal(), "grant_type=refresh_token&refresh_token=r&client_id=id");
}

TEST(TokenRequestTest, the_providers_own_parameters_go_with_every_grant) {
    TokenEndpoint at = endpoint(ClientAuthMethod::client_secret_basic);
    at.extra = {{"expiring", "1"}, {"resource", "https://api.example/"}};
    constexpr std::string_view expected = "&expiring=1&resource=https%3A%2F%2Fapi.example%2F";

    EXPECT_TRUE(authorization_code_request(at, client(), code_grant()).body.reveal().ends_with(expected));
    EXPECT_TRUE(refresh_request(at, client(), SecretString("r")).body.reveal().ends_with(expected));
    EXPECT_TRUE(client_credentials_request(at, client(), "a").body.reveal().ends_with(expected));
}

TEST(TokenRequestTest, the_providers_own_parameters_never_speak_for_the_protocol) {
    TokenEndpoint at = endpoint(ClientAuthMethod::client_secret_basic);
    at.extra = {{"grant_type", "password"},    {"refresh_token", "other"}, {"code", "x"},
                {"code_verifier", "x"},        {"redirect_uri", "x"},      {"scope", "all"},
                {"client_id", "other"},        {"client_secret", "x"},     {"client_assertion", "x"},
                {"client_assertion_type", "x"}};

    EXPECT_EQ(refresh_request(at, client(), SecretString("r")).body.reveal(),
              "grant_type=refresh_token&refresh_token=r");
}

TEST(TokenRequestTest, a_value_cannot_bring_a_parameter_of_its_own) {
    const BackChannelRequest request =
        refresh_request(endpoint(ClientAuthMethod::none), client(), SecretString("r&grant_type=password\r\nX: 1"));

    EXPECT_EQ(request.body.reveal(),
              "grant_type=refresh_token&refresh_token=r%26grant_type%3Dpassword%0D%0AX%3A+1&client_id=s6BhdRkqt3");
}

TEST(TokenRequestTest, no_secret_stands_in_the_url) {
    for (const auto method : {ClientAuthMethod::client_secret_basic, ClientAuthMethod::client_secret_post,
                              ClientAuthMethod::private_key_jwt, ClientAuthMethod::none}) {
        const BackChannelRequest request = authorization_code_request(endpoint(method), client(), code_grant());
        EXPECT_EQ(request.url, "https://server.example.com/token");
        EXPECT_FALSE(request.url_is_secret);
    }
}

RevocationEndpoint revocation(RevocationStyle style) {
    return {"https://server.example.com/revoke", style, ClientAuthMethod::client_secret_basic};
}

TEST(RevocationRequestTest, rfc_7009_names_the_token_and_its_kind_and_authenticates) {
    const BackChannelRequest request = revocation_request(revocation(RevocationStyle::rfc7009), client(),
                                                          SecretString("45ghiukldjahdnhzdauz"), "refresh_token");

    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://server.example.com/revoke");
    EXPECT_EQ(request.body.reveal(), "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token");
    EXPECT_EQ(header(request, "Authorization"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    EXPECT_FALSE(request.url_is_secret);
}

TEST(RevocationRequestTest, zoho_wants_the_token_in_the_query_of_a_url_that_is_never_logged) {
    const BackChannelRequest request = revocation_request(revocation(RevocationStyle::query_token), client(),
                                                          SecretString("1000.a+b"), "refresh_token");

    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://server.example.com/revoke?token=1000.a%2Bb");
    EXPECT_TRUE(request.url_is_secret);
    EXPECT_TRUE(request.body.empty());
    EXPECT_EQ(header(request, "Authorization"), std::nullopt);
}

TEST(RevocationRequestTest, clio_is_told_by_the_access_token_itself) {
    const BackChannelRequest request =
        revocation_request(revocation(RevocationStyle::bearer), client(), SecretString("at"), "access_token");

    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://server.example.com/revoke");
    EXPECT_EQ(header(request, "Authorization"), "Bearer at");
    EXPECT_FALSE(request.url_is_secret);
}

TEST(RevocationRequestTest, hubspot_deletes_a_path_that_a_token_cannot_leave) {
    for (const std::string_view url : {"https://server.example.com/revoke", "https://server.example.com/revoke/"}) {
        RevocationEndpoint at = revocation(RevocationStyle::delete_path);
        at.url = url;

        const BackChannelRequest request = revocation_request(at, client(), SecretString("a/../b?c"), "refresh_token");

        EXPECT_EQ(request.method, "DELETE");
        EXPECT_EQ(request.url, "https://server.example.com/revoke/a%2F..%2Fb%3Fc");
        EXPECT_TRUE(request.url_is_secret);
        EXPECT_TRUE(request.body.empty());
    }
}

}  // namespace
}  // namespace evergrant::oauth
