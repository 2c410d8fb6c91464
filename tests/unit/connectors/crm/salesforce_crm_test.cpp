#include "connectors/crm/salesforce/salesforce_crm.h"

#include "connectors/json_fields.h"
#include "hostile_texts.h"
#include "run_task.h"
#include "scripted_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/pct_string_view.hpp>

namespace evergrant::connectors::salesforce {
namespace {

namespace json = boost::json;
using evergrant::testing::run_task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view contact_id = "003000000000001AAA";
constexpr std::string_view lead_id = "00Q000000000001AAA";
constexpr std::string_view no_rows = R"({"totalSize":0,"done":true,"records":[]})";

class SalesforceCrmTest : public ::testing::Test {
protected:
    /// What was asked in the request's `q`.
    std::string query(std::size_t at) const {
        const std::string& target = api.request(at).target;
        const boost::urls::pct_string_view encoded(std::string_view(target).substr(target.find("q=") + 2));
        return encoded.decode();
    }
    json::object body(std::size_t at) const { return json::parse(api.request(at).body).as_object(); }
    void finds(std::string_view rows) {
        api.answers(200, R"({"totalSize":1,"done":true,"records":[)" + std::string(rows) + "]}");
    }
    void finds_nothing() { api.answers(200, std::string(no_rows)); }

    evergrant::testing::ScriptedApi api;
    SalesforceCrm crm{api};
};

std::string row(std::string_view type, std::string_view id, std::string_view members) {
    return R"({"attributes":{"type":")" + std::string(type) + R"("},"Id":")" + std::string(id) + "\"," +
           std::string(members) + "}";
}

TEST_F(SalesforceCrmTest, finds_contacts_before_leads_by_a_phone_in_any_writing) {
    api.answers(200, R"({"searchRecords":[)" + row("Lead", lead_id, R"("Phone":"415-555-0100","LastName":"L")") + "," +
                         row("Contact", contact_id, R"("MobilePhone":"(415) 555-0100","LastName":"C")") + "]}");

    const auto found = run_task(crm.find_by_phone("+14155550100"));

    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(found->at(0).id, contact_id);
    EXPECT_EQ(found->at(1).id, lead_id);
}

TEST_F(SalesforceCrmTest, searches_the_phone_fields_of_contacts_and_open_leads) {
    api.answers(200, R"({"searchRecords":[)" + row("Lead", lead_id, R"("Phone":"+14155550100")") + "]}");

    ASSERT_TRUE(run_task(crm.find_by_phone("+14155550100")));

    EXPECT_THAT(api.request(0).target, StartsWith("/services/data/v57.0/search?q=FIND%20%7B"));
    EXPECT_THAT(query(0), HasSubstr(R"("\+14155550100" OR "14155550100" OR "4155550100")"));
    EXPECT_THAT(query(0), HasSubstr("} IN PHONE FIELDS RETURNING Contact(Id,"));
    EXPECT_THAT(query(0), HasSubstr("WHERE IsConverted = false"));
}

TEST_F(SalesforceCrmTest, leaves_out_whose_phone_is_another) {
    api.answers(200, R"({"searchRecords":[)" + row("Contact", contact_id, R"("Phone":"+494155550100")") + "]}");
    finds_nothing();
    finds_nothing();

    const auto found = run_task(crm.find_by_phone("+14155550100"));

    ASSERT_TRUE(found);
    EXPECT_THAT(*found, IsEmpty());
}

TEST_F(SalesforceCrmTest, asks_the_records_when_the_index_of_searches_knows_nothing) {
    api.answers(200, R"({"searchRecords":[]})");
    finds(row("Contact", contact_id, R"("Phone":"+14155550100")"));
    finds_nothing();

    const auto found = run_task(crm.find_by_phone("+14155550100"));

    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1U);
    EXPECT_THAT(query(1), HasSubstr("(Phone IN ('+14155550100','14155550100','4155550100',"));
    EXPECT_THAT(query(2), HasSubstr("AND IsConverted = false"));
}

