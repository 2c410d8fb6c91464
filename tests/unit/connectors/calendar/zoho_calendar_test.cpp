#include "connectors/calendar/zoho_calendar.h"

#include "connectors/calendar/zoho_event.h"
#include "oauth/form.h"
#include "run_task.h"
#include "scripted_api.h"
#include "zones.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace evergrant::connectors {
namespace {

using namespace std::chrono_literals;
using testing::day;
using testing::run_task;
using testing::ScriptedApi;
using testing::utc;

constexpr const char* calendars =
    R"({"calendars":[{"uid":"other==","isdefault":false},{"uid":"mine==","isdefault":true}]})";
constexpr const char* one_event = R"({"events":[{"uid":"e1@zoho.com","etag":"17","title":"Talk","isallday":false,
    "dateandtime":{"timezone":"Europe/Berlin","start":"20260303T090000+0100","end":"20260303T093000+0100"}}]})";
const TimeRange march{utc(2026, 3, 1), utc(2026, 3, 31)};

std::shared_ptr<const TimeZone> in_utc() {
    return std::make_shared<const TimeZone>();
}

Result<std::vector<Event>> events(ScriptedApi& api, TimeRange range = march, std::string calendar = "c") {
    ZohoCalendar zoho(api);
    return run_task(zoho.events(std::move(calendar), range, in_utc()));
}

/// The `eventdata` of a request.
boost::json::object sent(const ApiRequest& request) {
    const auto form = oauth::read_form(request.body, 1);
    if (!form || form->size() != 1 || form->front().name != "eventdata")
        throw std::runtime_error("no eventdata: " + request.body);
    return boost::json::parse(form->front().value).as_object();
}

std::string event_at(const std::string& uid, const std::string& start, const std::string& end) {
    return R"({"uid":")" + uid + R"(","etag":1,"title":"t","isallday":false,"dateandtime":{"start":")" + start +
           R"(","end":")" + end + R"("}})";
}

TEST(ZohoCalendar, asks_for_the_occurrences_in_a_range) {
    ScriptedApi api;
    api.answers(200, one_event);

    const auto found = events(api);

    ASSERT_TRUE(found);
    EXPECT_EQ(api.request(0).target,
              "/api/v1/calendars/c/events?byinstance=true&range=%7B%22start%22%3A%2220260301T000000Z%22%2C%22end%22%3A"
              "%2220260331T000000Z%22%7D");
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().id, "e1@zoho.com");
    EXPECT_EQ(found->front().etag, "17");
    EXPECT_EQ(found->front().time, EventTime(TimeRange{utc(2026, 3, 3, 8), utc(2026, 3, 3, 8, 30)}));
}

TEST(ZohoCalendar, takes_the_default_calendar_when_none_is_named) {
    ScriptedApi api;
    api.answers(200, calendars).answers(200, one_event);

    EXPECT_TRUE(events(api, march, ""));

    EXPECT_EQ(api.request(0).target, "/api/v1/calendars");
    EXPECT_TRUE(api.request(1).target.starts_with("/api/v1/calendars/mine%3D%3D/events?"));
}

TEST(ZohoCalendar, says_so_when_there_is_no_default_calendar) {
    ScriptedApi api;
    api.answers(200, R"({"calendars":[{"uid":"other"},{"isdefault":true},7]})");

    EXPECT_EQ(events(api, march, "").error().code, Errc::not_found);
}

TEST(ZohoCalendar, tells_what_lies_over_a_border_of_its_requests_once) {
    ScriptedApi api;
    const std::string over = R"({"events":[)" + event_at("long", "20260330T000000Z", "20260402T000000Z") + R"(]})";
    api.answers(200, over).answers(200, over).answers(204).answers(200, R"({"events":[]})");

    const auto found = events(api, {utc(2026, 3, 1), utc(2026, 6, 9)});

    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(api.requests().size(), 4U) << "a hundred days are four requests";
}

TEST(ZohoCalendar, tells_each_occurrence_of_a_repeated_event) {
    ScriptedApi api;
    api.answers(200, R"({"events":[)" + event_at("r", "20260310T090000Z", "20260310T100000Z") + "," +
                         event_at("r", "20260303T090000Z", "20260303T100000Z") + R"(]})");

    const auto found = events(api);

    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_LT(in_zone((*found)[0].time, TimeZone()).begin, in_zone((*found)[1].time, TimeZone()).begin);
}

TEST(ZohoCalendar, leaves_out_what_only_touches_the_range) {
    ScriptedApi api;
    api.answers(200, R"({"events":[)" + event_at("before", "20260228T230000Z", "20260301T000000Z") + "," +
                         event_at("after", "20260331T000000Z", "20260331T010000Z") + R"(]})");

    EXPECT_TRUE(events(api)->empty());
}

TEST(ZohoCalendar, counts_whole_days_where_one_lives) {
    const Event event{.id = "d", .etag = "1", .time = DayRange{day(2026, 3, 29), day(2026, 3, 29)}};

    const TimeRange taken = in_zone(event.time, testing::zone("Europe/Berlin"));

    EXPECT_EQ(taken.begin, utc(2026, 3, 28, 23));
    EXPECT_EQ(taken.end - taken.begin, 23h);
}

