#include "connectors/crm/zoho/zoho_crm.h"

#include "run_task.h"
#include "scripted_api.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evergrant::connectors::zoho {

namespace {

using evergrant::testing::run_task;

constexpr std::string_view written = R"({"data":[{"code":"SUCCESS","details":{"id":"77"},"status":"success"}]})";

class ZohoCrmTest : public ::testing::Test {
protected:
    template <class T>
    T run(async::Task<T> task) {
        return run_task(std::move(task));
    }
    boost::json::value body(std::size_t request) { return boost::json::parse(api_.request(request).body); }
    boost::json::value record(std::size_t request) { return body(request).at("data").at(0); }

    evergrant::testing::ScriptedApi api_;
    ZohoCrm crm_{api_};
};

CustomerChange named(const std::string& last_name) {
    CustomerChange change;
    change.last_name = last_name;
    return change;
}

std::string row(const std::string& members) {
    return R"({"data":[{"id":"1",)" + members + R"(}],"info":{"more_records":false}})";
}

}  // namespace

TEST_F(ZohoCrmTest, a_number_is_looked_for_in_all_its_forms_in_contacts_and_then_leads) {
    api_.answers(200, row(R"("Last_Name":"Berg","Phone":"(650) 253-0000")")).answers(204);

    const auto found = run(crm_.find_by_phone("+16502530000"));

    EXPECT_EQ(found.value().front().id, "contacts:1");
    EXPECT_TRUE(api_.request(0).target.starts_with(
        "/crm/v3/Contacts/search?criteria=%28%28Phone%3Aequals%3A%2B16502530000%29or"));
    EXPECT_NE(api_.request(0).target.find("equals%3A%5C%28650%5C%29%20253-0000"), std::string::npos);
    EXPECT_TRUE(api_.request(1).target.starts_with("/crm/v3/Leads/search?criteria="));
}

TEST_F(ZohoCrmTest, a_number_that_no_criterion_finds_is_looked_for_by_zohos_own_search_for_numbers) {
    api_.answers(204).answers(204).answers(204).answers(200, row(R"("Mobile":"+1 650 253 00 00")"));

    const auto found = run(crm_.find_by_phone("+16502530000"));

    EXPECT_EQ(found.value().front().id, "leads:1");
    EXPECT_EQ(api_.request(2).target, "/crm/v3/Contacts/search?phone=6502530000&per_page=20");
}

TEST_F(ZohoCrmTest, who_has_another_number_is_not_taken_for_the_one_asked_for) {
    const std::string another = row(R"("Phone":"+16502530001")");
    api_.answers(200, another).answers(204).answers(200, another).answers(204);

    EXPECT_TRUE(run(crm_.find_by_phone("+16502530000")).value().empty());
}

TEST_F(ZohoCrmTest, an_organization_without_leads_still_has_contacts) {
    api_.answers(200, row(R"("Email":"a@example.com")"))
        .answers(400,
                 R"({"code":"INVALID_MODULE","details":{},"message":"the module name given seems to be invalid"})");

    EXPECT_EQ(run(crm_.find_by_email("a@example.com")).value().size(), 1U);
    EXPECT_EQ(api_.request(0).target, "/crm/v3/Contacts/search?email=a%40example.com&per_page=20");
}