TEST_F(SalesforceCrmTest, reads_a_contact_with_all_that_it_has) {
    api.answers(200, row("Contact", contact_id,
                         R"("FirstName":"Ada","LastName":"Byron","Name":"Ada Byron","Email":"ada@example.com",
        "Phone":"+1 415 555 0100","HomePhone":"+1 415 555 0101","Title":"Countess","AccountId":"001000000000001AAA",
        "MailingCity":"London","MailingCountry":"UK","LastActivityDate":"2026-01-31","Plan__c":"gold","Empty__c":null)"));
    api.answers(200, R"({"Name":"Engines Ltd"})");
    finds_nothing();
    finds_nothing();

    const auto customer = run_task(crm.find(std::string(contact_id)));

    ASSERT_TRUE(customer);
    EXPECT_EQ(customer->kind, "contact");
    EXPECT_EQ(customer->name, "Ada Byron");
    EXPECT_EQ(customer->email, "ada@example.com");
    ASSERT_EQ(customer->phones.size(), 2U);
    EXPECT_EQ(customer->phones[1].label, "home");
    EXPECT_EQ(customer->company, "Engines Ltd");
    EXPECT_EQ(customer->address.city, "London");
    EXPECT_EQ(json::serialize(customer->custom_fields), R"({"Plan__c":"gold"})");
    EXPECT_EQ(to_iso8601(customer->last_contact_at.value()), "2026-01-31T00:00:00Z");
}

TEST_F(SalesforceCrmTest, shows_no_company_where_a_lead_has_the_word_for_none) {
    finds_nothing();
    finds(row("Lead", lead_id, R"("Company":"[not provided]")"));

    const auto found = run_task(crm.find_by_email("ada@example.com"));

    ASSERT_TRUE(found);
    EXPECT_EQ(found->at(0).company, "");
}

TEST_F(SalesforceCrmTest, reads_what_was_cut_off_by_its_next_records_url) {
    api.answers(200, R"({"done":false,"nextRecordsUrl":"/services/data/v57.0/query/01g000000000001-1","records":[)" +
                         row("Contact", contact_id, R"("LastName":"A")") + "]}");
    finds(row("Contact", "003000000000002AAA", R"("LastName":"B")"));
    finds_nothing();

    const auto found = run_task(crm.find_by_email("ada@example.com"));

    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 2U);
    EXPECT_EQ(api.request(1).target, "/services/data/v57.0/query/01g000000000001-1");
}

TEST_F(SalesforceCrmTest, follows_no_next_records_url_out_of_the_api) {
    for (const std::string_view next :
         {"https://evil.example/query/1", "/services/data/v57.0/sobjects/User/005",
          "/services/data/v57.0/query/../sobjects/User", "/services/data/v57.0/query/",
          "/services/data/v57.0/query/1?x=y", "//evil.example/services/data/v57.0/query/1"}) {
        evergrant::testing::ScriptedApi scripted;
        scripted.answers(200, R"({"done":false,"nextRecordsUrl":")" + std::string(next) + R"(","records":[]})");
        SalesforceCrm salesforce(scripted);

        const auto found = run_task(salesforce.find_by_email("ada@example.com"));

        ASSERT_FALSE(found) << next;
        EXPECT_EQ(found.error().code, Errc::provider_error);
        EXPECT_EQ(scripted.requests().size(), 1U);
    }
}

TEST_F(SalesforceCrmTest, pages_a_search_from_contacts_into_leads) {
    PageQuery one;
    one.limit = 1;
    finds(row("Contact", contact_id, R"("LastName":"A")"));
    finds(row("Lead", lead_id, R"("LastName":"B")"));
    finds_nothing();
    finds(row("Lead", lead_id, R"("LastName":"B")"));

    const auto first = run_task(crm.search("ada engines", one));
    ASSERT_TRUE(first);
    one.cursor = first->next_cursor;
    const auto second = run_task(crm.search("ada engines", one));

    ASSERT_TRUE(second);
    EXPECT_EQ(first->customers.at(0).id, contact_id);
    EXPECT_EQ(second->customers.at(0).id, lead_id);
    EXPECT_EQ(second->next_cursor, "");
    EXPECT_THAT(query(2), HasSubstr("AND Id > '" + std::string(contact_id) + "'"));
    EXPECT_THAT(query(3), Not(HasSubstr("Id >")));
}

TEST_F(SalesforceCrmTest, creates_a_lead_even_of_an_unknown_company) {
    api.answers(201, R"({"id":"00Q000000000001AAA","success":true,"errors":[]})");
    CustomerChange customer;
    customer.last_name = "Byron";
    customer.phones = {{.number = "+14155550100"}, {.number = "+14155550101"}};

    const auto id = run_task(crm.create(customer));

    ASSERT_TRUE(id);
    EXPECT_EQ(id->id, lead_id);
    EXPECT_EQ(api.request(0).method, "POST");
    EXPECT_EQ(api.request(0).target, "/services/data/v57.0/sobjects/Lead");
    EXPECT_EQ(api.request(0).body, R"({"LastName":"Byron","Company":"[not provided]","Phone":"+14155550100",)"
                                   R"("MobilePhone":"+14155550101"})");
}

