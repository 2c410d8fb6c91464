//
// Commands that ask a running server, against a scripted one.
//
#include "command_fixture.h"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

#include <array>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;

class RemoteCommandsTest : public CommandFixture {
protected:
    RemoteCommandsTest() {
        environment = {{"EVERGRANT_URL", "http://localhost:3000/"}, {"EVERGRANT_API_KEY", "eg_1_secret"}};
    }

    static std::string status_body(std::string_view updated_at) {
        return R"({"tokens":[{"provider":"zoho_crm","integrationId":"zoho_crm","hasToken":)" +
               std::string(updated_at.empty() ? "false" : "true") + R"(,"updatedAt":")" + std::string(updated_at) +
               R"("}]})";
    }

    struct End {
        std::string hash;
        std::string outcome;
    };
    /// An audit log that tells of one authorization's end.
    static std::string log_of(const End& end, const std::string& integration = "zoho_crm") {
        return R"({"events":[{"integration":")" + integration + R"(","hash":")" + end.hash + R"(","outcome":")" +
               end.outcome + R"("}]})";
    }
    void close_the_log() { http.answer(403, R"({"error":"forbidden","message":"You may not."})"); }
};

TEST_F(RemoteCommandsTest, token_prints_the_access_token_and_nothing_else) {
    http.answer(200, R"({"success":true,"accessToken":"at-1","tokenType":"Bearer"})");

    ASSERT_EQ(run({"token", "acme", "zoho_crm", "--min-ttl", "60"}), 0) << error;

    EXPECT_EQ(out, "at-1\n");
    ASSERT_EQ(http.sent.size(), 1U);
    EXPECT_EQ(http.sent[0].method, "POST");
    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/oauth/token");
    EXPECT_EQ(http.sent[0].authorization, "Bearer eg_1_secret");
    EXPECT_EQ(boost::json::parse(http.sent[0].body),
              boost::json::parse(R"({"tenantId":"acme","integrationId":"zoho_crm","minTtl":60})"));
}

TEST_F(RemoteCommandsTest, token_as_json_prints_the_whole_answer) {
    http.answer(200, R"({"success":true,"accessToken":"at-1","tokenType":"Bearer"})");

    ASSERT_EQ(run({"token", "acme", "zoho_crm", "--json"}), 0);

    EXPECT_EQ(boost::json::parse(out).as_object().at("tokenType"), "Bearer");
}

TEST_F(RemoteCommandsTest, flags_are_stronger_than_the_environment) {
    http.answer(200, R"({"accessToken":"at"})");

    ASSERT_EQ(run({"token", "acme", "x", "--url", "https://grants.example.com", "--key", "eg_2_other"}), 0);

    EXPECT_EQ(http.sent[0].url, "https://grants.example.com/api/oauth/token");
    EXPECT_EQ(http.sent[0].authorization, "Bearer eg_2_other");
}

TEST_F(RemoteCommandsTest, plain_http_to_another_machine_is_warned_of) {
    http.answer(200, R"({"accessToken":"at-1"})");
    http.answer(200, R"({"accessToken":"at-1"})");

    ASSERT_EQ(run({"token", "acme", "x", "--url", "http://10.0.0.5:3000"}), 0);
    EXPECT_THAT(error, HasSubstr("http://10.0.0.5:3000 is plain http"));
    ASSERT_EQ(run({"token", "acme", "x", "--url", "http://127.0.0.1:3000"}), 0);
    EXPECT_EQ(error, "");
}

TEST_F(RemoteCommandsTest, alerts_test_says_what_became_of_each_channel_and_fails_with_one_of_them) {
    http.answer(200, R"({"channels":[{"channel":"slack","delivered":true}]})");
    http.answer(200, R"({"channels":[{"channel":"slack","delivered":true},
                                     {"channel":"email","delivered":false,"error":"Nobody is there."}]})");
    http.answer(200, R"({"channels":[]})");

    EXPECT_EQ(run({"alerts", "test"}), 0);
    EXPECT_EQ(out, "slack: delivered\n");
    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/alerts/test");
    EXPECT_EQ(run({"alerts", "test"}), 1);
    EXPECT_EQ(out, "slack: delivered\nemail: Nobody is there.\n");
    EXPECT_EQ(run({"alerts", "test"}), 1);
    EXPECT_THAT(error, HasSubstr("No channel is configured"));
}