TEST_F(ZohoCrmTest, reads_a_contact_as_one_of_ours) {
    api_.answers(200,
                 row(R"("First_Name":"Anna","Last_Name":"Berg","Full_Name":"Anna Berg","Phone":"1","Other_Phone":"2",
                             "Account_Name":{"name":"Acme","id":"9"},"Title":"CEO","Mailing_City":"Bonn",
                             "Tag":[{"name":"vip","id":"3"}],"Lead_Source":"Web","$approved":true,"Fax":null,
                             "Last_Activity_Time":"2026-01-31T12:00:00+05:30","Owner":{"name":"Bo","id":"4"})"))
        .answers(204)
        .answers(204);

    const auto found = run(crm_.find("contacts:1"));
    ASSERT_TRUE(found) << found.error().message << found.error().detail;
    const Customer& customer = *found;

    EXPECT_EQ(customer.name, "Anna Berg");
    EXPECT_EQ(customer.company, "Acme");
    EXPECT_EQ(customer.phones.back().label, "other");
    EXPECT_EQ(customer.address.city, "Bonn");
    EXPECT_EQ(customer.tags, std::vector<std::string>{"vip"});
    EXPECT_EQ(boost::json::serialize(customer.custom_fields), R"({"Lead_Source":"Web"})");
    EXPECT_EQ(to_iso8601(*customer.last_contact_at), "2026-01-31T06:30:00Z");
}

TEST_F(ZohoCrmTest, reads_what_happened_newest_first) {
    api_.answers(200, R"({"data":[{"id":"1","Subject":"Late","Call_Type":"Outbound","Call_Duration":"01:05",
                                   "Call_Start_Time":"2026-01-03T00:00:00+00:00","Owner":{"name":"Bo"}},
                                  {"id":"2","Call_Type":"Missed","Call_Start_Time":"2026-01-01T00:00:00+00:00"}],
                          "info":{"more_records":false}})")
        .answers(200, R"({"data":[{"id":"3","Note_Title":"Note","Created_Time":"2026-01-02T00:00:00+00:00"}]})");

    const auto page = run(crm_.interactions("leads:1", {})).value();

    ASSERT_EQ(page.interactions.size(), 3U);
    EXPECT_EQ(page.interactions[0].duration, std::chrono::seconds(65));
    EXPECT_EQ(page.interactions[1].id, "notes:3");
    EXPECT_EQ(page.interactions[2].outcome, "no_answer");
    EXPECT_EQ(page.next_cursor, "");
}

TEST_F(ZohoCrmTest, what_happened_goes_on_where_the_page_before_ended) {
    const std::string calls = R"({"data":[{"id":"1","Call_Start_Time":"2026-01-03T00:00:00+00:00"},
                                          {"id":"2","Call_Start_Time":"2026-01-01T00:00:00+00:00"}]})";
    const std::string notes = R"({"data":[{"id":"3","Created_Time":"2026-01-02T00:00:00+00:00"}]})";
    api_.answers(200, calls).answers(200, notes).answers(200, calls).answers(200, notes);

    PageQuery two;
    two.limit = 2;
    const auto first = run(crm_.interactions("leads:1", two)).value();
    two.cursor = first.next_cursor;
    const auto second = run(crm_.interactions("leads:1", two)).value();

    EXPECT_EQ(first.interactions.back().id, "notes:3");
    ASSERT_EQ(second.interactions.size(), 1U);
    EXPECT_EQ(second.interactions.front().id, "calls:2");
    EXPECT_EQ(second.next_cursor, "");
}

TEST_F(ZohoCrmTest, a_search_goes_through_contacts_and_then_leads) {
    const std::string more = R"({"data":[{"id":"1"},{"id":"2"}],"info":{"more_records":true}})";
    api_.answers(200, more).answers(200, row(R"("Last_Name":"x")")).answers(200, row(R"("Last_Name":"y")"));

    PageQuery two;
    two.limit = 2;
    const auto first = run(crm_.search("berg & co", two)).value();
    two.cursor = first.next_cursor;
    const auto second = run(crm_.search("berg & co", two)).value();

    EXPECT_EQ(first.customers.size(), 2U);
    EXPECT_EQ(api_.request(0).target, "/crm/v3/Contacts/search?word=berg%20%26%20co&page=1&per_page=2");
    EXPECT_EQ(api_.request(1).target, "/crm/v3/Contacts/search?word=berg%20%26%20co&page=2&per_page=2");
    EXPECT_EQ(api_.request(2).target, "/crm/v3/Leads/search?word=berg%20%26%20co&page=1&per_page=1");
    EXPECT_EQ(second.customers.back().id, "leads:1");
    EXPECT_EQ(second.next_cursor, "");
}

TEST_F(ZohoCrmTest, creates_a_lead_that_zoho_itself_compares_with_those_it_has) {
    api_.answers(201, std::string(written));
    CustomerChange change = named("Berg");
    change.phones = {{"+16502530000"}, {"+442079460018", "mobile"}};
    change.email = "a@example.com";
    change.company = "Acme";
    change.custom_fields["Lead_Source"] = "Web";

    EXPECT_EQ(run(crm_.create(change)).value().id, "leads:77");

    EXPECT_EQ(api_.request(0).method + " " + api_.request(0).target, "POST /crm/v3/Leads/upsert");
    EXPECT_EQ(body(0), boost::json::parse(R"({"data":[{"Last_Name":"Berg","Email":"a@example.com","Company":"Acme",
        "Phone":"+16502530000","Mobile":"+442079460018","Lead_Source":"Web"}],
        "duplicate_check_fields":["Phone","Mobile","Email"]})"));
}

