#include "oauth/token_response.h"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace evergrant::oauth {
namespace {

using namespace std::chrono_literals;
using Scopes = std::vector<std::string>;

constexpr sys_seconds now{1'700'000'000s};

BackChannelAnswer answer(std::string body, unsigned status = 200, std::string content_type = "application/json") {
    BackChannelAnswer result;
    result.status = status;
    result.content_type = std::move(content_type);
    result.body = std::move(body);
    return result;
}

TokenResponseContext context() {
    TokenResponseContext result;
    result.now = now;
    result.requested_scopes = {"asked"};
    return result;
}

std::expected<TokenSet, ProviderFailure> read(std::string body) {
    return read_token_response(answer(std::move(body)), context());
}

TEST(TokenResponseTest, reads_the_example_of_rfc_6749_section_5_1) {
    const auto tokens = read(R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,
                                 "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->access_token.reveal(), "2YotnFZFEjr1zCsicMWpAA");
    EXPECT_EQ(tokens->refresh_token.reveal(), "tGzv3JOkF0XG5Qx2TlKWIA");
    EXPECT_EQ(tokens->token_type, "example");
    EXPECT_EQ(tokens->lifetime, 3600s);
    EXPECT_EQ(tokens->expires_at, now + 3600s);
    EXPECT_EQ(tokens->scopes, Scopes{"asked"});
    EXPECT_EQ(tokens->metadata, (boost::json::object{{"example_parameter", "example_value"}}));
}

TEST(TokenResponseTest, token_type_is_kept_as_spelt_and_is_bearer_when_missing) {
    struct Case {
        std::string_view name;
        std::string body;
        std::string_view expected;
    };
    const Case cases[] = {
        {"missing", R"({"access_token":"a"})", "Bearer"},
        {"null", R"({"access_token":"a","token_type":null})", "Bearer"},
        {"empty", R"({"access_token":"a","token_type":""})", "Bearer"},
        {"lower case", R"({"access_token":"a","token_type":"bearer"})", "bearer"},
        {"upper case", R"({"access_token":"a","token_type":"BEARER"})", "BEARER"},
        {"another", R"({"access_token":"a","token_type":"DPoP"})", "DPoP"},
        {"line break", R"({"access_token":"a","token_type":"Bearer\n"})", "Bearer"},
    };
    for (const Case& c : cases) {
        const auto tokens = read(c.body);
        ASSERT_TRUE(tokens) << c.name;
        EXPECT_EQ(tokens->token_type, c.expected) << c.name;
    }
}

TEST(TokenResponseTest, expires_in_is_a_number_or_a_numeric_string) {
    struct Case {
        std::string_view expires_in;
        std::chrono::seconds lifetime;
    };
    const Case cases[] = {
        {"3600", 3600s},
        {R"("3600")", 3600s},
        {"3600.0", 3600s},
        {"3599.9", 3599s},
        {"3.6e3", 3600s},
        {R"("3600.5")", 3600s},
        {R"("3.6e3")", 3600s},
        {"1", 1s},
        {"2592000", 30 * 24h},
        {"315569520", 315569520s},
        {R"("315360000")", 315360000s},
    };
    for (const Case& c : cases) {
        const auto tokens = read(R"({"access_token":"a","expires_in":)" + std::string(c.expires_in) + "}");
        ASSERT_TRUE(tokens) << c.expires_in;
        EXPECT_EQ(tokens->lifetime, c.lifetime) << c.expires_in;
        EXPECT_EQ(tokens->expires_at, now + c.lifetime) << c.expires_in;
    }
}

TEST(TokenResponseTest, an_impossible_expires_in_is_not_believed_and_loses_no_refresh_token) {
    for (const std::string_view expires_in :
         {"-1",        "-0.5",        R"("-3600")",           "315569521", "1e300",      "1e999",
          "0e999",     "-1e999",      "18446744073709551615", R"("NaN")",  R"("inf")",   R"("-inf")",
          R"("soon")", R"("3600 s")", R"(" 3600")",           R"("0x10")", R"("1e999")", "true",
          "[3600]",    "{}"}) {
        const auto tokens = read(R"({"access_token":"SECRET-A","refresh_token":"SECRET-R","expires_in":)" +
                                 std::string(expires_in) + "}");
        ASSERT_TRUE(tokens) << expires_in;
        EXPECT_EQ(tokens->lifetime, std::chrono::minutes(5)) << expires_in;
        EXPECT_EQ(tokens->refresh_token.reveal(), "SECRET-R") << expires_in;
    }
}

TEST(TokenResponseTest, without_expires_in_the_assumed_lifetime_counts) {
    TokenResponseContext salesforce = context();
    salesforce.assumed_lifetime = 2h;
    for (const std::string_view member : {"", R"(,"expires_in":null)", R"(,"expires_in":"")", R"(,"expires_in":0)"}) {
        const auto tokens =
            read_token_response(answer(R"({"access_token":"a")" + std::string(member) + "}"), salesforce);
        ASSERT_TRUE(tokens) << member;
        EXPECT_EQ(tokens->lifetime, 2h) << member;
        EXPECT_EQ(tokens->expires_at, now + 2h) << member;
    }
}

TEST(TokenResponseTest, what_the_answer_says_wins_over_the_assumed_lifetime) {
    TokenResponseContext salesforce = context();
    salesforce.assumed_lifetime = 2h;

    const auto tokens = read_token_response(answer(R"({"access_token":"a","expires_in":60})"), salesforce);

    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->lifetime, 60s);
}

TEST(TokenResponseTest, without_any_lifetime_a_token_does_not_expire) {
    for (const std::string_view member : {"", R"(,"expires_in":0)"}) {
        const auto tokens = read(R"({"access_token":"a")" + std::string(member) + "}");
        ASSERT_TRUE(tokens) << member;
        EXPECT_EQ(tokens->expires_at, std::nullopt) << member;
        EXPECT_EQ(tokens->lifetime, 0s) << member;
    }
}

TEST(TokenResponseTest, an_absent_empty_or_null_refresh_token_is_none) {
    for (const std::string_view member : {"", R"(,"refresh_token":null)", R"(,"refresh_token":"")"}) {
        const auto tokens = read(R"({"access_token":"a")" + std::string(member) + "}");
        ASSERT_TRUE(tokens) << member;
        EXPECT_TRUE(tokens->refresh_token.empty()) << member;
    }
}

TEST(TokenResponseTest, a_refresh_token_of_any_characters_is_kept) {
    const auto tokens = read(R"({"access_token":"a","refresh_token":"\u00fc\n\u0000x"})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->refresh_token.reveal(), std::string("\xC3\xBC\n\0x", 5));
}

TEST(TokenResponseTest, members_of_the_wrong_kind_are_a_malformed_answer) {
    struct Case {
        std::string_view name;
        std::string body;
    };
    const Case cases[] = {
        {"refresh token a number", R"({"access_token":"a","refresh_token":17})"},
        {"refresh token an object", R"({"access_token":"a","refresh_token":{}})"},
        {"line break in the access token", R"({"access_token":"SECRET\r\nX-Admin: 1"})"},
        {"NUL in the access token", R"({"access_token":"SECRET\u0000"})"},
        {"access token beyond ASCII", R"({"access_token":"SECRET\u00fc"})"},
    };
    for (const Case& c : cases) {
        const auto tokens = read(c.body);
        ASSERT_FALSE(tokens) << c.name;
        EXPECT_EQ(tokens.error().failure, FailureClass::provider_unavailable) << c.name;
        EXPECT_EQ((tokens.error().reason + tokens.error().detail).find("SECRET"), std::string::npos) << c.name;
    }
}

TEST(TokenResponseTest, scopes_are_split_as_providers_write_them) {
    struct Case {
        std::string_view name;
        std::string scope;
        std::string separator;
        Scopes expected;
    };
    const Case cases[] = {
        {"spaces", R"("read write")", " ", {"read", "write"}},
        {"commas", R"("repo,gist")", " ", {"repo", "gist"}},
        {"both and many", R"(" a,  b ,c, ")", " ", {"a", "b", "c"}},
        {"the provider's own", R"("a;b+c d")", ";+", {"a", "b", "c", "d"}},
        {"a list", R"(["chat:read","user:read:email", 7, ""])", " ", {"chat:read", "user:read:email"}},
        {"a list of joined ones", R"(["a b","c"])", " ", {"a", "b", "c"}},
        {"empty", R"("")", " ", {"asked"}},
        {"separators alone", R"(" , ")", " ", {"asked"}},
        {"null", "null", " ", {"asked"}},
        {"an empty list", "[]", " ", {"asked"}},
        {"a number", "5", " ", {"asked"}},
    };
    for (const Case& c : cases) {
        TokenResponseContext with = context();
        with.scope_separator = c.separator;
        const auto tokens = read_token_response(answer(R"({"access_token":"a","scope":)" + c.scope + "}"), with);
        ASSERT_TRUE(tokens) << c.name;
        EXPECT_EQ(tokens->scopes, c.expected) << c.name;
    }
}

TEST(TokenResponseTest, unknown_members_become_metadata_and_the_protocols_own_do_not) {
    const auto tokens =
        read(R"({"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":1,"scope":"s",
        "id_token":"eyJ","api_domain":"https://www.zohoapis.eu","issued_at":"1278448384422","need_patient_banner":true,
        "fhirContext":[{"reference":"Encounter/1"}]})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(boost::json::serialize(tokens->metadata),
              R"({"api_domain":"https://www.zohoapis.eu","issued_at":"1278448384422","need_patient_banner":true,)"
              R"("fhirContext":[{"reference":"Encounter/1"}]})");
}

TEST(TokenResponseTest, no_secret_becomes_metadata_however_deep) {
    const auto tokens = read(R"({"ok":true,"access_token":"xoxb-ACCESS-1","refresh_token":"xoxe-REFRESH-1",
        "team":{"id":"T1"},"authed_user":{"id":"U1","access_token":"xoxp-USER-1","Refresh-Token":"x"},
        "client_secret":"x","clientSecret":"x","api_key":"x","bot":{"deep":[{"password":"x","n":1}]},
        "echo":"token is xoxb-ACCESS-1!","echoes":["xoxe-REFRESH-1","fine"],"xoxb-ACCESS-1":"name"})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(boost::json::serialize(tokens->metadata),
              R"({"ok":true,"team":{"id":"T1"},"authed_user":{"id":"U1"},"bot":{"deep":[{"n":1}]},"echoes":["fine"]})");
}

TEST(TokenResponseTest, metadata_can_always_be_written_as_json) {
    const auto tokens = read(R"({"access_token":"a","nan":0e999,"infinite":1e999,"list":[0e999,-1e999,1.5]})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(boost::json::serialize(tokens->metadata), R"({"list":[1.5E0]})");
}

TEST(TokenResponseTest, a_long_token_is_known_by_its_beginning) {
    const std::string token = std::string(300, 'x') + "-1";
    const std::string echoed = std::string(300, 'x') + "-2";

    const auto tokens = read(R"({"access_token":")" + token + R"(","echo":")" + echoed + R"(","other":"x"})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(boost::json::serialize(tokens->metadata), R"({"other":"x"})");
}

TEST(TokenResponseTest, a_short_token_hides_only_what_equals_it) {
    const auto tokens = read(R"({"access_token":"a","same":"a","word":"area"})");

    ASSERT_TRUE(tokens);
    EXPECT_EQ(boost::json::serialize(tokens->metadata), R"({"word":"area"})");
}

TEST(TokenResponseTest, reads_json_whatever_its_content_type_claims) {
    for (const std::string_view type :
         {"", "text/html; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"})
        EXPECT_TRUE(read_token_response(answer(R"({"access_token":"a"})", 200, std::string(type)), context())) << type;
}

TEST(TokenResponseTest, reads_json_behind_a_byte_order_mark) {
    EXPECT_TRUE(read("\xEF\xBB\xBF{\"access_token\":\"a\"}"));
}

TEST(TokenResponseTest, a_created_answer_is_a_success_too) {
    EXPECT_TRUE(read_token_response(answer(R"({"access_token":"a"})", 201), context()));
}

TEST(TokenResponseTest, reads_githubs_form) {
    const auto tokens = read_token_response(answer("access_token=gho_16C7e42F292c6912E7710c838347Ae178B4a&expires_in="
                                                   "28800&scope=repo%2Cgist&token_type=bearer",
                                                   200, "application/x-www-form-urlencoded; charset=utf-8"),
                                            context());

    ASSERT_TRUE(tokens);
    EXPECT_EQ(tokens->access_token.reveal(), "gho_16C7e42F292c6912E7710c838347Ae178B4a");
    EXPECT_EQ(tokens->lifetime, 28800s);
    EXPECT_EQ(tokens->scopes, (Scopes{"repo", "gist"}));
    EXPECT_EQ(tokens->token_type, "bearer");
}

TEST(TokenResponseTest, what_only_looks_like_a_form_is_no_token) {
    struct Case {
        std::string_view name;
        BackChannelAnswer answer;
    };
    const Case cases[] = {
        {"a page", answer("access_token=a", 200, "text/html")},
        {"a parameter twice", answer("access_token=a&access_token=b", 200, "text/plain")},
        {"bad encoding", answer("access_token=%", 200, "text/plain")},
        {"several lines", answer("access_token=a\nb", 200, "text/plain")},
        {"neither token nor error", answer("a=b", 200, "text/plain")},
    };
    for (const Case& c : cases) {
        const auto tokens = read_token_response(c.answer, context());
        ASSERT_FALSE(tokens) << c.name;
        EXPECT_EQ(tokens.error().failure, FailureClass::provider_unavailable) << c.name;
    }
}

TEST(TokenResponseTest, a_success_without_token_and_without_error_leaves_doubt) {
    for (const std::string_view body :
         {"", "{}", "[]", "null", R"("access_token")", R"({"access_token":)", R"({"access_token":"a")",
          R"({"access_token":""})", R"({"access_token":null})", R"({"access_token":17})", R"({"token":"a"})",
          "<html><body>Sign in</body></html>", R"({"access_token":"a"}{})", "{'access_token':'a'}",
          R"({"access_token":"a","error":})", "\xFF\xFE"}) {
        const auto tokens = read(std::string(body));
        ASSERT_FALSE(tokens) << body;
        EXPECT_EQ(tokens.error().failure, FailureClass::provider_unavailable) << body;
        EXPECT_TRUE(leaves_doubt(tokens.error().failure)) << body;
    }
}

TEST(TokenResponseTest, a_token_beside_another_status_is_not_taken) {
    for (const unsigned status : {0U, 199U, 302U, 400U, 500U}) {
        const auto tokens = read_token_response(answer(R"({"access_token":"SECRETSECRET"})", status), context());
        ASSERT_FALSE(tokens) << status;
        EXPECT_EQ(tokens.error().failure, FailureClass::provider_unavailable) << status;
        EXPECT_EQ((tokens.error().reason + tokens.error().detail).find("SECRET"), std::string::npos) << status;
    }
}

TEST(TokenResponseTest, a_success_with_an_error_is_classified_by_the_providers_rules) {
    TokenResponseContext zoho = context();
    zoho.error_rules.push_back(
        {.http_status = {}, .error = "invalid_code", .body_contains = {}, .meaning = FailureClass::dead_grant});

    const auto tokens = read_token_response(answer(R"({"error":"invalid_code"})"), zoho);

    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().failure, FailureClass::dead_grant);
}

TEST(TokenResponseTest, a_token_is_a_token_although_the_answer_has_an_error_member) {
    for (const std::string_view error : {"null", "\"\"", "false", "0", "[]", R"("odd")"})
        EXPECT_TRUE(read(R"({"access_token":"a","error":)" + std::string(error) + "}")) << error;
}

std::string nested(std::size_t depth) {
    return R"({"access_token":"a","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

TEST(TokenResponseTest, json_may_be_64_deep_and_not_deeper) {
    EXPECT_TRUE(read(nested(64)));
    EXPECT_FALSE(read(nested(65)));
    EXPECT_FALSE(read(nested(100'000)));
}

TEST(TokenResponseTest, an_answer_may_have_a_mebibyte_and_not_more) {
    const std::string start = R"({"access_token":"a","x":")";
    const std::size_t room = 1024 * 1024 - start.size() - 2;

    EXPECT_TRUE(read(start + std::string(room, 'x') + "\"}"));
    EXPECT_FALSE(read(start + std::string(room + 1, 'x') + "\"}"));
}

TEST(TokenResponseTest, a_form_may_have_a_mebibyte_and_not_more) {
    const std::string form = "access_token=a&x=";
    const auto of_size = [&](std::size_t size) { return answer(form + std::string(size - form.size(), 'x'), 200, ""); };

    EXPECT_TRUE(read_token_response(of_size(1024 * 1024), context()));
    EXPECT_FALSE(read_token_response(of_size(1024 * 1024 + 1), context()));
}

TEST(TokenResponseTest, the_json_test_suite_never_makes_a_token_of_what_is_not_json) {
    const std::filesystem::path folder =
        std::filesystem::path(EVERGRANT_SOURCE_DIR) / "../shared/data/json/test_parsing";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "The JSON test suite does not lie beside the checkout.";

    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const std::string name = entry.path().filename().string();
        const auto tokens = read(R"({"access_token":"a","x":)" + text + "}");
        if (name.starts_with("n_")) {
            EXPECT_FALSE(tokens.has_value()) << name;
        } else if (name.starts_with("y_")) {
            EXPECT_TRUE(tokens.has_value()) << name;
        }
    }
}

}  // namespace
}  // namespace evergrant::oauth
