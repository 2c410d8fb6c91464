#include "oauth/token_response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evergrant::oauth {
namespace {

using namespace std::chrono_literals;

constexpr sys_seconds now{1'700'000'000s};

BackChannelAnswer answer(unsigned status, std::string body, std::string content_type = "application/json") {
    BackChannelAnswer result;
    result.status = status;
    result.content_type = std::move(content_type);
    result.body = std::move(body);
    return result;
}

ErrorRule rule(FailureClass meaning, std::optional<unsigned> status, std::string error, std::string body = {}) {
    return {.http_status = status, .error = std::move(error), .body_contains = std::move(body), .meaning = meaning};
}

FailureClass class_of(unsigned status, std::string body, std::string content_type = "application/json",
                      const std::vector<ErrorRule>& rules = {}) {
    return classify(answer(status, std::move(body), std::move(content_type)), rules, now).failure;
}

TEST(ClassificationTest, standard_errors_mean_what_rfc_6749_section_5_2_says) {
    struct Case {
        std::string_view error;
        FailureClass expected;
    };
    const Case cases[] = {
        {"invalid_grant", FailureClass::dead_grant},
        {"invalid_client", FailureClass::app_misconfigured},
        {"unauthorized_client", FailureClass::app_misconfigured},
        {"redirect_uri_mismatch", FailureClass::app_misconfigured},
        {"slow_down", FailureClass::throttled},
        {"temporarily_unavailable", FailureClass::provider_unavailable},
        {"server_error", FailureClass::provider_unavailable},
        {"invalid_request", FailureClass::request_rejected},
        {"invalid_scope", FailureClass::request_rejected},
        {"unsupported_grant_type", FailureClass::request_rejected},
        {"Invalid_Grant", FailureClass::request_rejected},
        {"invalid_grant ", FailureClass::request_rejected},
        {"something_new", FailureClass::request_rejected},
    };
    for (const Case& c : cases) {
        const std::string body = R"({"error":")" + std::string(c.error) + R"("})";
        for (const unsigned status : {200U, 400U, 401U, 403U})
            EXPECT_EQ(class_of(status, body), c.expected) << c.error << " " << status;
    }
}

TEST(ClassificationTest, a_status_speaks_before_the_body_where_the_provider_is_away_or_busy) {
    const std::string dead = R"({"error":"invalid_grant"})";

    EXPECT_EQ(class_of(429, dead), FailureClass::throttled);
    EXPECT_EQ(class_of(429, ""), FailureClass::throttled);
    for (const unsigned status : {0U, 100U, 301U, 302U, 408U, 500U, 502U, 503U, 504U, 529U, 600U})
        EXPECT_EQ(class_of(status, dead), FailureClass::provider_unavailable) << status;
}

TEST(ClassificationTest, a_rule_without_a_status_does_not_kill_while_the_provider_is_busy) {
    const std::vector<ErrorRule> rules{rule(FailureClass::dead_grant, {}, "invalid_code")};
    const std::string dead = R"({"error":"invalid_code"})";

    EXPECT_EQ(class_of(429, dead, "application/json", rules), FailureClass::throttled);
    EXPECT_EQ(class_of(408, dead, "application/json", rules), FailureClass::provider_unavailable);
}

TEST(ClassificationTest, what_cannot_be_read_is_never_death) {
    struct Case {
        std::string_view name;
        std::string body;
        std::string content_type;
    };
    const Case cases[] = {
        {"empty", "", "application/json"},
        {"a page that quotes the error", "<html>invalid_grant</html>", "text/html"},
        {"text that quotes the error", "invalid_grant", "text/plain"},
        {"a form posing as a page", "error=invalid_grant", "text/html"},
        {"truncated", R"({"error":"invalid_grant")", "application/json"},
        {"a list", R"(["invalid_grant"])", "application/json"},
        {"a string", R"("invalid_grant")", "application/json"},
        {"another member", R"({"message":"invalid_grant"})", "application/json"},
        {"an empty error", R"({"error":""})", "application/json"},
        {"no error", R"({"error":null,"errors":[]})", "application/json"},
        {"too deep", R"({"error":"invalid_grant","x":)" + std::string(70, '[') + std::string(70, ']') + "}",
         "application/json"},
        {"too long", R"({"error":"invalid_grant","x":")" + std::string(1024 * 1024, 'x') + "\"}", "application/json"},
    };
    for (const Case& c : cases) {
        for (const unsigned status : {200U, 400U, 401U, 403U, 404U})
            EXPECT_EQ(class_of(status, c.body, c.content_type), FailureClass::provider_unavailable)
                << c.name << " " << status;
    }
}

TEST(ClassificationTest, an_error_that_is_not_a_word_is_a_refusal_and_never_death) {
    struct Case {
        std::string_view name;
        std::string body;
        std::string_view code;
    };
    const Case cases[] = {
        {"Google's APIs", R"({"error":{"code":401,"message":"no","status":"UNAUTHENTICATED"}})", "UNAUTHENTICATED"},
        {"Facebook", R"({"error":{"message":"no","type":"OAuthException","code":190}})", "OAuthException"},
        {"a code within", R"({"error":{"code":"invalid_grant"}})", "invalid_grant"},
        {"nothing within", R"({"error":{"x":1}})", ""},
        {"a number", R"({"error":400})", "400"},
        {"a large number", R"({"error":9223372036854775808})", "unreadable_code"},
        {"a fraction", R"({"error":1.5})", "1.5E0"},
        {"true", R"({"error":true})", ""},
        {"a list", R"({"error":["invalid_grant"]})", ""},
        {"a list of errors", R"({"errors":[{"code":"invalid_grant"}]})", ""},
    };
    for (const Case& c : cases) {
        const ProviderFailure failure = classify(answer(400, c.body), {}, now);
        EXPECT_EQ(failure.failure, FailureClass::request_rejected) << c.name;
        EXPECT_EQ(failure.code, c.code) << c.name;
    }
}

TEST(ClassificationTest, form_encoded_errors_are_read) {
    EXPECT_EQ(
        class_of(200, "error=invalid_grant&error_description=The+grant+expired", "application/x-www-form-urlencoded"),
        FailureClass::dead_grant);
    EXPECT_EQ(class_of(200, "error=bad_verification_code", ""), FailureClass::request_rejected);
}

std::vector<ErrorRule> provider_rules() {
    return {
        rule(FailureClass::dead_grant, {}, "invalid_code"),
        rule(FailureClass::app_misconfigured, {}, "invalid_client_secret"),
        rule(FailureClass::throttled, {}, "Access Denied"),
        rule(FailureClass::throttled, {}, "", "too many requests"),
        rule(FailureClass::dead_grant, 400, "", "BAD_REFRESH_TOKEN"),
        rule(FailureClass::dead_grant, {}, "bad_refresh_token"),
        rule(FailureClass::dead_grant, {}, "token_revoked"),
        rule(FailureClass::request_rejected, {}, "invalid_grant", "AADSTS50173"),
        rule(FailureClass::app_misconfigured, 418, ""),
    };
}

TEST(ClassificationTest, the_providers_rules_come_first) {
    struct Case {
        std::string_view name;
        unsigned status;
        std::string body;
        FailureClass expected;
    };
    const Case cases[] = {
        {"Zoho, dead", 200, R"({"error":"invalid_code"})", FailureClass::dead_grant},
        {"Zoho, secret", 200, R"({"error":"invalid_client_secret"})", FailureClass::app_misconfigured},
        {"Zoho, throttled", 200,
         R"({"error":"Access Denied","error_description":"You have made too many requests continuously."})",
         FailureClass::throttled},
        {"Zoho, throttled with 400", 400, R"({"error":"Access Denied"})", FailureClass::throttled},
        {"in any case of letters", 400, R"({"error":"x","error_description":"Too Many Requests"})",
         FailureClass::throttled},
        {"HubSpot", 400, R"({"status":"BAD_REFRESH_TOKEN","message":"missing or unknown refresh token"})",
         FailureClass::dead_grant},
        {"HubSpot with the standard error", 400, R"({"error":"invalid_grant","status":"BAD_REFRESH_TOKEN"})",
         FailureClass::dead_grant},
        {"GitHub", 200, R"({"error":"bad_refresh_token"})", FailureClass::dead_grant},
        {"Slack", 200, R"({"ok":false,"error":"token_revoked"})", FailureClass::dead_grant},
        {"Slack, another", 200, R"({"ok":false,"error":"fatal_error"})", FailureClass::request_rejected},
        {"all conditions of a rule", 400, R"({"error":"invalid_grant","error_description":"AADSTS50173: x"})",
         FailureClass::request_rejected},
        {"one condition of two", 400, R"({"error":"invalid_request","error_description":"AADSTS50173"})",
         FailureClass::request_rejected},
        {"the status alone", 418, "", FailureClass::app_misconfigured},
        {"the status is another", 401, R"({"status":"BAD_REFRESH_TOKEN"})", FailureClass::provider_unavailable},
        {"no rule", 400, R"({"error":"invalid_grant"})", FailureClass::dead_grant},
    };
    for (const Case& c : cases)
        EXPECT_EQ(class_of(c.status, c.body, "application/json", provider_rules()), c.expected) << c.name;
}

TEST(ClassificationTest, the_first_rule_that_matches_decides) {
    const std::vector<ErrorRule> rules{rule(FailureClass::throttled, {}, "x"), rule(FailureClass::dead_grant, {}, "x")};

    EXPECT_EQ(class_of(400, R"({"error":"x"})", "application/json", rules), FailureClass::throttled);
}

TEST(ClassificationTest, a_rule_without_conditions_matches_nothing) {
    const std::vector<ErrorRule> rules{rule(FailureClass::dead_grant, {}, "")};

    EXPECT_EQ(class_of(400, R"({"error":"x"})", "application/json", rules), FailureClass::request_rejected);
}

TEST(ClassificationTest, neither_success_nor_client_error_kills_only_if_the_rule_names_its_status) {
    const std::string body = R"({"error":"invalid_code"})";
    for (const unsigned status : {0U, 302U, 500U, 503U}) {
        const std::vector<ErrorRule> unnamed{rule(FailureClass::dead_grant, {}, "invalid_code")};
        const std::vector<ErrorRule> named{rule(FailureClass::dead_grant, status, "invalid_code")};
        EXPECT_EQ(class_of(status, body, "application/json", unnamed), FailureClass::provider_unavailable) << status;
        EXPECT_EQ(class_of(status, body, "application/json", named), FailureClass::dead_grant) << status;
    }
}

TEST(ClassificationTest, a_page_of_html_never_kills) {
    const std::vector<ErrorRule> rules{rule(FailureClass::dead_grant, 403, "", "revoked")};

    EXPECT_EQ(class_of(403, "<HTML>revoked</HTML>", "", rules), FailureClass::provider_unavailable);
    EXPECT_EQ(class_of(403, "revoked", "text/html", rules), FailureClass::provider_unavailable);
    EXPECT_EQ(class_of(403, "the token was revoked", "text/plain", rules), FailureClass::dead_grant);
    EXPECT_EQ(class_of(403, R"({"m":"revoked"})", "text/html", rules), FailureClass::dead_grant);
}

TEST(ClassificationTest, every_rule_may_speak_of_a_page_but_for_death) {
    const std::vector<ErrorRule> rules{rule(FailureClass::throttled, {}, "", "rate limit")};

    EXPECT_EQ(class_of(503, "<html>Rate Limit</html>", "text/html", rules), FailureClass::throttled);
}

TEST(ClassificationTest, says_in_one_sentence_what_happened) {
    struct Case {
        std::string_view name;
        BackChannelAnswer answer;
        std::string_view expected;
    };
    const Case cases[] = {
        {"dead", answer(400, R"({"error":"invalid_grant","error_description":"x"})"),
         "The provider no longer accepts this grant (invalid_grant)."},
        {"app", answer(401, R"({"error":"invalid_client"})"),
         "The provider refuses our client id, secret or redirect URI (invalid_client)."},
        {"rejected", answer(400, R"({"error":"invalid_scope"})"), "The provider refuses this request (invalid_scope)."},
        {"throttled", answer(429, ""), "The provider says that it has had too many requests."},
        {"away", answer(503, R"({"error":"x"})"), "The provider answered 503 (x)."},
        {"empty", answer(200, ""), "The provider answered 200 with an empty body."},
        {"page", answer(403, "<html>"), "The provider answered 403 with something that is not an OAuth answer."},
        {"neither", answer(200, "{}"), "The provider answered 200 with neither a token nor an error."},
        {"unavailable", answer(400, R"({"error":"temporarily_unavailable"})"),
         "The provider says that it is not available (temporarily_unavailable)."},
    };
    for (const Case& c : cases)
        EXPECT_EQ(classify(c.answer, {}, now).reason, c.expected) << c.name;
}

TEST(ClassificationTest, a_rule_may_say_that_nothing_was_taken_or_nothing_is_known) {
    const std::vector<ErrorRule> rules{rule(FailureClass::not_sent, {}, "queue_full"),
                                       rule(FailureClass::answer_unknown, {}, "pending")};

    EXPECT_EQ(classify(answer(400, R"({"error":"queue_full"})"), rules, now).reason,
              "The provider says that it has not taken the request (queue_full).");
    EXPECT_EQ(classify(answer(400, R"({"error":"pending"})"), rules, now).reason,
              "The provider does not say what became of the request (pending).");
}

TEST(ClassificationTest, no_secret_of_the_answer_is_in_code_reason_or_detail) {
    const std::string token = "1000.4c1d9e8f7a6b5c4d3e2f1a0b9c8d7e6f.aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI";
    const std::string bodies[] = {
        R"({"error":"invalid_grant","refresh_token":")" + token + "\"}",
        R"({"error":")" + token + "\"}",
        R"({"error":"bad token )" + token + "\"}",
        R"({"error":{"code":")" + token + "\"}}",
        "error=" + token,
        "<html>" + token + "</html>",
    };
    for (const std::string& body : bodies) {
        const ProviderFailure failure = classify(answer(400, body, ""), {}, now);
        const std::string everything = failure.code + failure.reason + failure.detail;
        EXPECT_EQ(everything.find("4c1d9e8f"), std::string::npos) << body;
        EXPECT_EQ(everything.find("aB3dE5gH"), std::string::npos) << body;
    }
}

