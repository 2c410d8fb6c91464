#include "api/crm_bodies.h"

#include <gtest/gtest.h>

namespace evergrant::api {

namespace {

constexpr sys_seconds now{std::chrono::seconds(1'800'000'000)};

net::Request request_with(std::string body) {
    net::Request request;
    request.headers.emplace_back("content-type", "application/json");
    request.body = std::move(body);
    return request;
}

template <class T>
std::string field_of(const Result<T>& refused) {
    return refused ? "" : refused.error().fields.front().field;
}

std::string refused_customer(std::string body) {
    return field_of(read_customer(request_with(std::move(body))));
}

std::string refused_call(std::string_view members) {
    return field_of(read_call(request_with("{" + std::string(members) + "}"), now));
}

}  // namespace

TEST(CustomerBody, is_read_with_all_that_is_in_it) {
    const auto body = read_customer(request_with(R"({"firstName":"Anna","lastName":"","email":"anna@example.com",
        "phones":["1",{"number":"2","label":"mobile"}],"address":{"city":"Bonn"},"tags":[],"customFields":{"A":1},
        "kind":"lead","region":"DE"})"));

    ASSERT_TRUE(body) << body.error().message;
    EXPECT_EQ(body->region, "DE");
    EXPECT_EQ(body->change.last_name, "") << "an empty text empties the field";
    EXPECT_FALSE(body->change.title) << "what is not there stays as it is";
    EXPECT_EQ(body->change.phones->at(1).label, "mobile");
    EXPECT_EQ(body->change.address->city, "Bonn");
    EXPECT_TRUE(body->change.tags->empty());
    EXPECT_EQ(body->change.custom_fields.at("A"), 1);
}

TEST(CustomerBody, has_one_number_or_a_list_of_them) {
    EXPECT_EQ(read_customer(request_with(R"({"phone":"1"})"))->change.phones->front().number, "1");
    EXPECT_EQ(refused_customer(R"({"phone":"1","phones":["2"]})"), "phone");
}

TEST(CustomerBody, is_refused_by_the_field_that_is_wrong) {
    EXPECT_EQ(refused_customer(R"({"frstName":"x"})"), "frstName");
    EXPECT_EQ(refused_customer(R"({"email":"no address"})"), "email");
    EXPECT_EQ(refused_customer(R"({"email":"a@b,c@d"})"), "email");
    EXPECT_EQ(refused_customer(R"({"email":"a@b\r\nBcc: c@d"})"), "email");
    EXPECT_EQ(refused_customer(R"({"kind":"deal"})"), "kind");
    EXPECT_EQ(refused_customer(R"({"phones":[{"label":"home"}]})"), "phones[0].number");
    EXPECT_EQ(refused_customer(R"({"phones":[{"number":"1","label":"fax"}]})"), "phones[0].label");
    EXPECT_EQ(refused_customer(R"({"phones":[1]})"), "phones[0]");
    EXPECT_EQ(refused_customer(R"({"address":{"zip":"1"}})"), "address.zip");
    EXPECT_EQ(refused_customer(R"({"tags":[""]})"), "tags");
}

TEST(CallBody, is_read_with_all_that_is_in_it) {
    const auto body = read_call(request_with(R"({"customerId":"leads:1","direction":"outbound","outcome":"no_answer",
        "at":"2026-01-31T12:00:00Z","durationSeconds":61,"followUp":{"at":"2026-02-01T09:00:00Z","notes":"n"}})"),
                                now);

    ASSERT_TRUE(body) << body.error().message;
    EXPECT_EQ(body->call.direction, connectors::CallDirection::outbound);
    EXPECT_EQ(body->call.outcome, connectors::CallOutcome::no_answer);
    EXPECT_EQ(to_iso8601(body->call.at), "2026-01-31T12:00:00Z");
    EXPECT_EQ(body->call.duration, std::chrono::seconds(61));
    EXPECT_EQ(body->call.follow_up->notes, "n");
}

TEST(CallBody, that_does_not_say_when_was_now) {
    const auto body = read_call(request_with(R"({"customerId":"1","direction":"inbound","outcome":"busy"})"), now);

    EXPECT_EQ(body.value().call.at, now);
}

TEST(CallBody, is_refused_by_the_field_that_is_wrong) {
    const std::string good = R"("customerId":"1","direction":"inbound","outcome":"busy")";

    EXPECT_EQ(refused_call(R"("direction":"inbound","outcome":"busy")"), "customerId");
    EXPECT_EQ(refused_call(R"("customerId":"1","direction":"in","outcome":"busy")"), "direction");
    EXPECT_EQ(refused_call(R"("customerId":"1","direction":"inbound","outcome":"Busy")"), "outcome");
    EXPECT_EQ(refused_call(good + R"(,"recordingUrl":"javascript:alert")"), "recordingUrl");
    EXPECT_EQ(refused_call(good + R"(,"recordingUrl":"https://a\r\nb")"), "recordingUrl");
    EXPECT_EQ(refused_call(good + R"(,"followUp":{"notes":"n"})"), "followUp.at");
    EXPECT_EQ(refused_call(good + R"(,"durationSeconds":-1)"), "durationSeconds");
    EXPECT_EQ(refused_call(good + R"(,"at":"yesterday")"), "at");
}

}  // namespace evergrant::api
