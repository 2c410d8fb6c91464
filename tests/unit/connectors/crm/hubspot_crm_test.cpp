#include "connectors/crm/hubspot/hubspot_crm.h"

#include "connectors/crm/customer_json.h"
#include "connectors/crm/hubspot/records.h"
#include "connectors/json_fields.h"
#include "hostile_texts.h"
#include "run_task.h"
#include "scripted_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace evergrant::connectors::hubspot {
namespace {

namespace json = boost::json;
using evergrant::testing::run_task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class HubspotCrmTest : public ::testing::Test {
protected:
    json::object body(std::size_t at) const { return json::parse(api.request(at).body).as_object(); }
    json::object properties(std::size_t at) const { return object_at(body(at), "properties"); }
    void finds(std::string_view results, std::string_view more = "") {
        api.answers(200, R"({"total":1,"results":[)" + std::string(results) + "]" + std::string(more) + "}");
    }

    evergrant::testing::ScriptedApi api;
    HubspotCrm crm{api};
};

std::string contact(std::string_view id, std::string_view properties) {
    return R"({"id":")" + std::string(id) + R"(","properties":{)" + std::string(properties) + "}}";
}

TEST_F(HubspotCrmTest, searches_a_phone_in_the_properties_made_for_it_and_as_it_is_written) {
    finds(contact("101", R"("phone":"(415) 555-0100","firstname":"Ada","lastname":"Byron")"));

    const auto found = run_task(crm.find_by_phone("+14155550100"));

    ASSERT_TRUE(found);
    EXPECT_EQ(found->at(0).id, "101");
    EXPECT_EQ(found->at(0).name, "Ada Byron");
    EXPECT_EQ(api.request(0).target, "/crm/v3/objects/contacts/search");
    EXPECT_TRUE(api.request(0).repeatable);
    EXPECT_EQ(json::serialize(array_at(body(0), "filterGroups").at(0)),
              R"({"filters":[{"propertyName":"hs_searchable_calculated_phone_number","operator":"IN",)"
              R"("values":["14155550100","4155550100"]}]})");
    EXPECT_THAT(array_at(body(0), "filterGroups"), SizeIs(4));
}

TEST_F(HubspotCrmTest, searches_without_the_zero_that_is_dialled_first) {
    finds("");

    ASSERT_TRUE(run_task(crm.find_by_phone("+493012345678")));

    EXPECT_THAT(api.request(0).body, HasSubstr(R"("values":["493012345678","03012345678","3012345678"])"));
}

TEST_F(HubspotCrmTest, leaves_out_another_countrys_number_and_puts_leads_last) {
    finds(contact("1", R"("phone":"+494155550100")") + "," +
          contact("2", R"("phone":"+14155550100","lifecyclestage":"lead")") + "," +
          contact("3", R"("mobilephone":"415-555-0100")"));

    const auto found = run_task(crm.find_by_phone("+14155550100"));

    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(found->at(0).id, "3");
    EXPECT_EQ(found->at(1).kind, "lead");
}

TEST_F(HubspotCrmTest, pages_a_search_by_words) {
    finds(contact("1", ""), R"(,"paging":{"next":{"after":"20"}})");
    finds(contact("2", ""));
    const auto first = run_task(crm.search("ada", PageQuery()));
    ASSERT_TRUE(first);
    PageQuery next;
    next.cursor = first->next_cursor;

    const auto second = run_task(crm.search("ada", next));

    ASSERT_TRUE(second);
    EXPECT_EQ(second->next_cursor, "");
    EXPECT_EQ(text_at(body(0), "query"), "ada");
    EXPECT_EQ(text_at(body(0), "after"), "");
    EXPECT_EQ(text_at(body(1), "after"), "20");
}

TEST_F(HubspotCrmTest, ends_a_search_where_hubspot_ends_it) {
    PageQuery last;
    last.cursor = "9990";
    finds(contact("1", ""), R"(,"paging":{"next":{"after":"10000"}})");

    const auto page = run_task(crm.search("ada", last));

    ASSERT_TRUE(page);
    EXPECT_EQ(text_at(body(0), "limit"), "10");
    EXPECT_EQ(page->next_cursor, "");
    last.cursor = "10000";
    EXPECT_EQ(run_task(crm.search("ada", last)).error().fields.at(0).field, "cursor");
}

TEST_F(HubspotCrmTest, reads_a_contact_with_the_accounts_own_properties) {
    finds(R"({"name":"plan","hubspotDefined":false},{"name":"email","hubspotDefined":true})");
    finds(
        contact("101", R"("firstname":"Ada","zip":"N1","plan":"gold","notes_last_contacted":"2026-01-31T12:00:00Z")"));
    finds("");
    finds("");
    finds("");

    const auto customer = run_task(crm.find("101"));

    ASSERT_TRUE(customer);
    EXPECT_EQ(customer->name, "Ada");
    EXPECT_EQ(customer->address.postal_code, "N1");
    EXPECT_EQ(json::serialize(customer->custom_fields), R"({"plan":"gold"})");
    EXPECT_EQ(to_iso8601(customer->last_contact_at.value()), "2026-01-31T12:00:00Z");
    EXPECT_EQ(api.request(1).target, "/crm/v3/objects/contacts/batch/read");
    EXPECT_THAT(api.request(1).body, HasSubstr(R"("inputs":[{"id":"101"}])"));
}

TEST_F(HubspotCrmTest, finds_no_contact_in_a_batch_without_it) {
    finds("");
    api.answers(207, R"({"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND"}]})");

    EXPECT_EQ(run_task(crm.find("101")).error().code, Errc::not_found);
}

TEST_F(HubspotCrmTest, creates_a_contact) {
    api.answers(201, R"({"id":"101","properties":{}})");
    CustomerChange customer;
    customer.first_name = "Ada";
    customer.phones = std::vector{Phone{.number = "+14155550100", .label = "mobile"}};
    customer.kind = "lead";
    customer.custom_fields = {{"plan", "gold"}, {"seats", 3}, {"vip", true}, {"left", nullptr}};

    const auto id = run_task(crm.create(customer));

    ASSERT_TRUE(id);
    EXPECT_EQ(id->id, "101");
    EXPECT_TRUE(id->created);
    EXPECT_EQ(api.request(0).method, "POST");
    EXPECT_FALSE(api.request(0).repeatable);
    EXPECT_EQ(api.request(0).body, R"({"properties":{"firstname":"Ada","mobilephone":"+14155550100",)"
                                   R"("lifecyclestage":"lead","plan":"gold","seats":"3","vip":"true","left":""}})");
}

TEST_F(HubspotCrmTest, changes_the_contact_that_is_there_already) {
    api.answers(409,
                R"({"status":"error","message":"Contact already exists. Existing ID: 202","category":"CONFLICT"})");
    api.answers(200, R"({"id":"202"})");
    CustomerChange customer;
    customer.email = "ada@example.com";

    const auto id = run_task(crm.create(customer));

    ASSERT_TRUE(id);
    EXPECT_EQ(id->id, "202");
    EXPECT_FALSE(id->created);
    EXPECT_EQ(api.request(1).method, "PATCH");
    EXPECT_EQ(api.request(1).target, "/crm/v3/objects/contacts/202");
}

TEST_F(HubspotCrmTest, takes_no_id_from_a_conflict_that_tells_none) {
    for (const std::string_view told : {"", "abc", "12/../../evil", "99999999999999999999"}) {
        evergrant::testing::ScriptedApi scripted;
        scripted.answers(409, R"({"message":"Existing ID: )" + std::string(told) + R"(","category":"CONFLICT"})");
        scripted.answers(200, R"({"id":"12"})");
        HubspotCrm hubspot(scripted);

        const auto id = run_task(hubspot.create({.email = "ada@example.com"}));

        if (id)
            EXPECT_EQ(scripted.request(1).target, "/crm/v3/objects/contacts/12");
        else
            EXPECT_EQ(id.error().code, Errc::conflict);
    }
}

TEST_F(HubspotCrmTest, says_that_another_contact_has_the_address) {
    api.answers(409,
                R"({"status":"error","message":"Contact already exists. Existing ID: 202","category":"CONFLICT"})");

    EXPECT_EQ(run_task(crm.update("101", {.email = "ada@example.com"})).error().code, Errc::conflict);
}

TEST_F(HubspotCrmTest, writes_no_custom_field_that_is_not_one) {
    for (const std::string_view name : {"", "Plan", "a.b", "x\r\ny", "email", "a/b", "${x}"}) {
        CustomerChange change;
        change.email = "ada@example.com";
        change.custom_fields[name] = "x";

        EXPECT_EQ(run_task(crm.update("101", change)).error().fields.at(0).field, "customFields") << name;
    }
    EXPECT_THAT(api.requests(), IsEmpty());
}

TEST_F(HubspotCrmTest, has_fields_for_two_numbers_alone) {
    CustomerChange change;
    change.phones = std::vector{Phone{.number = "+14155550100", .label = "home"}};

    EXPECT_EQ(run_task(crm.update("101", change)).error().fields.at(0).field, "phones");
}

CallActivity some_call() {
    CallActivity call;
    call.customer_id = "101";
    call.at = sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31));
    call.duration = std::chrono::seconds(42);
    call.phone = "+14155550100";
    call.agent = "Ada <b>";
    call.notes = "<script>alert(1)</script>";
    call.recording_url = "https://recordings.example/1";
    return call;
}

