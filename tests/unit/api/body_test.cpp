#include "api/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::api {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace {

net::Request sent(std::string body, std::string content_type = "application/json") {
    net::Request request;
    request.body = std::move(body);
    request.headers.emplace_back("content-type", std::move(content_type));
    return request;
}

Body read(std::string body, std::initializer_list<std::string_view> known) {
    auto parsed = Body::parse(sent(std::move(body)), known);
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
    return std::move(*parsed);
}

std::string field_of(const Result<void>& result) {
    return result || result.error().fields.empty() ? "" : result.error().fields.front().field;
}

std::string nested(std::size_t depth) {
    return "{\"settings\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

}  // namespace

struct BadBody {
    std::string_view name;
    std::string body;
    std::string content_type{"application/json"};
    Errc code{Errc::invalid_request};
};

class BadBodyTest : public ::testing::TestWithParam<BadBody> {};

TEST_P(BadBodyTest, is_refused) {
    const auto body = Body::parse(sent(GetParam().body, GetParam().content_type), {"name", "settings"});

    ASSERT_FALSE(body.has_value());
    EXPECT_EQ(body.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    bodies, BadBodyTest,
    ::testing::Values(BadBody{"no_json", "name=acme"}, BadBody{"a_list", "[]"}, BadBody{"a_word", "\"name\""},
                      BadBody{"something_behind_it", "{} {}"}, BadBody{"a_comment", "{/**/}"},
                      BadBody{"a_member_twice", R"({"name":"a","name":"b"})"},
                      BadBody{"a_comma_too_many", R"({"name":"a",})"}, BadBody{"an_unknown_field", R"({"nam":"a"})"},
                      BadBody{"a_form", "name=acme", "application/x-www-form-urlencoded", Errc::unsupported_media_type},
                      BadBody{"json_by_another_name", "{}", "text/plain", Errc::unsupported_media_type},
                      BadBody{"no_type", "{}", "", Errc::unsupported_media_type},
                      BadBody{"a_body_too_deep", nested(64)}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(BodyTest, may_be_sixty_four_levels_deep) {
    EXPECT_TRUE(Body::parse(sent(nested(63)), {"settings"}).has_value());
}

TEST(BodyTest, of_nothing_is_an_empty_object_whatever_its_type) {
    const auto body = Body::parse(sent("", ""), {"name"});

    ASSERT_TRUE(body.has_value());
    EXPECT_FALSE(body->has("name"));
}

TEST(BodyTest, may_name_its_character_set) {
    EXPECT_TRUE(Body::parse(sent("{}", "Application/JSON; charset=utf-8"), {}).has_value());
}

TEST(BodyTest, names_an_unknown_field_with_its_path_and_the_nearest_known) {
    const auto body = Body::of(boost::json::object{{"tenantld", "a"}}, "requests[3]", {"tenantId"});

    ASSERT_FALSE(body.has_value());
    EXPECT_EQ(body.error().fields.front().field, "requests[3].tenantld");
    EXPECT_THAT(body.error().message, HasSubstr("requests[3].tenantld"));
}

TEST(BodyTest, null_is_not_there) {
    Body body = read(R"({"name":null,"scopes":null})", {"name", "scopes"});

    EXPECT_FALSE(body.has("name"));
    EXPECT_EQ(body.text("name"), "");
    EXPECT_THAT(body.texts("scopes"), IsEmpty());
    EXPECT_TRUE(body.done().has_value());
}

TEST(BodyTest, reads_each_kind_of_value) {
    Body body = read(R"({"name":"Acme","on":true,"ttl":120,"scopes":["a","b"],"params":{"shop":"acme-store"},
        "list":[1,{}],"at":"2026-01-31T12:00:00Z"})",
                     {"name", "on", "ttl", "scopes", "params", "list", "at"});

    EXPECT_EQ(body.required_text("name"), "Acme");
    EXPECT_TRUE(body.flag("on"));
    EXPECT_EQ(body.seconds("ttl", std::chrono::hours(1)), std::chrono::seconds(120));
    EXPECT_THAT(body.texts("scopes"), ElementsAre("a", "b"));
    EXPECT_EQ(body.parameters("params").at("shop"), "acme-store");
    EXPECT_THAT(*body.array("list", 2), SizeIs(2));
    EXPECT_EQ(body.time("at"), parse_iso8601("2026-01-31T12:00:00Z"));
    EXPECT_TRUE(body.done().has_value());
}

TEST(BodyTest, tells_the_first_thing_that_is_wrong) {
    Body body = read(R"({"on":1,"ttl":-1})", {"on", "ttl"});

    static_cast<void>(body.flag("on"));
    static_cast<void>(body.seconds("ttl", std::chrono::hours(1)));

    EXPECT_EQ(field_of(body.done()), "on");
}

struct WrongValue {
    std::string_view name;
    std::string body;
    void (*ask)(Body&);
};

class WrongValueTest : public ::testing::TestWithParam<WrongValue> {};

TEST_P(WrongValueTest, is_named_by_its_field) {
    Body body = read(GetParam().body, {"x"});

    GetParam().ask(body);

    EXPECT_FALSE(field_of(body.done()).empty());
}

INSTANTIATE_TEST_SUITE_P(
    values, WrongValueTest,
    ::testing::Values(
        WrongValue{"a_number_for_text", R"({"x":1})", [](Body& body) { static_cast<void>(body.text("x")); }},
        WrongValue{"a_text_too_long", R"({"x":")" + std::string(4097, 'a') + R"("})",
                   [](Body& body) { static_cast<void>(body.text("x")); }},
        WrongValue{"an_empty_text_that_is_required", R"({"x":""})",
                   [](Body& body) { static_cast<void>(body.required_text("x")); }},
        WrongValue{"a_word_for_a_switch", R"({"x":"true"})", [](Body& body) { static_cast<void>(body.flag("x")); }},
        WrongValue{"a_fraction_of_a_second", R"({"x":1.5})",
                   [](Body& body) { static_cast<void>(body.seconds("x", std::chrono::hours(1))); }},
        WrongValue{"more_seconds_than_allowed", R"({"x":3601})",
                   [](Body& body) { static_cast<void>(body.seconds("x", std::chrono::hours(1))); }},
        WrongValue{"seconds_beyond_any_number", R"({"x":1e300})",
                   [](Body& body) { static_cast<void>(body.seconds("x", std::chrono::hours(1))); }},
        WrongValue{"a_negative_number", R"({"x":-1})", [](Body& body) { static_cast<void>(body.number("x")); }},
        WrongValue{"a_text_for_a_number", R"({"x":"1"})", [](Body& body) { static_cast<void>(body.number("x")); }},
        WrongValue{"a_text_for_a_list", R"({"x":"a b"})", [](Body& body) { static_cast<void>(body.texts("x")); }},
        WrongValue{"an_empty_text_in_a_list", R"({"x":["a",""]})",
                   [](Body& body) { static_cast<void>(body.texts("x")); }},
        WrongValue{"a_list_too_long", R"({"x":[1,2,3]})", [](Body& body) { static_cast<void>(body.array("x", 2)); }},
        WrongValue{"a_number_among_parameters", R"({"x":{"shop":1}})",
                   [](Body& body) { static_cast<void>(body.parameters("x")); }},
        WrongValue{"a_list_for_an_object", R"({"x":[]})", [](Body& body) { static_cast<void>(body.object("x")); }},
        WrongValue{"a_day_for_a_time", R"({"x":"2026-01-31"})", [](Body& body) { static_cast<void>(body.time("x")); }},
        WrongValue{"a_path_for_a_tenant", R"({"x":"../acme"})",
                   [](Body& body) { static_cast<void>(body.tenant({"x"})); }},
        WrongValue{"an_empty_integration", R"({"x":""})",
                   [](Body& body) { static_cast<void>(body.integration("x")); }}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(BodyTest, a_tenant_may_have_several_names_that_agree) {
    Body body = read(R"({"userId":"acme","tenantId":"acme"})", {"tenantId", "userId", "clientId"});

    const auto tenant = body.tenant({"tenantId", "userId", "clientId"});

    ASSERT_TRUE(tenant.has_value());
    EXPECT_EQ(tenant->str(), "acme");
    EXPECT_TRUE(body.done().has_value());
}

TEST(BodyTest, two_tenants_in_one_request_are_refused) {
    Body body = read(R"({"userId":"globex","tenantId":"acme"})", {"tenantId", "userId", "clientId"});

    static_cast<void>(body.tenant({"tenantId", "userId", "clientId"}));

    EXPECT_EQ(field_of(body.done()), "userId");
}

}  // namespace evergrant::api
