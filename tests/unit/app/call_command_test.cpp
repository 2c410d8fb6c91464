//
// `evergrant call`, against a scripted server.
//
#include "command_fixture.h"

#include <gmock/gmock.h>

#include <array>

namespace evergrant::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class CallCommandTest : public CommandFixture {
protected:
    CallCommandTest() {
        environment = {{"EVERGRANT_URL", "http://localhost:3000"}, {"EVERGRANT_API_KEY", "eg_1_secret"}};
    }

    static net::Headers of_provider() { return {{"x-evergrant-provider", "zoho_crm"}, {"content-type", "text/plain"}}; }
};

TEST_F(CallCommandTest, prints_what_the_api_answers_and_nothing_else) {
    http.answer(200, "no JSON\n\x01", of_provider());

    ASSERT_EQ(run({"call", "acme", "zoho_crm", "get", "/crm/v3/Leads?fields=a%20b"}), 0) << error;

    EXPECT_EQ(out, "no JSON\n\x01");
    ASSERT_EQ(http.sent.size(), 1U);
    EXPECT_EQ(http.sent[0].method, "GET");
    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/proxy/acme/zoho_crm/crm/v3/Leads?fields=a%20b");
    EXPECT_EQ(http.sent[0].authorization, "Bearer eg_1_secret");
    EXPECT_EQ(http.sent[0].body, "");
}

TEST_F(CallCommandTest, includes_status_and_headers_if_asked_to) {
    http.answer(204, "", of_provider());

    ASSERT_EQ(run({"call", "acme", "zoho_crm", "GET", "/", "--include"}), 0);

    EXPECT_EQ(out, "HTTP 204\nx-evergrant-provider: zoho_crm\ncontent-type: text/plain\n\n");
}

TEST_F(CallCommandTest, sends_a_text_a_file_or_the_standard_input) {
    in = "from input";
    const std::string file = folder.write("body.json", "from a file").string();
    struct Case {
        std::string data;
        std::string sent;
    };
    for (const Case& c : {Case{R"({"a":1})", R"({"a":1})"}, Case{"@" + file, "from a file"}, Case{"-", "from input"}}) {
        http.answer(201, "", of_provider());

        ASSERT_EQ(run({"call", "acme", "zoho_crm", "POST", "/x", "--data", c.data}), 0) << error;

        EXPECT_EQ(http.sent.back().body, c.sent);
        EXPECT_THAT(http.sent.back().headers, Contains(Pair("content-type", "application/json")));
    }
}

TEST_F(CallCommandTest, says_that_a_file_cannot_be_read_and_sends_nothing) {
    EXPECT_EQ(run({"call", "acme", "zoho_crm", "POST", "/x", "--data", "@/nowhere/at all"}), 2);

    EXPECT_THAT(error, HasSubstr("/nowhere/at all cannot be read"));
    EXPECT_THAT(http.sent, IsEmpty());
}

TEST_F(CallCommandTest, sends_headers_and_wishes) {
    http.answer(200, "", of_provider());

    ASSERT_EQ(run({"call", "acme", "zoho_crm", "PUT", "/x", "--data", "<a/>", "--header", "Content-Type: text/xml",
                   "--header", "X-Empty:", "--retries", "3", "--max-wait", "30"}),
              0)
        << error;

    const net::Headers wanted{{"content-type", "text/xml"},
                              {"x-empty", ""},
                              {"x-evergrant-retries", "3"},
                              {"x-evergrant-max-wait", "30"},
                              {"authorization", "Bearer eg_1_secret"}};
    EXPECT_EQ(http.sent[0].headers, wanted);
}

TEST_F(CallCommandTest, prints_the_providers_error_and_fails) {
    for (const unsigned status : {400U, 401U, 404U, 429U, 503U}) {
        http.answer(status, "what it says", of_provider());

        EXPECT_EQ(run({"call", "acme", "zoho_crm", "GET", "/"}), 1) << status;
        EXPECT_EQ(out, "what it says");
        EXPECT_EQ(error, "evergrant: zoho_crm answered " + std::to_string(status) + ".\n");
    }
}