TEST_F(HubspotCrmTest, logs_a_call_with_its_contact) {
    api.answers(201, R"({"id":"555"})");

    const auto id = run_task(crm.log_call(some_call()));

    ASSERT_TRUE(id);
    EXPECT_EQ(*id, "555");
    EXPECT_EQ(api.request(0).target, "/crm/v3/objects/calls");
    EXPECT_EQ(
        json::serialize(properties(0)),
        R"({"hs_timestamp":"2026-01-31T00:00:00Z","hs_call_title":"Inbound call: answered","hs_call_duration":"42000",)"
        R"("hs_call_direction":"INBOUND","hs_call_status":"COMPLETED",)"
        R"("hs_call_disposition":"f240bbac-87c9-4f6e-bf70-924b57d47db7","hs_call_from_number":"+14155550100",)"
        R"("hs_call_recording_url":"https://recordings.example/1",)"
        R"("hs_call_body":"&lt;script&gt;alert(1)&lt;/script&gt;<br><br>Agent: Ada &lt;b&gt;"})");
    EXPECT_EQ(json::serialize(array_at(body(0), "associations")),
              R"([{"to":{"id":"101"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":194}]}])");
}

struct Written {
    CallOutcome outcome;
    std::string_view status;
    std::string_view disposition;
};