TEST_F(ZohoCrmTest, a_contacts_company_is_an_account_found_or_made_by_its_name) {
    api_.answers(200, std::string(written)).answers(201, std::string(written)).answers(200, std::string(written));
    CustomerChange change = named("Berg");
    change.kind = "contact";
    change.company = "Acme";
    change.tags = {"vip"};

    EXPECT_EQ(run(crm_.create(change)).value().id, "contacts:77");

    EXPECT_EQ(api_.request(0).target, "/crm/v3/Accounts/upsert");
    EXPECT_EQ(body(0),
              boost::json::parse(R"({"data":[{"Account_Name":"Acme"}],"duplicate_check_fields":["Account_Name"]})"));
    EXPECT_EQ(record(1).at("Account_Name"), boost::json::parse(R"({"id":"77"})"));
    EXPECT_EQ(api_.request(2).target, "/crm/v3/Contacts/77/actions/add_tags");
    EXPECT_EQ(body(2), boost::json::parse(R"({"tags":[{"name":"vip"}],"over_write":true})"));
}

TEST_F(ZohoCrmTest, without_the_mandatory_name_nothing_is_asked) {
    CustomerChange change;
    change.email = "a@example.com";

    EXPECT_EQ(run(crm_.create(change)).error().fields.front().field, "lastName");
    EXPECT_EQ(run(crm_.update("leads:1", named(""))).error().fields.front().field, "lastName");
    EXPECT_TRUE(api_.requests().empty());
}

TEST_F(ZohoCrmTest, an_empty_text_empties_the_field) {
    api_.answers(200, std::string(written));
    CustomerChange change;
    change.title = "";

    EXPECT_TRUE(run(crm_.update("leads:1", change)));

    EXPECT_EQ(api_.request(0).method + " " + api_.request(0).target, "PUT /crm/v3/Leads/1");
    EXPECT_EQ(record(0), boost::json::parse(R"({"Designation":null})"));
}

TEST_F(ZohoCrmTest, no_tags_takes_those_away_that_there_are) {
    api_.answers(200, row(R"("Tag":[{"name":"vip"}])")).answers(200, std::string(written));
    CustomerChange change;
    change.tags.emplace();

    EXPECT_TRUE(run(crm_.update("leads:1", change)));

    EXPECT_EQ(api_.request(1).target, "/crm/v3/Leads/1/actions/remove_tags");
    EXPECT_EQ(body(1), boost::json::parse(R"({"tags":[{"name":"vip"}]})"));
}

TEST_F(ZohoCrmTest, logs_a_call_with_all_that_is_known_of_it) {
    for (int i = 0; i < 3; ++i)
        api_.answers(201, std::string(written));
    const sys_seconds then(std::chrono::seconds(1'800'000'000));
    CallActivity call{.customer_id = "leads:5",
                      .direction = CallDirection::outbound,
                      .outcome = CallOutcome::voicemail,
                      .at = then,
                      .duration = std::chrono::seconds(125)};
    call.phone = "+16502530000";
    call.agent = "Bo";
    call.notes = "Said hello.";
    call.tags = {"hot"};
    call.recording_url = "https://example.com/r";
    call.follow_up = FollowUp{.at = then, .notes = "Again"};

    EXPECT_EQ(run(crm_.log_call(call)).value(), "calls:77");

    EXPECT_EQ(record(0), boost::json::parse(R"({"Subject":"Outbound call: voicemail","Call_Type":"Outbound",
        "Call_Start_Time":"2027-01-15T08:00:00+00:00","Call_Duration":"02:05","Outgoing_Call_Status":"Completed",
        "Description":"Said hello.\n\nAgent: Bo\nNumber: +16502530000\nRecording: https://example.com/r\nOutcome: voicemail",
        "What_Id":{"id":"5"},"$se_module":"Leads"})"));
    EXPECT_EQ(api_.request(1).target, "/crm/v3/Calls/77/actions/add_tags");
    EXPECT_EQ(record(2).at("Due_Date"), "2027-01-15");
}

TEST_F(ZohoCrmTest, says_whether_zoho_made_a_record_or_changed_one) {
    for (const char* const action : {"insert", "update"}) {
        api_.answers(200, R"({"data":[{"code":"SUCCESS","action":")" + std::string(action) +
                              R"(","details":{"id":"77"},"status":"success"}]})");

        EXPECT_EQ(run(crm_.create(named("Berg"))).value().created, std::string_view(action) == "insert");
    }
}

