#include "connectors/crm/rest/rest_crm.h"

#include "catalog/catalog.h"
#include "run_task.h"
#include "scripted_api.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace evergrant::connectors::rest {
namespace {

using namespace std::chrono_literals;
using testing::run_task;
using testing::ScriptedApi;

/// As the built-in entry has it.
catalog::CrmApi described() {
    static const auto catalog = catalog::Catalog::built_in();
    return *catalog.find(ProviderId("custom_crm"))->crm_api;
}

constexpr const char* ada = R"({"id":7,"firstName":"Ada","lastName":"Lovelace","email":"ada@example.com",
    "phone":"+4930123","mobile":"+49170123","company":"Engines","address":{"city":"Berlin","postalCode":"10115"},
    "tags":["vip",5],"lastContactAt":"2026-03-03T09:00:00.000Z","customFields":{"plan":"gold"}})";

class RestCrmTest : public ::testing::Test {
protected:
    catalog::CrmApi api_description_{described()};
    ScriptedApi api_;

    RestCrm crm() { return {api_description_, api_}; }
    std::string page(const std::string& rows, const std::string& more = "") {
        return R"({"customers":[)" + rows + "]" + more + "}";
    }
};

TEST_F(RestCrmTest, finds_customers_by_their_number) {
    api_.answers(200, page(ada));

    const auto found = run_task(crm().find_by_phone("+4930123"));

    EXPECT_EQ(api_.request(0).target, "/customers?phone=%2B4930123");
    ASSERT_EQ(found->size(), 1U);
    const Customer& customer = found->front();
    EXPECT_EQ(customer.id, "7");
    EXPECT_EQ(customer.name, "Ada Lovelace");
    EXPECT_EQ(customer.phones.at(1).label, "mobile");
    EXPECT_EQ(customer.address.postal_code, "10115");
    EXPECT_EQ(customer.tags, std::vector<std::string>{"vip"});
    EXPECT_EQ(customer.last_contact_at, sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 3 / 3)) + 9h);
    EXPECT_EQ(customer.custom_fields.at("plan"), "gold");
}

TEST_F(RestCrmTest, finds_nobody_where_the_answer_is_404_or_204) {
    api_.answers(404).answers(204).answers(200, page(""));

    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(run_task(crm().find_by_email("a@example.com"))->empty());
}

TEST_F(RestCrmTest, pages_by_the_answers_cursor) {
    api_.answers(200, page(ada, R"(,"nextCursor":"n/2")")).answers(200, page(ada));

    const auto first = run_task(crm().search("ada", {.limit = 1}));
    const auto second = run_task(crm().search("ada", {.limit = 1, .cursor = first->next_cursor}));

    EXPECT_EQ(api_.request(0).target, "/customers?q=ada&limit=1");
    EXPECT_EQ(api_.request(1).target, "/customers?q=ada&limit=1&cursor=n%2F2");
    EXPECT_EQ(second->next_cursor, "");
}

TEST_F(RestCrmTest, pages_by_number_until_a_page_is_not_full) {
    api_description_.paging = catalog::CrmPaging::page;
    api_description_.operations["search"].target = "/customers?q={words}&page={page}";
    api_.answers(200, page(ada)).answers(200, page(""));

    const auto first = run_task(crm().search("a", {.limit = 1}));
    const auto second = run_task(crm().search("a", {.limit = 1, .cursor = first->next_cursor}));

    EXPECT_EQ(api_.request(1).target, "/customers?q=a&page=2");
    EXPECT_EQ(second->next_cursor, "");
}

TEST_F(RestCrmTest, takes_no_page_that_it_has_not_given) {
    api_description_.paging = catalog::CrmPaging::page;
    for (const char* cursor : {"0", "1", "-2", "2x", "99999999", " 2"})
        EXPECT_EQ(run_task(crm().search("a", {.cursor = cursor})).error().code, Errc::invalid_request) << cursor;
    EXPECT_TRUE(api_.requests().empty());
}

TEST_F(RestCrmTest, pages_by_the_link_header) {
    api_description_.paging = catalog::CrmPaging::link;
    api_.answers(200, page(ada), {{"link", R"(<https://elsewhere.example/x?cursor=abc>; rel="next")"}});

    EXPECT_EQ(run_task(crm().search("a", {}))->next_cursor, "abc");
}