TEST_F(HubspotCrmTest, writes_each_outcome_as_hubspot_has_it_and_reads_it_back) {
    for (const Written& one : {Written{CallOutcome::answered, "COMPLETED", "f240bbac-87c9-4f6e-bf70-924b57d47db7"},
                               Written{CallOutcome::voicemail, "COMPLETED", "b2cf5968-551e-4856-9783-52b3da59a7d0"},
                               Written{CallOutcome::no_answer, "NO_ANSWER", "73a0d17f-1163-4015-bdd5-ec830791da20"},
                               Written{CallOutcome::busy, "BUSY", "9d9162e7-6cf3-4944-bf63-4dff82258764"},
                               Written{CallOutcome::failed, "FAILED", ""}}) {
        CallActivity call = some_call();
        call.outcome = one.outcome;

        const json::object properties = object_at(call_of(call), "properties");

        EXPECT_EQ(text_at(properties, "hs_call_status"), one.status);
        EXPECT_EQ(text_at(properties, "hs_call_disposition"), one.disposition);
        EXPECT_EQ(interaction_of(call_of(call), "call").outcome, connectors::name_of(one.outcome));
    }
}

TEST_F(HubspotCrmTest, adds_the_follow_up_as_a_task) {
    api.answers(201, R"({"id":"555"})").answers(201, R"({"id":"556"})");
    CallActivity call = some_call();
    call.follow_up = FollowUp{.at = call.at + std::chrono::hours(33), .notes = "Call again"};

    ASSERT_TRUE(run_task(crm.log_call(call)));

    EXPECT_EQ(api.request(1).target, "/crm/v3/objects/tasks");
    EXPECT_EQ(text_at(properties(1), "hs_timestamp"), "2026-02-01T09:00:00Z");
    EXPECT_EQ(text_at(properties(1), "hs_task_status"), "NOT_STARTED");
    EXPECT_THAT(api.request(1).body, HasSubstr(R"("associationTypeId":204)"));
}