TEST(ZohoCalendar, makes_an_event_by_a_form) {
    ScriptedApi api;
    api.answers(200, one_event);
    ZohoCalendar zoho(api);

    const auto made = run_task(zoho.create("c", {.title = "Talk & \"more\"",
                                                 .time = TimeRange{utc(2026, 3, 3, 8), utc(2026, 3, 3, 8, 30)},
                                                 .time_zone = "Europe/Berlin",
                                                 .attendees = {"a@example.com"},
                                                 .recurrence = "FREQ=DAILY;COUNT=5"}));

    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, "e1@zoho.com");
    EXPECT_EQ(api.request(0).method, "POST");
    EXPECT_EQ(api.request(0).headers, (net::Headers{{"Content-Type", "application/x-www-form-urlencoded"}}));
    EXPECT_FALSE(api.request(0).repeatable);
    EXPECT_EQ(sent(api.request(0)), boost::json::parse(R"({"title":"Talk & \"more\"","isallday":false,"transparency":0,
        "dateandtime":{"timezone":"Europe/Berlin","start":"20260303T080000Z","end":"20260303T083000Z"},
        "attendees":[{"email":"a@example.com"}],"rrule":"FREQ=DAILY;COUNT=5"})"));
}

TEST(ZohoCalendar, makes_an_event_of_whole_days_by_dates) {
    const auto data = zoho::describe(NewEvent{.title = "Fair", .time = DayRange{day(2026, 3, 3), day(2026, 3, 4)}});

    EXPECT_EQ(data.at("dateandtime"), boost::json::parse(R"({"start":"20260303","end":"20260304"})"));
    EXPECT_EQ(data.at("isallday"), true);
}

TEST(ZohoCalendar, changes_an_event_with_what_zoho_demands) {
    ScriptedApi api;
    api.answers(200, one_event).answers(200, one_event);
    ZohoCalendar zoho(api);

    EXPECT_TRUE(run_task(zoho.change("c", {.id = "e1@zoho.com", .etag = "17"}, {.location = "Room 2"})));

    EXPECT_EQ(api.request(1).method, "PUT");
    EXPECT_EQ(api.request(1).target, "/api/v1/calendars/c/events/e1%40zoho.com");
    EXPECT_EQ(sent(api.request(1)),
              boost::json::parse(R"({"title":"Talk","isallday":false,"location":"Room 2","etag":17,
        "dateandtime":{"timezone":"Europe/Berlin","start":"20260303T080000Z","end":"20260303T083000Z"}})"));
}

TEST(ZohoCalendar, changes_nothing_that_has_changed_meanwhile) {
    ScriptedApi api;
    api.answers(200, one_event);
    ZohoCalendar zoho(api);

    const auto changed = run_task(zoho.change("c", {.id = "e1", .etag = "16"}, {.title = "New"}));

    EXPECT_EQ(changed.error().code, Errc::conflict);
    EXPECT_EQ(api.requests().size(), 1U);
}

TEST(ZohoCalendar, removes_an_event_with_its_etag_as_a_header) {
    ScriptedApi api;
    api.answers(204);
    ZohoCalendar zoho(api);

    EXPECT_TRUE(run_task(zoho.remove("c", {.id = "e1", .etag = "17"})));

    EXPECT_EQ(api.request(0).method, "DELETE");
    EXPECT_EQ(api.request(0).headers, (net::Headers{{"etag", "17"}}));
}

TEST(ZohoCalendar, removes_an_event_whatever_its_state_when_told_so) {
    ScriptedApi api;
    api.answers(200, one_event).answers(200, one_event);
    ZohoCalendar zoho(api);

    EXPECT_TRUE(run_task(zoho.remove("c", {.id = "e1", .etag = "*"})));

    EXPECT_EQ(api.request(1).headers, (net::Headers{{"etag", "17"}}));
}

struct Refusal {
    unsigned status;
    const char* body;
    Errc meaning;
};

TEST(ZohoCalendar, says_what_zohos_refusals_mean) {
    for (const auto& [status, body, meaning] :
         {Refusal{400, R"({"error":[{"message":"INVALID_DATA"}]})", Errc::invalid_request},
          Refusal{400, R"({"error":[{"message":"Etag does not match"}]})", Errc::conflict},
          Refusal{400, R"({"error":{"message":"ETAG_MISMATCH"}})", Errc::conflict}, Refusal{409, "", Errc::conflict},
          Refusal{412, "<html>", Errc::conflict}, Refusal{404, "{}", Errc::not_found},
          Refusal{403, R"({"error":[{"message":"OAUTH_SCOPE_MISMATCH"}]})", Errc::forbidden},
          Refusal{500, R"({"error":[{"message":"etag"}]})", Errc::provider_error},
          Refusal{200, R"({"error":[{"message":"?"}]})", Errc::provider_error},
          Refusal{200, "<html>", Errc::provider_error}, Refusal{302, "", Errc::provider_error}}) {
        ScriptedApi api;
        api.answers(status, body);
        EXPECT_EQ(events(api).error().code, meaning) << status << " " << body;
    }
}