TEST_F(SalesforceCrmTest, asks_for_the_last_name_that_every_record_has) {
    const auto id = run_task(crm.create(CustomerChange()));

    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, Errc::invalid_request);
    EXPECT_EQ(id.error().fields.at(0).field, "lastName");
    EXPECT_THAT(api.requests(), IsEmpty());
}

TEST_F(SalesforceCrmTest, puts_a_contact_under_the_account_of_its_company) {
    finds(row("Account", "001000000000001AAA", R"("Name":"O'Brien & Co")"));
    api.answers(204);
    CustomerChange change;
    change.company = "O'Brien & Co";

    ASSERT_TRUE(run_task(crm.update(std::string(contact_id), change)));

    EXPECT_EQ(query(0), R"(SELECT Id FROM Account WHERE Name = 'O\'Brien & Co' LIMIT 2)");
    EXPECT_EQ(api.request(1).method, "PATCH");
    EXPECT_EQ(api.request(1).target, "/services/data/v57.0/sobjects/Contact/" + std::string(contact_id));
    EXPECT_EQ(api.request(1).body, R"({"AccountId":"001000000000001AAA"})");
}

TEST_F(SalesforceCrmTest, empties_a_field_by_null_and_leaves_the_others) {
    api.answers(204);
    CustomerChange change;
    change.email = "";
    change.phones = std::vector{Phone{.number = "+14155550100", .label = "mobile"}};

    ASSERT_TRUE(run_task(crm.update(std::string(lead_id), change)));

    EXPECT_EQ(api.request(0).body, R"({"Email":null,"MobilePhone":"+14155550100"})");
}

TEST_F(SalesforceCrmTest, writes_no_custom_field_that_is_not_one) {
    for (const std::string_view name :
         {"Id", "attributes", "", "Plan__c'", "a.b", "Account/Name", "x\r\ny", "LastName"}) {
        CustomerChange change;
        change.last_name = "Byron";
        change.custom_fields[name] = "x";

        const auto written = run_task(crm.update(std::string(lead_id), change));

        ASSERT_FALSE(written) << name;
        EXPECT_EQ(written.error().fields.at(0).field, "customFields");
    }
    EXPECT_THAT(api.requests(), IsEmpty());
}

CallActivity some_call() {
    CallActivity call;
    call.customer_id = contact_id;
    call.direction = CallDirection::outbound;
    call.outcome = CallOutcome::no_answer;
    call.at = sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31));
    call.duration = std::chrono::seconds(42);
    call.agent = "Ada";
    call.notes = "Nobody there";
    call.tags = {"billing", "second try"};
    call.recording_url = "https://recordings.example/1";
    return call;
}

TEST_F(SalesforceCrmTest, logs_a_call_as_a_finished_task) {
    api.answers(200, R"([{"id":"00T000000000001AAA","success":true,"errors":[]}])");

    const auto id = run_task(crm.log_call(some_call()));

    ASSERT_TRUE(id);
    EXPECT_EQ(*id, "00T000000000001AAA");
    EXPECT_EQ(api.request(0).target, "/services/data/v57.0/composite/sobjects");
    const json::object task = objects_in(array_at(body(0), "records")).at(0);
    EXPECT_EQ(text_at(task, "TaskSubtype"), "Call");
    EXPECT_EQ(text_at(task, "Status"), "Completed");
    EXPECT_EQ(text_at(task, "CallType"), "Outbound");
    EXPECT_EQ(text_at(task, "CallDurationInSeconds"), "42");
    EXPECT_EQ(text_at(task, "CallDisposition"), "no_answer");
    EXPECT_EQ(text_at(task, "ActivityDate"), "2026-01-31");
    EXPECT_EQ(text_at(task, "WhoId"), contact_id);
    EXPECT_EQ(text_at(task, "Subject"), "Outbound call: no answer");
    EXPECT_EQ(text_at(task, "Description"),
              "Nobody there\n\nBegan: 2026-01-31T00:00:00Z\nAgent: Ada\n"
              "Recording: https://recordings.example/1\nTags: billing, second try");
}

TEST_F(SalesforceCrmTest, makes_the_follow_up_an_open_task_in_the_same_change) {
    api.answers(200, R"([{"id":"00T000000000001AAA","success":true,"errors":[]},)"
                     R"({"id":"00T000000000002AAA","success":true,"errors":[]}])");
    CallActivity call = some_call();
    call.follow_up = FollowUp{.at = call.at + std::chrono::hours(33), .notes = "Call again"};

    const auto id = run_task(crm.log_call(call));

    ASSERT_TRUE(id);
    EXPECT_EQ(text_at(body(0), "allOrNone"), "true");
    const json::object task = objects_in(array_at(body(0), "records")).at(1);
    EXPECT_EQ(text_at(task, "Status"), "Not Started");
    EXPECT_EQ(text_at(task, "ActivityDate"), "2026-02-01");
    EXPECT_EQ(text_at(task, "ReminderDateTime"), "2026-02-01T09:00:00Z");
    EXPECT_EQ(text_at(task, "Description"), "Call again");
}