TEST_F(RemoteCommandsTest, the_exit_code_says_what_kind_of_failure_it_was) {
    struct Case {
        std::string_view name;
        unsigned status;
        std::string body;
        int exit_code;
        std::string said;
    };
    const std::array cases{
        Case{"not connected", 404, R"({"error":"no_connection","message":"Nothing here."})", 5,
             "evergrant: Nothing here.\n"},
        Case{
            "dead grant", 409,
            R"({"error":"reauthorization_required","message":"The grant is dead.","authorizeUrl":"/api/oauth/authorize/acme"})",
            5, "evergrant: The grant is dead.\nConnect it again at: /api/oauth/authorize/acme\n"},
        Case{"wrong key", 401, R"({"error":"invalid_credentials","message":"Not valid here."})", 6,
             "evergrant: Not valid here.\n"},
        Case{"not for this key", 403, R"({"error":"forbidden","message":"You may not."})", 6,
             "evergrant: You may not.\n"},
        Case{"store down", 503, R"({"error":"store_unavailable","message":"Try again."})", 7,
             "evergrant: Try again.\n"},
        Case{"bad request", 400,
             R"({"error":"invalid_request","message":"Wrong.","details":[{"field":"minTtl","message":"too long"}]})", 1,
             "evergrant: Wrong.\n  minTtl: too long\n"},
        Case{"no Evergrant", 200, "<html>", 1,
             "evergrant: What answered is no Evergrant server (status 200, no JSON); check the URL.\n"},
        Case{"no message", 500, "{}", 1, "evergrant: The server answered 500.\n"},
        Case{"no token", 200, "{}", 1, "evergrant: The server's answer holds no access token.\n"},
    };
    for (const Case& c : cases) {
        http.answer(c.status, c.body);
        EXPECT_EQ(run({"token", "acme", "zoho_crm"}), c.exit_code) << c.name;
        EXPECT_EQ(error, c.said) << c.name;
        EXPECT_EQ(out, "") << c.name;
    }
}

TEST_F(RemoteCommandsTest, no_answer_ends_with_7) {
    http.fail(Errc::provider_unreachable, "Connection refused.");

    EXPECT_EQ(run({"token", "acme", "zoho_crm"}), 7);
    EXPECT_EQ(error, "evergrant: No answer from http://localhost:3000: Connection refused.\n");
}

TEST_F(RemoteCommandsTest, without_server_or_key_the_command_line_is_wrong) {
    environment.erase("EVERGRANT_API_KEY");
    EXPECT_EQ(run({"token", "acme", "zoho_crm"}), 2);
    EXPECT_EQ(error,
              "evergrant: There is no API key for http://localhost:3000. Set EVERGRANT_API_KEY, or give --key.\n");

    environment.erase("EVERGRANT_URL");
    EXPECT_EQ(run({"token", "acme", "zoho_crm"}), 2);
    EXPECT_EQ(error, "evergrant: Which server? Set EVERGRANT_URL, or give --url.\n");

    EXPECT_EQ(run({"token", "acme", "zoho_crm", "--url", "localhost:3000"}), 2);
    EXPECT_THAT(error, HasSubstr("The server's URL must be an http or https URL"));
    EXPECT_TRUE(http.sent.empty());
}

TEST_F(RemoteCommandsTest, connect_prints_the_link_and_waits_until_the_connection_is_there) {
    http.answer(200, status_body(""));
    close_the_log();
    http.answer(200, R"({"success":true,"authorizationUrl":"https://accounts.zoho.com/x?state=s"})");
    http.answer(200, status_body(""));
    http.answer(200, status_body("2026-01-31T12:00:01Z"));

    ASSERT_EQ(run({"connect", "acme", "zoho_crm", "--scope", "a", "--param", "region=eu"}), 0) << error;

    EXPECT_EQ(out, "https://accounts.zoho.com/x?state=s\n");
    EXPECT_THAT(error, HasSubstr("Connected: acme at zoho_crm.\n"));
    ASSERT_EQ(http.sent.size(), 5U);
    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/oauth/status/acme?provider=zoho_crm");
    EXPECT_EQ(http.sent[2].url, "http://localhost:3000/api/oauth/authorize");
    EXPECT_EQ(
        boost::json::parse(http.sent[2].body),
        boost::json::parse(R"({"tenantId":"acme","provider":"zoho_crm","integrationId":"zoho_crm","scopes":["a"],)"
                           R"("params":{"region":"eu"}})"));
    EXPECT_EQ(http.sent[4].url, http.sent[0].url);
}

TEST_F(RemoteCommandsTest, a_connection_that_was_there_before_is_not_taken_for_the_new_one) {
    http.answer(200, status_body("2026-01-01T00:00:00Z"));
    close_the_log();
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(200, status_body("2026-01-01T00:00:00Z"));
    http.answer(200, status_body("2026-01-31T12:00:01Z"));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 0);
    EXPECT_EQ(http.sent.size(), 5U);
}

TEST_F(RemoteCommandsTest, a_refresh_of_the_old_grant_is_not_taken_for_a_new_one) {
    const auto status = [](std::string_view updated, std::string_view refreshed, std::string_view failed = "") {
        return R"({"tokens":[{"provider":"zoho_crm","integrationId":"zoho_crm","hasToken":true,"updatedAt":")" +
               std::string(updated) + R"(","lastRefresh":)" + std::string(refreshed) + std::string(failed) + "}]}";
    };
    http.answer(200, status("2026-01-01T00:00:00Z", "null"));
    close_the_log();
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(200, status("2026-01-31T12:00:01Z", "null", R"(,"error":"The provider did not answer.")"));
    http.answer(200, status("2026-01-31T12:00:02Z", R"("2026-01-31T12:00:02Z")"));
    http.answer(200, status("2026-01-31T12:00:03Z", "null"));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 0) << error;
    EXPECT_EQ(http.sent.size(), 6U);
}