TEST_F(RestCrmTest, finds_one_customer_with_what_happened_before) {
    api_.answers(200, ada).answers(200, R"({"interactions":[{"id":"i1","kind":"call","outcome":"answered",
        "durationSeconds":61,"at":"2026-03-02T10:00:00Z","agent":"Bo"}]})");

    const auto customer = run_task(crm().find("7"));

    ASSERT_TRUE(customer);
    EXPECT_EQ(api_.request(0).target, "/customers/7");
    EXPECT_EQ(api_.request(1).target, "/customers/7/interactions?limit=10");
    EXPECT_EQ(customer->interactions.at(0).duration, 61s);
    EXPECT_EQ(customer->interactions.at(0).agent, "Bo");
}

TEST_F(RestCrmTest, creates_a_customer) {
    api_.answers(201, R"({"id":"8"})");
    CustomerChange change{.first_name = "Bo", .phones = std::vector<Phone>{{"+491", "mobile"}, {"+492", "phone"}}};
    change.address = Address{.city = "Ulm"};
    change.custom_fields["plan"] = "gold";

    EXPECT_EQ(run_task(crm().create(change))->id, "8");

    EXPECT_EQ(api_.request(0).method, "POST");
    EXPECT_EQ(boost::json::parse(api_.request(0).body), boost::json::parse(R"({"firstName":"Bo","phone":"+492",
        "mobile":"+491","address":{"city":"Ulm"},"customFields":{"plan":"gold"}})"));
}

TEST_F(RestCrmTest, takes_the_id_of_a_new_customer_from_its_location) {
    for (const char* const location : {"/customers/8", "https://crm.example/api/customers/8?x=1", "/customers/8/"}) {
        api_.answers(201, "", {{"location", location}});

        EXPECT_EQ(run_task(crm().create({.email = "x@example.com"}))->id, "8") << location;
    }
}

TEST_F(RestCrmTest, looks_for_the_new_customer_whose_id_it_was_not_told) {
    for (const char* const location : {"", "/customers", "/elsewhere/8", "/customers/..", "/customers/a%2Fb"}) {
        api_.answers(201, "", {{"location", location}}).answers(200, page(ada));

        EXPECT_EQ(run_task(crm().create({.email = "Ada@example.com"}))->id, "7") << location;
    }
}

TEST_F(RestCrmTest, leaves_out_whom_it_did_not_ask_for) {
    for (int i = 0; i < 2; ++i)
        api_.answers(200, page(ada));

    EXPECT_TRUE(run_task(crm().find_by_phone("+4930999"))->empty());
    EXPECT_TRUE(run_task(crm().find_by_email("bo@example.com"))->empty());
}

TEST_F(RestCrmTest, writes_into_lists_and_names_that_hold_slashes) {
    api_description_.fields["phone"] = "/phones/0/number";
    api_description_.fields["email"] = "/e~1mail";
    api_.answers(204);

    EXPECT_TRUE(run_task(crm().update("7", {.email = "x", .phones = std::vector<Phone>{{"+491", "phone"}}})));

    EXPECT_EQ(boost::json::parse(api_.request(0).body),
              boost::json::parse(R"({"e/mail":"x","phones":[{"number":"+491"}]})"));
}

TEST_F(RestCrmTest, changes_only_what_is_named) {
    api_.answers(204);

    EXPECT_TRUE(run_task(crm().update("7", {.email = ""})));

    EXPECT_EQ(api_.request(0).method, "PATCH");
    EXPECT_EQ(api_.request(0).target, "/customers/7");
    EXPECT_EQ(api_.request(0).body, R"({"email":""})");
}

TEST_F(RestCrmTest, loses_nothing_that_it_has_no_place_for) {
    api_description_.fields.erase("title");

    const auto updated = run_task(crm().update("7", {.title = "Countess"}));

    EXPECT_EQ(updated.error().code, Errc::invalid_request);
    EXPECT_EQ(updated.error().fields.at(0).field, "title");
    EXPECT_TRUE(api_.requests().empty());
}