TEST_F(SalesforceCrmTest, takes_the_reason_of_a_refused_change_and_not_what_went_with_it) {
    api.answers(
        200,
        R"([{"success":false,"errors":[{"statusCode":"ALL_OR_NONE_OPERATION_ROLLED_BACK","message":"","fields":[]}]},)"
        R"({"success":false,"errors":[{"statusCode":"STRING_TOO_LONG","message":"Subject: too long","fields":["Subject"]}]}])");

    const auto id = run_task(crm.log_call(some_call()));

    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, Errc::invalid_request);
    EXPECT_EQ(id.error().fields.at(0).field, "subject");
}

TEST_F(SalesforceCrmTest, writes_again_when_it_met_a_lock) {
    const std::string locked =
        R"([{"errorCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain exclusive access","fields":[]}])";
    api.answers(400, locked).answers(400, locked).answers(204);
    CustomerChange change;
    change.title = "Countess";

    EXPECT_TRUE(run_task(crm.update(std::string(contact_id), change)));
    EXPECT_EQ(api.requests().size(), 3U);
}

TEST_F(SalesforceCrmTest, gives_up_at_a_lock_that_stays) {
    const std::string locked = R"([{"errorCode":"UNABLE_TO_LOCK_ROW","message":"","fields":[]}])";
    api.answers(400, locked).answers(400, locked).answers(400, locked).answers(204);
    CustomerChange change;
    change.title = "Countess";

    const auto written = run_task(crm.update(std::string(contact_id), change));

    ASSERT_FALSE(written);
    EXPECT_TRUE(traits_of(written.error().code).retryable);
    EXPECT_EQ(api.unasked(), 1U);
}

TEST_F(SalesforceCrmTest, puts_tasks_and_notes_in_one_order_and_pages_them) {
    finds(row("Task", "00T000000000003AAA",
              R"("Subject":"Call","TaskSubtype":"Call","CallType":"Inbound","CallDurationInSeconds":7,)"
              R"("CallDisposition":"answered","CreatedDate":"2026-01-31T12:00:02.000+0000","Owner":{"Name":"Ada"})") +
          "," +
          row("Task", "00T000000000001AAA",
              R"("Subject":"Old","TaskSubtype":"Task","CreatedDate":"2026-01-30T12:00:00.000+0000")"));
    finds(row("Note", "002000000000001AAA",
              R"("Title":"Note","Body":"text","CreatedDate":"2026-01-31T12:00:01.000+0000")"));
    PageQuery two;
    two.limit = 2;

    const auto page = run_task(crm.interactions(std::string(contact_id), two));

    ASSERT_TRUE(page);
    ASSERT_EQ(page->interactions.size(), 2U);
    EXPECT_EQ(page->interactions[0].kind, "call");
    EXPECT_EQ(page->interactions[0].direction, "inbound");
    EXPECT_EQ(page->interactions[0].duration, std::chrono::seconds(7));
    EXPECT_EQ(page->interactions[0].agent, "Ada");
    EXPECT_EQ(page->interactions[1].kind, "note");
    EXPECT_EQ(page->next_cursor, "2026-01-31T12:00:01Z~002000000000001AAA");
}

TEST_F(SalesforceCrmTest, goes_on_behind_the_cursor) {
    finds_nothing();
    finds_nothing();
    PageQuery page;
    page.cursor = "2026-01-31T12:00:01Z~002000000000001AAA";

    ASSERT_TRUE(run_task(crm.interactions(std::string(lead_id), page)));

    EXPECT_THAT(query(0), HasSubstr("WHERE (WhoId = '00Q000000000001AAA' AND (CreatedDate < 2026-01-31T12:00:01Z OR "
                                    "(CreatedDate = 2026-01-31T12:00:01Z AND Id < '002000000000001AAA'))) ORDER BY"));
    EXPECT_THAT(query(1), HasSubstr("FROM Note WHERE (ParentId = '00Q000000000001AAA' AND"));
}