TEST(ClassificationTest, what_was_sent_is_in_nothing_that_is_told_of_its_failure) {
    const std::vector<std::string_view> sent{"a readable secret/of ours", "short-refresh-token"};
    for (const std::string_view quoted :
         {"a readable secret/of ours", "a+readable+secret%2Fof+ours", "short-refresh-token"}) {
        for (const std::string& body :
             {R"({"error":"invalid_grant","error_description":"you sent )" + std::string(quoted) + " to us\"}",
              R"({"error":")" + std::string(quoted) + "\"}", std::string(490, '.') + std::string(quoted)}) {
            const ProviderFailure failure = classify(answer(400, body, ""), {}, now, sent);

            const std::string everything = failure.code + failure.reason + failure.detail;
            EXPECT_EQ(everything.find("readable"), std::string::npos) << everything;
            EXPECT_EQ(everything.find("short-ref"), std::string::npos) << everything;
        }
    }
}

TEST(ClassificationTest, what_was_sent_changes_nothing_of_what_an_answer_means) {
    const std::vector<std::string_view> sent{"invalid_grant"};

    const ProviderFailure failure = classify(answer(400, R"({"error":"invalid_grant"})", ""), {}, now, sent);

    EXPECT_EQ(failure.failure, FailureClass::dead_grant);
}