TEST_F(RestCrmTest, notes_a_call) {
    api_.answers(201, R"({"id":99})");
    const sys_seconds at = std::chrono::sys_days(std::chrono::year(2026) / 3 / 3);

    const auto id = run_task(crm().log_call({.customer_id = "7",
                                             .direction = CallDirection::outbound,
                                             .outcome = CallOutcome::no_answer,
                                             .at = at,
                                             .duration = 5s,
                                             .subject = "Reminder",
                                             .follow_up = FollowUp{.at = at + 24h, .notes = "again"}}));

    EXPECT_EQ(id, "99");
    EXPECT_EQ(api_.request(0).target, "/customers/7/calls");
    EXPECT_EQ(boost::json::parse(api_.request(0).body),
              boost::json::parse(R"({"direction":"outbound","outcome":"no_answer","at":"2026-03-03T00:00:00Z",
        "durationSeconds":5,"subject":"Reminder","followUp":{"at":"2026-03-04T00:00:00Z","notes":"again"}})"));
}

TEST_F(RestCrmTest, writes_into_the_notes_what_a_call_has_no_place_for) {
    api_description_.call_fields.erase("agent");
    api_.answers(201, R"({"id":"1"})");

    EXPECT_TRUE(run_task(crm().log_call({.customer_id = "7", .at = {}, .agent = "Bo", .notes = "Called."})));

    const auto body = boost::json::parse(api_.request(0).body);
    EXPECT_TRUE(std::string_view(body.at("notes").as_string()).contains("Bo"));
}

struct Refusal {
    unsigned status;
    Errc meaning;
};

TEST_F(RestCrmTest, knows_what_a_status_means) {
    for (const auto& [status, meaning] :
         {Refusal{400, Errc::invalid_request}, Refusal{401, Errc::provider_error}, Refusal{403, Errc::forbidden},
          Refusal{404, Errc::not_found}, Refusal{409, Errc::conflict}, Refusal{422, Errc::invalid_request},
          Refusal{500, Errc::provider_error}, Refusal{302, Errc::provider_error}}) {
        api_.answers(status, R"({"error":"x"})");
        EXPECT_EQ(run_task(crm().update("7", {.email = "x"})).error().code, meaning) << status;
    }
}

TEST_F(RestCrmTest, prefers_what_its_description_says_of_a_status) {
    api_description_.errors[400] = Errc::conflict;
    api_.answers(400);

    EXPECT_EQ(run_task(crm().update("7", {.email = "x"})).error().code, Errc::conflict);
}

TEST_F(RestCrmTest, takes_no_answer_that_is_not_as_described) {
    for (const char* body : {"<html>", "[]", "7", R"({"customers":{}})", R"({"data":[]})"}) {
        api_.answers(200, body);
        EXPECT_EQ(run_task(crm().search("a", {})).error().code, Errc::provider_error) << body;
    }
    api_.answers(201, "{}").answers(200, page(""));
    EXPECT_EQ(run_task(crm().create({.email = "x"})).error().code, Errc::provider_error);
}

TEST_F(RestCrmTest, says_so_when_the_crm_cannot_do_it) {
    api_description_.operations.erase("search");

    EXPECT_EQ(run_task(crm().search("a", {})).error().code, Errc::invalid_request);
}

TEST_F(RestCrmTest, keeps_hostile_values_values) {
    for (const std::string hostile : {"../x", "a?b=c&d", "${params.base_url}", "{cursor}", "\"}],", "' OR 1=1"}) {
        api_.answers(200, page("")).answers(204);
        ASSERT_TRUE(run_task(crm().search(hostile, {.limit = 5, .cursor = hostile})));
        ASSERT_TRUE(run_task(crm().update(hostile, {.email = hostile})));

        const std::string word = percent_encoded(hostile);
        const std::size_t last = api_.requests().size();
        EXPECT_EQ(api_.request(last - 2).target, "/customers?q=" + word + "&limit=5&cursor=" + word);
        EXPECT_EQ(api_.request(last - 1).target, "/customers/" + word);
        EXPECT_EQ(boost::json::parse(api_.request(last - 1).body).at("email"), boost::json::string_view(hostile));
    }
}

}  // namespace
}  // namespace evergrant::connectors::rest