TEST_F(ZohoCrmTest, takes_a_call_back_whose_tags_or_follow_up_are_refused) {
    const std::string refused = R"({"data":[{"code":"INVALID_DATA","details":{},"status":"error"}]})";
    const sys_seconds then(std::chrono::seconds(1'800'000'000));
    const CallActivity tagged{.customer_id = "leads:5", .at = then, .tags = {"hot"}};
    const CallActivity followed{.customer_id = "leads:5", .at = then, .follow_up = FollowUp{.at = then}};
    for (const CallActivity& call : {tagged, followed}) {
        api_.answers(201, std::string(written)).answers(400, refused).answers(200, std::string(written));

        EXPECT_EQ(run(crm_.log_call(call)).error().code, Errc::invalid_request);

        EXPECT_EQ(api_.requests().back().method + " " + api_.requests().back().target, "DELETE /crm/v3/Calls/77");
        EXPECT_EQ(api_.requests().back().body, "");
    }
}

TEST_F(ZohoCrmTest, a_call_nobody_took_is_missed_and_has_no_length) {
    api_.answers(201, std::string(written));

    EXPECT_TRUE(run(crm_.log_call({.customer_id = "contacts:5", .outcome = CallOutcome::no_answer, .at = {}})));

    EXPECT_EQ(record(0).at("Call_Type"), "Missed");
    EXPECT_EQ(record(0).at("Call_Result"), "No response/Busy");
    EXPECT_FALSE(record(0).as_object().contains("Call_Duration"));
    EXPECT_EQ(record(0).at("Who_Id").at("id"), "5");
}

TEST_F(ZohoCrmTest, its_errors_become_the_contracts) {
    struct Case {
        unsigned status;
        std::string_view body;
        Errc code;
        std::string_view field;
    };
    constexpr Case cases[] = {
        {400, R"({"code":"MANDATORY_NOT_FOUND","details":{"api_name":"Last_Name"},"message":"m"})",
         Errc::invalid_request, "lastName"},
        {202, R"({"data":[{"code":"MANDATORY_NOT_FOUND","details":{"api_name":"Company"},"status":"error"}]})",
         Errc::invalid_request, "company"},
        {202, R"({"data":[{"code":"DUPLICATE_DATA","details":{"api_name":"Email","id":"3"},"status":"error"}]})",
         Errc::conflict, ""},
        {202, R"({"data":[{"code":"INVALID_DATA","details":{"api_name":"Email"},"status":"error"}]})",
         Errc::invalid_request, "email"},
        {202, R"({"data":[{"code":"INVALID_DATA","details":{"api_name":"id"},"status":"error"}]})", Errc::not_found,
         ""},
        {200, R"({"data":[{"code":"INVALID_DATA","details":{"api_name":"<script>"},"status":"error"}]})",
         Errc::invalid_request, ""},
        {401, R"({"code":"OAUTH_SCOPE_MISMATCH","details":{},"message":"invalid oauth scope","status":"error"})",
         Errc::forbidden, ""},
        {401, R"({"code":"INVALID_TOKEN","details":{},"message":"invalid oauth token","status":"error"})",
         Errc::provider_error, ""},
        {403, R"({"code":"NO_PERMISSION","details":{},"message":"permission denied","status":"error"})",
         Errc::forbidden, ""},
        {400, R"({"code":"INVALID_MODULE","details":{},"message":"m","status":"error"})", Errc::forbidden, ""},
        {429, R"({"code":"TOO_MANY_REQUESTS","details":{},"message":"m","status":"error"})", Errc::rate_limited, ""},
        {500, R"({"code":"INTERNAL_ERROR","details":{},"message":"m","status":"error"})", Errc::provider_error, ""},
        {502, "<html>bad gateway</html>", Errc::provider_error, ""},
        {200, R"({"data":[{"code":"SUCCESS","details":{}}]})", Errc::provider_error, ""},
        {200, R"({"data":[]})", Errc::provider_error, ""},
        {200, "[]", Errc::provider_error, ""},
    };

    for (const Case& one : cases) {
        api_.answers(one.status, std::string(one.body));
        const auto refused = run(crm_.update("leads:1", named("Berg")));
        ASSERT_FALSE(refused) << one.body;
        EXPECT_EQ(refused.error().code, one.code) << one.body;
        EXPECT_EQ(refused.error().fields.empty() ? "" : refused.error().fields.front().field, one.field) << one.body;
        EXPECT_EQ(refused.error().message.find("script"), std::string::npos);
    }
}

TEST_F(ZohoCrmTest, no_hostile_value_leaves_its_place) {
    const std::vector<std::string> hostile{"x)or(Last_Name:starts_with:a",
                                           "a,b\\c",
                                           "a&page=9#f",
                                           "../../Deals/1",
                                           "a\r\nX-Evil: 1",
                                           "${params.shop}",
                                           "%2e%2e%2f",
                                           "' OR Id != '",
                                           "\xff\xfe",
                                           "{\"a\":1}\",\"b\":\""};
    api_.otherwise(
        [](const ApiRequest&) { return Result<ApiAnswer>(ApiAnswer{.status = 204, .headers = {}, .body = {}}); });
    const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%";

    for (const std::string& value : hostile) {
        EXPECT_EQ(run(crm_.find(value)).error().code, Errc::not_found) << value;
        EXPECT_EQ(run(crm_.find("contacts:1" + value)).error().code, Errc::not_found) << value;
        EXPECT_EQ(run(crm_.update("leads:" + value, named("x"))).error().code, Errc::not_found) << value;
        EXPECT_EQ(run(crm_.interactions("leads:" + value, {})).error().code, Errc::not_found) << value;
        EXPECT_EQ(run(crm_.log_call({.customer_id = "leads:" + value, .at = {}})).error().code, Errc::not_found);
        EXPECT_EQ(run(crm_.search("x", {.cursor = value})).error().code, Errc::invalid_request) << value;
        EXPECT_EQ(run(crm_.interactions("leads:1", {.cursor = value})).error().code, Errc::invalid_request) << value;
    }
    EXPECT_TRUE(api_.requests().empty());

    for (const std::string& value : hostile) {
        const std::size_t before = api_.requests().size();
        EXPECT_TRUE(run(crm_.find_by_email(value)));
        EXPECT_TRUE(run(crm_.search(value, {})));
        for (std::size_t at = before; at < api_.requests().size(); ++at) {
            const std::string& target = api_.request(at).target;
            const std::size_t begin = target.find('=') + 1;
            const std::string sent = target.substr(begin, target.find('&') - begin);
            EXPECT_EQ(sent, percent_encoded(value));
            EXPECT_EQ(sent.find_first_not_of(plain), std::string::npos);
        }
    }
}

TEST_F(ZohoCrmTest, hostile_texts_stay_inside_their_json_and_hostile_names_are_refused) {
    api_.answers(200, std::string(written));
    const std::string hostile = "\",\"Owner\":{\"id\":\"1\"},\"x\":\"\r\n${params.shop}";
    EXPECT_TRUE(run(crm_.update("leads:1", named(hostile))));
    EXPECT_EQ(record(0).as_object().size(), 1U);
    EXPECT_EQ(record(0).at("Last_Name"), boost::json::value(hostile));

    for (const auto* name : {"Owner", "id", "$se_module", "a b", "a\"b", "Last_Name", ""}) {
        CustomerChange change;
        change.custom_fields[name] = 1;
        EXPECT_EQ(run(crm_.update("leads:1", change)).error().fields.front().field, "customFields") << name;
    }
}

TEST(ZohoCriteria, what_has_a_meaning_there_is_escaped) {
    EXPECT_EQ(criteria_value("(650) 253,0000\\"), "\\(650\\) 253\\,0000\\\\");
}

}  // namespace evergrant::connectors::zoho