TEST(ClassificationTest, the_description_is_for_the_log_alone_and_cut) {
    const ProviderFailure failure = classify(
        answer(400, R"({"error":"invalid_grant","error_description":")" + std::string(2000, ' ') + "\"}"), {}, now);

    EXPECT_EQ(failure.detail.size(), 500U);
    EXPECT_EQ(failure.reason, "The provider no longer accepts this grant (invalid_grant).");
}

TEST(ClassificationTest, carries_status_code_and_the_pause_that_was_asked_for) {
    BackChannelAnswer busy = answer(503, R"({"error":"temporarily_unavailable"})");
    busy.retry_after = "120";

    const ProviderFailure failure = classify(busy, {}, now);

    EXPECT_EQ(failure.http_status, 503U);
    EXPECT_EQ(failure.code, "temporarily_unavailable");
    EXPECT_EQ(failure.retry_after, 120s);
}

TEST(RetryAfterTest, is_seconds_or_a_date_and_at_most_a_day) {
    // now is Tue, 14 Nov 2023 22:13:20 GMT
    struct Case {
        std::string_view value;
        std::optional<std::chrono::seconds> expected;
    };
    const Case cases[] = {
        {"0", 0s},
        {"120", 120s},
        {" \t120 ", 120s},
        {"007", 7s},
        {"86400", 24h},
        {"86401", 24h},
        {"99999999999999999999999999", 24h},
        {"Tue, 14 Nov 2023 22:14:20 GMT", 60s},
        {"Tuesday, 14-Nov-23 22:14:20 GMT", 60s},
        {"Tue Nov 14 22:14:20 2023", 60s},
        {"Thu Nov 16 00:00:00 2023", 24h},
        {"Tue, 14 Nov 2023 22:13:20 GMT", 0s},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 0s},
        {"Sun Nov  6 08:49:37 1994", 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 24h},
        {"Monday, 14-Nov-73 22:14:20 GMT", 24h},
        {"Tuesday, 14-Nov-74 22:14:20 GMT", 0s},
        {"Tue, 14 Nov 2023 22:13:60 GMT", 40s},
        {"", std::nullopt},
        {"  ", std::nullopt},
        {"-1", std::nullopt},
        {"1.5", std::nullopt},
        {"+5", std::nullopt},
        {"5s", std::nullopt},
        {"soon", std::nullopt},
        {"Tue, 14 Nov 2023 22:14:20", std::nullopt},
        {"Tue, 14 Nov 2023 22:14:20 CET", std::nullopt},
        {"Tue, 14 Nov 2023 22:14:20 GMT GMT", std::nullopt},
        {"Tue, 14 nov 2023 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Foo 2023 22:14:20 GMT", std::nullopt},
        {"Tue, 31 Nov 2023 22:14:20 GMT", std::nullopt},
        {"Tue, 00 Nov 2023 22:14:20 GMT", std::nullopt},
        {"Tue, x Nov 2023 22:14:20 GMT", std::nullopt},
        {"Tue, 014 Nov 2023 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 202 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 3 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 20233 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2o23 22:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 24:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:60:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:14:61 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:14 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22.14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:14.20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 2a:14:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:1a:20 GMT", std::nullopt},
        {"Tue, 14 Nov 2023 22:14:2a GMT", std::nullopt},
    };
    for (const Case& c : cases)
        EXPECT_EQ(parse_retry_after(c.value, now), c.expected) << c.value;
}