TEST_F(CallCommandTest, tells_the_servers_own_errors_from_the_providers) {
    struct Case {
        unsigned status;
        std::string body;
        int exit_code;
        std::string said;
    };
    const std::array cases{
        Case{404, R"({"error":"no_connection","message":"Nothing here."})", 5, "evergrant: Nothing here.\n"},
        Case{401, R"({"error":"invalid_credentials","message":"Not valid."})", 6, "evergrant: Not valid.\n"},
        Case{503, R"({"error":"store_unavailable","message":"Try again."})", 7, "evergrant: Try again.\n"},
        Case{502, "<html>", 1,
             "evergrant: What answered is no Evergrant server (status 502, no JSON); check the URL.\n"},
    };
    for (const Case& c : cases) {
        http.answer(c.status, c.body);

        EXPECT_EQ(run({"call", "acme", "zoho_crm", "GET", "/"}), c.exit_code) << c.status;
        EXPECT_EQ(out, c.body);
        EXPECT_EQ(error, c.said);
    }
}

TEST_F(CallCommandTest, says_that_no_server_answers) {
    http.fail(Errc::provider_unreachable, "Connection refused.");

    EXPECT_EQ(run({"call", "acme", "zoho_crm", "GET", "/"}), 7);
    EXPECT_EQ(error, "evergrant: No answer from http://localhost:3000: Connection refused.\n");
}

TEST_F(CallCommandTest, sends_nothing_that_could_be_read_as_another_request) {
    const std::array<std::vector<std::string>, 18> hostile{{
        {"a/../b", "zoho_crm", "GET", "/"},
        {"acme", "zoho_crm/..", "GET", "/"},
        {"acme\r\nX: 1", "zoho_crm", "GET", "/"},
        {"acme", "zoho_crm", "GET /x HTTP/1.1\r\nX: 1\r\n\r\nGET", "/"},
        {"acme", "zoho_crm", "G\tET", "/"},
        {"acme", "zoho_crm", "GET", "crm/v3"},
        {"acme", "zoho_crm", "GET", "@evil.example/"},
        {"acme", "zoho_crm", "GET", "/a b"},
        {"acme", "zoho_crm", "GET", "/a\r\nX-Injected: 1"},
        {"acme", "zoho_crm", "GET", "/../../../tenants"},
        {"acme", "zoho_crm", "GET", "/a/%2e%2E/b"},
        {"acme", "zoho_crm", "GET", "/a/.%2e"},
        {"acme", "zoho_crm", "GET", "/./a"},
        {"acme", "zoho_crm", "GET", "/a\\..\\b"},
        {"acme", "zoho_crm", "GET", "/a#b"},
        {"acme", "zoho_crm", "GET", "/", "--header", "X: 1\r\nX-Injected: 1"},
        {"acme", "zoho_crm", "GET", "/", "--header", "X y: 1"},
        {"acme", "zoho_crm", "GET", "/", "--header", "authorization: Bearer x"},
    }};
    for (std::vector<std::string> arguments : hostile) {
        arguments.insert(arguments.begin(), "call");

        EXPECT_EQ(run(arguments), 2) << arguments.back();
        EXPECT_NE(error, "") << arguments.back();
    }
    EXPECT_THAT(http.sent, IsEmpty());
}

TEST_F(CallCommandTest, leaves_a_template_and_a_query_with_dots_as_they_are) {
    http.answer(200, "", of_provider());

    ASSERT_EQ(run({"call", "acme", "zoho_crm", "GET", "/..a/${x}/...?q=/../x"}), 0) << error;

    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/proxy/acme/zoho_crm/..a/${x}/...?q=/../x");
}

}  // namespace
}  // namespace evergrant::testing
