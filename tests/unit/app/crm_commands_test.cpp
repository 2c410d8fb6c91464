//
// `evergrant crm`, against a scripted server.
//
#include "command_fixture.h"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>

namespace evergrant::testing {
namespace {

using ::testing::HasSubstr;

class CrmCommandsTest : public CommandFixture {
protected:
    CrmCommandsTest() {
        environment = {{"EVERGRANT_URL", "http://localhost:3000"}, {"EVERGRANT_API_KEY", "eg_1_secret"}};
    }
};

TEST_F(CrmCommandsTest, find_asks_for_the_number_and_prints_who_has_it) {
    http.answer(200, R"({"crm":"zoho","customers":[{"id":"contacts:1","name":"Anna Berg","company":"Acme",
                         "phones":[{"number":"+16502530000"},{"number":"+442079460018"}]}]})");

    ASSERT_EQ(run({"crm", "find", "acme", "zoho_crm", "--phone", "(650) 253-0000", "--region", "US"}), 0) << error;

    EXPECT_EQ(http.sent[0].url,
              "http://localhost:3000/api/crm/acme/zoho_crm/customers?phone=%28650%29%20253-0000&region=US");
    EXPECT_THAT(out, HasSubstr("contacts:1  Anna Berg  +16502530000, +442079460018  -       Acme\n"));
}

TEST_F(CrmCommandsTest, find_says_that_nobody_was_found) {
    http.answer(200, R"({"crm":"zoho","customers":[]})");

    ASSERT_EQ(run({"crm", "find", "acme", "zoho_crm", "--query", "a&b"}), 0);

    EXPECT_EQ(http.sent[0].url, "http://localhost:3000/api/crm/acme/zoho_crm/customers?q=a%26b");
    EXPECT_EQ(out, "Nobody was found.\n");
}

TEST_F(CrmCommandsTest, find_as_json_prints_the_whole_answer) {
    http.answer(200, R"({"crm":"zoho","customers":[]})");

    ASSERT_EQ(run({"crm", "find", "acme", "zoho_crm", "--email", "a@example.com", "--json"}), 0);

    EXPECT_EQ(boost::json::parse(out), boost::json::parse(R"({"crm":"zoho","customers":[]})"));
}

TEST_F(CrmCommandsTest, find_wants_exactly_one_thing_to_find_by) {
    EXPECT_EQ(run({"crm", "find", "acme", "zoho_crm"}), 2);
    EXPECT_THAT(error, HasSubstr("--phone, --email and --query"));
    EXPECT_EQ(run({"crm", "find", "acme", "zoho_crm", "--phone", "1", "--query", "x"}), 2);
    EXPECT_TRUE(http.sent.empty());
}

TEST_F(CrmCommandsTest, find_tells_the_servers_refusal) {
    http.answer(404, R"({"error":"no_connection","message":"There is no connection \"zoho_crm\" for this tenant."})");

    EXPECT_NE(run({"crm", "find", "acme", "zoho_crm", "--phone", "+16502530000"}), 0);

    EXPECT_THAT(error, HasSubstr("There is no connection"));
}

TEST_F(CrmCommandsTest, what_a_crm_holds_commands_no_terminal) {
    http.answer(200, R"({"customers":[{"id":"contacts:1","name":"\u001b[2Jgone","phones":[]}]})");

    ASSERT_EQ(run({"crm", "find", "acme", "zoho_crm", "--query", "gone"}), 0);

    EXPECT_EQ(out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace evergrant::testing