TEST(ZohoCalendar, passes_on_what_keeps_the_api_from_answering) {
    ScriptedApi api;
    api.fails(Errc::rate_limited);

    EXPECT_EQ(events(api).error().code, Errc::rate_limited);
}

TEST(ZohoCalendar, never_takes_an_event_that_it_cannot_read_for_free_time) {
    for (const char* event :
         {"7", "{}", R"({"uid":"a"})", R"({"uid":"a","dateandtime":{"start":"soon","end":"later"}})",
          R"({"uid":"a","dateandtime":{"start":"20260230T000000Z","end":"20260303T000000Z"}})",
          R"({"uid":"a","dateandtime":{"start":"20260303T000000","end":"20260303T010000"}})",
          R"({"uid":"a","isallday":true,"dateandtime":{"start":"2026","end":"2026"}})"}) {
        ScriptedApi api;
        api.answers(200, std::string(R"({"events":[)") + event + "]}");
        EXPECT_EQ(events(api).error().code, Errc::provider_error) << event;
    }
}

TEST(ZohoCalendar, takes_an_event_for_busy_unless_zoho_says_it_is_free) {
    const auto busy = [](const char* transparency) {
        auto event = boost::json::parse(event_at("a", "20260303T000000Z", "20260303T010000Z")).as_object();
        event["transparency"] = boost::json::parse(transparency);
        return zoho::read_event(event)->busy;
    };
    EXPECT_FALSE(busy("1"));
    EXPECT_FALSE(busy("\"1\""));
    EXPECT_TRUE(busy("0"));
    EXPECT_TRUE(busy("null"));
}

constexpr std::array<std::string_view, 10> hostile_values{"../../oauth", "a/../../b", "a?range=x",   "a#b",
                                                          "a%2F..",      "a b&c=d",   "${params.x}", "' OR 1=1 --",
                                                          "e\"}],{",     "ü/\\"};

TEST(ZohoCalendar, keeps_a_hostile_id_within_its_segment) {
    for (const std::string_view hostile : hostile_values) {
        ScriptedApi api;
        api.answers(204);
        ZohoCalendar zoho(api);

        EXPECT_TRUE(run_task(zoho.remove(std::string(hostile), {.id = std::string(hostile), .etag = "1"})));

        const std::string& target = api.request(0).target;
        EXPECT_EQ(target, "/api/v1/calendars/" + percent_encoded(hostile) + "/events/" + percent_encoded(hostile));
        EXPECT_EQ(std::ranges::count(target, '/'), 6) << target;
        EXPECT_EQ(target.find_first_of("?#&\r\n ${\"'"), std::string::npos) << target;
    }
}

TEST(ZohoCalendar, asks_nothing_for_ids_that_would_be_another_path) {
    for (const char* hostile : {".", "..", "a\r\nX-Evil: 1", "a\nb", "\x7f"}) {
        ScriptedApi api;
        ZohoCalendar zoho(api);
        EXPECT_EQ(run_task(zoho.remove("c", {.id = hostile, .etag = "1"})).error().code, Errc::invalid_request);
        EXPECT_EQ(events(api, march, hostile).error().code, Errc::invalid_request);
        EXPECT_TRUE(api.requests().empty()) << hostile;
    }
}

TEST(ZohoCalendar, puts_nothing_but_digits_into_the_etag_header) {
    for (const char* hostile : {"", "1\r\nX-Evil: 1", "1, 2", "\"1\"", "W/1", "-1", "${etag}", "1 "}) {
        ScriptedApi api;
        ZohoCalendar zoho(api);
        EXPECT_EQ(run_task(zoho.remove("c", {.id = "e", .etag = hostile})).error().code, Errc::invalid_request);
        EXPECT_TRUE(api.requests().empty()) << hostile;
    }
}

TEST(ZohoCalendar, writes_hostile_texts_as_texts) {
    for (const std::string_view hostile : hostile_values) {
        ScriptedApi api;
        api.answers(200, one_event);
        ZohoCalendar zoho(api);
        NewEvent event{.title = std::string(hostile), .time = TimeRange{utc(2026, 3, 3), utc(2026, 3, 4)}};
        event.description = event.location = std::string(hostile);

        EXPECT_TRUE(run_task(zoho.create("c", event)));

        const auto data = sent(api.request(0));
        EXPECT_EQ(data.size(), 6U);
        for (const char* member : {"title", "description", "location"})
            EXPECT_EQ(data.at(member).as_string(), boost::json::string_view(hostile));
    }
}

TEST(ZohoRanges, are_cut_without_a_gap_into_at_most_thirty_days) {
    const TimeRange whole{utc(2026, 1, 1, 5), utc(2027, 2, 3, 7)};

    const auto parts = zoho::parts_of(whole);

    EXPECT_EQ(parts.front().begin, whole.begin);
    EXPECT_EQ(parts.back().end, whole.end);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        EXPECT_LE(parts[i].end - parts[i].begin, std::chrono::days(30));
        EXPECT_EQ(i == 0 ? whole.begin : parts[i - 1].end, parts[i].begin);
    }
}

}  // namespace
}  // namespace evergrant::connectors