TEST_F(RemoteCommandsTest, a_server_that_is_away_for_a_moment_is_waited_for) {
    http.answer(200, status_body(""));
    close_the_log();
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.fail(Errc::provider_unreachable, "Connection refused.");
    http.answer(503, R"({"error":"shutting_down","message":"Draining."})");
    http.answer(200, status_body("2026-01-31T12:00:01Z"));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 0) << error;
}

TEST_F(RemoteCommandsTest, a_key_that_is_revoked_meanwhile_ends_the_wait) {
    http.answer(200, status_body(""));
    close_the_log();
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(401, R"({"error":"invalid_credentials","message":"Not valid here."})");

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 6);
}

TEST_F(RemoteCommandsTest, an_authorization_that_was_denied_ends_the_wait_and_says_so) {
    http.answer(200, status_body(""));
    http.answer(200, log_of({"old", "provider_error"}));
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(200, status_body(""));
    http.answer(200, log_of({"old", "provider_error"}));
    http.answer(200, status_body(""));
    http.answer(200, log_of({"new", "authorization_denied"}));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 5);

    EXPECT_EQ(http.sent[1].url, "http://localhost:3000/api/audit?action=authorization.finish&limit=20&tenant=acme");
    EXPECT_THAT(error, HasSubstr("evergrant: Access was not granted at the provider (authorization_denied)."));
}

TEST_F(RemoteCommandsTest, so_does_one_that_came_back_and_failed) {
    http.answer(200, status_body(""));
    http.answer(200, R"({"events":[]})");
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(200, status_body(""));
    http.answer(200, log_of({"new", "provider_misconfigured"}));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 5);

    EXPECT_THAT(error, HasSubstr("came back and failed (provider_misconfigured)."));
}

TEST_F(RemoteCommandsTest, another_connections_failure_and_this_ones_success_do_not) {
    http.answer(200, status_body(""));
    http.answer(200, R"({"events":[]})");
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");
    http.answer(200, status_body(""));
    http.answer(200, log_of({"new", "authorization_denied"}, "hubspot"));
    http.answer(200, status_body(""));
    http.answer(200, log_of({"new", "ok"}));
    http.answer(200, status_body("2026-01-31T12:00:01Z"));

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 0) << error;
}

TEST_F(RemoteCommandsTest, connect_need_not_wait) {
    http.answer(200, status_body(""));
    http.answer(200, R"({"authorizationUrl":"https://x.example"})");

    EXPECT_EQ(run({"connect", "acme", "zoho_crm", "--wait", "0"}), 0);
    EXPECT_EQ(out, "https://x.example\n");
    EXPECT_EQ(error, "");
}

TEST_F(RemoteCommandsTest, connect_makes_the_tenant_when_asked_to) {
    for (const unsigned status : {201U, 409U}) {
        http.sent.clear();
        http.answer(status, status == 409 ? R"({"error":"conflict","message":"There is one."})" : R"({"id":"acme"})");
        http.answer(200, status_body(""));
        http.answer(200, R"({"authorizationUrl":"https://x.example"})");

        EXPECT_EQ(run({"connect", "acme", "zoho_crm", "--create-tenant", "--wait", "0"}), 0) << error;
        EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/tenants");
        EXPECT_EQ(boost::json::parse(http.sent[0].body), boost::json::parse(R"({"id":"acme","name":"acme"})"));
    }
}

TEST_F(RemoteCommandsTest, connect_for_a_tenant_that_is_not_there_fails_with_the_servers_words) {
    http.answer(404, R"({"error":"tenant_not_found","message":"There is no tenant \"acme\"."})");

    EXPECT_EQ(run({"connect", "acme", "zoho_crm"}), 1);
    EXPECT_EQ(error, "evergrant: There is no tenant \"acme\". --create-tenant makes it.\n");
}

TEST_F(RemoteCommandsTest, keys_are_made_listed_and_revoked_on_the_server) {
    http.answer(201, R"({"id":"0a1b","key":"eg_0a1b_new","name":"billing"})");
    ASSERT_EQ(run({"keys", "create", "--name", "billing", "--tenant", "acme", "--expires-in", "1"}), 0) << error;
    EXPECT_EQ(out, "eg_0a1b_new\n");
    EXPECT_EQ(
        boost::json::parse(http.sent[0].body),
        boost::json::parse(R"({"name":"billing","role":"app","tenants":["acme"],"expiresAt":"2026-02-01T12:00:00Z"})"));

    http.answer(
        200,
        R"({"keys":[{"id":"0a1b","name":"billing","role":"app","tenants":["acme"],"providers":[],"expiresAt":null}]})");
    ASSERT_EQ(run({"keys", "list"}), 0) << error;
    EXPECT_THAT(out, ::testing::ContainsRegex("0a1b +billing +app +acme +all +never +never +no\n"));

    http.answer(204, "");
    ASSERT_EQ(run({"keys", "revoke", "0a1b"}), 0) << error;
    EXPECT_EQ(http.sent[2].method, "DELETE");
    EXPECT_EQ(http.sent[2].url, "http://localhost:3000/api/keys/0a1b");
}

}  // namespace
}  // namespace evergrant::testing