TEST_F(HubspotCrmTest, takes_the_call_back_when_its_follow_up_fails) {
    api.answers(201, R"({"id":"555"})").fails(Errc::provider_timeout).answers(204);
    CallActivity call = some_call();
    call.follow_up = FollowUp{.at = call.at, .notes = ""};

    EXPECT_EQ(run_task(crm.log_call(call)).error().code, Errc::provider_timeout);
    EXPECT_EQ(api.request(2).method, "DELETE");
    EXPECT_EQ(api.request(2).target, "/crm/v3/objects/calls/555");
}

TEST_F(HubspotCrmTest, pages_calls_notes_and_tasks_from_the_newest) {
    finds(R"({"toObjectId":10},{"toObjectId":30})", R"(,"paging":{"next":{"after":"30"}})");
    finds(R"({"toObjectId":5})");
    finds(R"({"toObjectId":20})");
    finds("");
    finds(
        R"({"id":"30","properties":{"hs_timestamp":"2026-01-31T12:00:00Z","hs_call_title":"A","hs_call_duration":"7500",
        "hs_call_direction":"OUTBOUND","hs_call_body":"<p>Hello</p>"}})");
    finds(R"({"id":"20","properties":{"hs_timestamp":"2026-01-31T13:00:00Z","hs_note_body":"N"}})");
    PageQuery two;
    two.limit = 2;

    const auto page = run_task(crm.interactions("101", two));

    ASSERT_TRUE(page);
    EXPECT_EQ(api.request(0).target, "/crm/v4/objects/contacts/101/associations/calls?limit=500");
    EXPECT_EQ(api.request(1).target, "/crm/v4/objects/contacts/101/associations/calls?limit=500&after=30");
    ASSERT_EQ(page->interactions.size(), 2U);
    EXPECT_EQ(page->interactions[0].kind, "note");
    EXPECT_EQ(page->interactions[1].duration, std::chrono::seconds(7));
    EXPECT_EQ(page->interactions[1].notes, "Hello");
    EXPECT_EQ(page->interactions[1].direction, "outbound");
    EXPECT_EQ(page->next_cursor, "20");
}

TEST_F(HubspotCrmTest, goes_on_behind_the_cursor) {
    finds(R"({"toObjectId":10},{"toObjectId":30})");
    finds(R"({"toObjectId":20})");
    finds("");
    finds(R"({"id":"10","properties":{}})");
    PageQuery next;
    next.cursor = "20";

    const auto page = run_task(crm.interactions("101", next));

    ASSERT_TRUE(page);
    EXPECT_THAT(page->interactions, SizeIs(1));
    EXPECT_EQ(page->next_cursor, "");
}

TEST_F(HubspotCrmTest, asks_for_nothing_by_an_id_or_cursor_that_is_not_its_own) {
    for (const std::string_view hostile : evergrant::testing::hostile_texts) {
        const std::string text(hostile);
        PageQuery page;
        page.cursor = text;
        CallActivity call = some_call();
        call.customer_id = text;

        EXPECT_FALSE(run_task(crm.find(text))) << text;
        EXPECT_FALSE(run_task(crm.update(text, CustomerChange()))) << text;
        EXPECT_FALSE(run_task(crm.interactions(text, PageQuery()))) << text;
        EXPECT_FALSE(run_task(crm.interactions("101", page))) << text;
        EXPECT_FALSE(run_task(crm.search("ada", page))) << text;
        EXPECT_FALSE(run_task(crm.log_call(call))) << text;
    }
    EXPECT_THAT(api.requests(), IsEmpty());
}