TEST_F(SalesforceCrmTest, asks_for_nothing_by_an_id_or_cursor_that_is_not_its_own) {
    for (const std::string_view hostile : evergrant::testing::hostile_texts) {
        const std::string text(hostile);
        PageQuery page;
        page.cursor = text;
        CallActivity call = some_call();
        call.customer_id = text;

        EXPECT_FALSE(run_task(crm.find(text))) << text;
        EXPECT_FALSE(run_task(crm.update(text, CustomerChange()))) << text;
        EXPECT_FALSE(run_task(crm.interactions(text, PageQuery()))) << text;
        EXPECT_FALSE(run_task(crm.interactions(std::string(contact_id), page))) << text;
        EXPECT_FALSE(run_task(crm.search("ada", page))) << text;
        EXPECT_FALSE(run_task(crm.log_call(call))) << text;
    }
    EXPECT_THAT(api.requests(), IsEmpty());
}

TEST_F(SalesforceCrmTest, asks_one_query_whatever_a_caller_writes) {
    api.otherwise([](const ApiRequest&) {
        return Result<ApiAnswer>(ApiAnswer{.status = 200, .headers = {}, .body = std::string(no_rows)});
    });
    for (const std::string_view hostile : evergrant::testing::hostile_texts) {
        const std::string text(hostile);
        static_cast<void>(run_task(crm.find_by_email(text)));
        static_cast<void>(run_task(crm.find_by_phone(text)));
        static_cast<void>(run_task(crm.search(text, PageQuery())));
    }
    for (const ApiRequest& request : api.requests()) {
        const std::size_t query_begins = request.target.find("?q=");
        ASSERT_NE(query_begins, std::string::npos);
        EXPECT_EQ(request.target.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-._~", query_begins + 3),
                  std::string::npos)
            << request.target;
        EXPECT_THAT(request.target, StartsWith("/services/data/v57.0/"));
        EXPECT_THAT(request.headers, IsEmpty());
    }
}

struct Refusal {
    unsigned status;
    std::string_view code;
    Errc means;
};

TEST_F(SalesforceCrmTest, means_by_each_refusal_what_salesforce_means) {
    for (const Refusal& refusal :
         {Refusal{404, "NOT_FOUND", Errc::not_found}, Refusal{400, "MALFORMED_ID", Errc::not_found},
          Refusal{403, "REQUEST_LIMIT_EXCEEDED", Errc::rate_limited},
          Refusal{400, "REQUIRED_FIELD_MISSING", Errc::invalid_request},
          Refusal{400, "DUPLICATES_DETECTED", Errc::conflict}, Refusal{400, "INVALID_FIELD", Errc::invalid_request},
          Refusal{403, "INSUFFICIENT_ACCESS", Errc::forbidden},
          Refusal{400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", Errc::invalid_request},
          Refusal{403, "API_DISABLED_FOR_ORG", Errc::forbidden}, Refusal{503, "SERVER_UNAVAILABLE", Errc::rate_limited},
          Refusal{400, "MALFORMED_QUERY", Errc::provider_error},
          Refusal{500, "UNKNOWN_EXCEPTION", Errc::provider_error}}) {
        evergrant::testing::ScriptedApi scripted;
        scripted.answers(refusal.status, R"([{"errorCode":")" + std::string(refusal.code) +
                                             R"(","message":"a secret of the customer","fields":["Email"]}])");
        SalesforceCrm salesforce(scripted);

        const auto written = run_task(salesforce.update(std::string(contact_id), {.title = "Countess"}));

        ASSERT_FALSE(written) << refusal.code;
        EXPECT_EQ(written.error().code, refusal.means) << refusal.code;
        EXPECT_THAT(written.error().message, Not(HasSubstr("secret")));
        EXPECT_EQ(written.error().retry_after.has_value(), refusal.means == Errc::rate_limited) << refusal.code;
    }
}

TEST_F(SalesforceCrmTest, takes_a_page_of_html_for_no_answer) {
    api.answers(200, "<html>Down for maintenance</html>", {{"content-type", "text/html"}});

    const auto found = run_task(crm.find_by_email("ada@example.com"));

    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::provider_error);
}

TEST_F(SalesforceCrmTest, names_only_fields_in_what_it_says_of_a_refusal) {
    api.answers(400,
                R"([{"errorCode":"REQUIRED_FIELD_MISSING","message":"","fields":["LastName","<b>x</b>","Plan__c"]}])");

    const auto written = run_task(crm.update(std::string(contact_id), {.title = "Countess"}));

    ASSERT_FALSE(written);
    std::vector<std::string> names;
    for (const FieldError& field : written.error().fields)
        names.push_back(field.field);
    EXPECT_THAT(names, ElementsAre("lastName", "customFields.Plan__c"));
}

}  // namespace
}  // namespace evergrant::connectors::salesforce