TEST(RevocationResponseTest, claims_only_what_happened) {
    struct Case {
        std::string_view name;
        unsigned status;
        std::string body;
        RevocationOutcome expected;
    };
    const Case cases[] = {
        {"RFC 7009, unknown tokens too", 200, "", RevocationOutcome::revoked},
        {"no content", 204, "", RevocationOutcome::revoked},
        {"any text", 200, "OK", RevocationOutcome::revoked},
        {"an empty object", 200, "{}", RevocationOutcome::revoked},
        {"Zoho", 200, R"({"status":"success"})", RevocationOutcome::revoked},
        {"Slack", 200, R"({"ok":true,"revoked":true})", RevocationOutcome::revoked},
        {"Slack, not so", 200, R"({"ok":true,"revoked":false})", RevocationOutcome::refused},
        {"a success that says so", 200, R"({"success":true})", RevocationOutcome::revoked},
        {"Slack, refused", 200, R"({"ok":false,"error":"invalid_auth"})", RevocationOutcome::refused},
        {"Slack, not ok", 200, R"({"ok":false})", RevocationOutcome::refused},
        {"no success", 200, R"({"success":false})", RevocationOutcome::refused},
        {"Zoho, failed", 200, R"({"status":"failure"})", RevocationOutcome::refused},
        {"an error", 200, R"({"error":"invalid_request"})", RevocationOutcome::refused},
        {"an error of the moment", 200, R"({"error":"temporarily_unavailable"})", RevocationOutcome::retry_later},
        {"a page", 200, "<!DOCTYPE html><title>Maintenance</title>", RevocationOutcome::retry_later},
        {"another page", 200, "<HTML></HTML>", RevocationOutcome::retry_later},
        {"the token still exists", 503, "", RevocationOutcome::retry_later},
        {"away", 500, R"({"error":"invalid_request"})", RevocationOutcome::retry_later},
        {"busy", 429, "", RevocationOutcome::retry_later},
        {"too slow", 408, "", RevocationOutcome::retry_later},
        {"no answer", 0, "", RevocationOutcome::retry_later},
        {"no such kind of token", 400, R"({"error":"unsupported_token_type"})", RevocationOutcome::unsupported},
        {"no such address", 404, "", RevocationOutcome::unsupported},
        {"no such method", 405, "", RevocationOutcome::unsupported},
        {"not offered", 501, "", RevocationOutcome::unsupported},
        {"refused", 400, R"({"error":"invalid_request"})", RevocationOutcome::refused},
        {"refused without a word", 400, "", RevocationOutcome::refused},
        {"our credentials", 401, R"({"error":"invalid_client"})", RevocationOutcome::refused},
        {"later, it says", 400, R"({"error":"slow_down"})", RevocationOutcome::retry_later},
        {"elsewhere", 302, "", RevocationOutcome::refused},
    };
    for (const Case& c : cases)
        EXPECT_EQ(read_revocation_response(answer(c.status, c.body)), c.expected) << c.name;
}

}  // namespace
}  // namespace evergrant::oauth