TEST_F(HubspotCrmTest, puts_what_a_caller_writes_into_values_alone) {
    api.otherwise([](const ApiRequest&) {
        return Result<ApiAnswer>(ApiAnswer{.status = 200, .headers = {}, .body = R"({"id":"1","results":[]})"});
    });
    for (const std::string_view hostile : evergrant::testing::hostile_texts) {
        const std::string text(hostile);
        static_cast<void>(run_task(crm.find_by_email(text)));
        static_cast<void>(run_task(crm.find_by_phone(text)));
        static_cast<void>(run_task(crm.search(text, PageQuery())));
        static_cast<void>(run_task(crm.create({.first_name = text, .email = text, .company = text})));
    }
    for (std::size_t at = 0; at < api.requests().size(); ++at) {
        const json::object sent = body(at);
        EXPECT_TRUE(sent.contains("properties"));
        EXPECT_THAT(api.request(at).target,
                    ::testing::AnyOf("/crm/v3/objects/contacts/search", "/crm/v3/objects/contacts"));
        EXPECT_EQ(api.request(at).headers, (net::Headers{{"Content-Type", "application/json"}}));
    }
}

struct Refusal {
    unsigned status;
    std::string_view body;
    Errc means;
};

TEST_F(HubspotCrmTest, means_by_each_refusal_what_hubspot_means) {
    for (const Refusal& refusal :
         {Refusal{404, R"({"category":"OBJECT_NOT_FOUND","message":"a secret"})", Errc::not_found},
          Refusal{400, R"({"category":"VALIDATION_ERROR","message":"a secret"})", Errc::invalid_request},
          Refusal{403, R"({"category":"MISSING_SCOPES","message":"a secret"})", Errc::forbidden},
          Refusal{429, R"({"category":"RATE_LIMITS","policyName":"DAILY"})", Errc::rate_limited},
          Refusal{429, R"({"category":"RATE_LIMITS","policyName":"TEN_SECONDLY_ROLLING"})", Errc::rate_limited},
          Refusal{423, R"({"message":"locked"})", Errc::rate_limited}, Refusal{477, "", Errc::rate_limited},
          Refusal{500, R"({"status":"error","message":"a secret"})", Errc::provider_error},
          Refusal{403, "<html>a secret</html>", Errc::provider_error}}) {
        evergrant::testing::ScriptedApi scripted;
        scripted.answers(refusal.status, std::string(refusal.body));
        HubspotCrm hubspot(scripted);

        const auto written = run_task(hubspot.update("101", {.title = "Countess"}));

        ASSERT_FALSE(written) << refusal.body;
        EXPECT_EQ(written.error().code, refusal.means) << refusal.body;
        EXPECT_THAT(written.error().message, Not(HasSubstr("secret")));
        EXPECT_EQ(written.error().retry_after.has_value(), refusal.means == Errc::rate_limited) << refusal.body;
    }
}

TEST_F(HubspotCrmTest, says_which_scope_is_missing) {
    api.answers(403, R"({"category":"MISSING_SCOPES","errors":[{"context":{"requiredGranularScopes":)"
                     R"(["crm.objects.contacts.write","<b>"]}}]})");

    EXPECT_THAT(run_task(crm.update("101", {.title = "Countess"})).error().message,
                HasSubstr("scope of HubSpot: crm.objects.contacts.write."));
}

TEST_F(HubspotCrmTest, says_which_field_is_wrong) {
    api.answers(400, R"({"category":"VALIDATION_ERROR","message":"Property values were not valid: )"
                     R"([{\"isValid\":false,\"error\":\"INVALID_EMAIL\",\"name\":\"email\"}]",)"
                     R"("errors":[{"message":"x","context":{"propertyName":["plan","<i>"]}}]})");

    const auto written = run_task(crm.update("101", {.email = "ada"}));

    ASSERT_FALSE(written);
    std::vector<std::string> names;
    for (const FieldError& field : written.error().fields)
        names.push_back(field.field);
    EXPECT_THAT(names, ElementsAre("customFields.plan", "email"));
}

}  // namespace
}  // namespace evergrant::connectors::hubspot
