#include "api/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

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

struct Encoded {
    std::string_view name;
    std::string_view text;
    std::optional<std::string_view> decoded;
    bool plus_is_space{false};
};

class PercentDecodedTest : public ::testing::TestWithParam<Encoded> {};

TEST_P(PercentDecodedTest, is_the_text_or_nothing) {
    const auto decoded = percent_decoded(GetParam().text, GetParam().plus_is_space);

    ASSERT_EQ(decoded.has_value(), GetParam().decoded.has_value());
    if (decoded)
        EXPECT_EQ(*decoded, *GetParam().decoded);
}

INSTANTIATE_TEST_SUITE_P(
    texts, PercentDecodedTest,
    ::testing::Values(Encoded{"nothing", "", ""}, Encoded{"plain_text", "acme-1", "acme-1"},
                      Encoded{"an_escape_at_the_end", "a%2F", "a/"}, Encoded{"small_digits", "%2f%c3%ab", "/\xC3\xAB"},
                      Encoded{"a_plus_of_a_path", "a+b", "a+b"}, Encoded{"a_plus_of_a_query", "a+b", "a b", true},
                      Encoded{"an_escaped_plus", "a%2Bb", "a+b", true},
                      Encoded{"an_escape_is_decoded_once", "%2541", "%41"},
                      Encoded{"a_lone_percent", "%", std::nullopt}, Encoded{"half_an_escape", "a%4", std::nullopt},
                      Encoded{"no_hex_digits", "%g0", std::nullopt}, Encoded{"a_sign_is_no_digit", "%+1", std::nullopt},
                      Encoded{"a_zero_byte", "a%00b", std::nullopt}),
    [](const auto& about) { return std::string(about.param.name); });

TEST(QueryTest, holds_names_and_values_decoded) {
    const auto query = Query::parse("provider=zoho_crm&scopes=a+b%2Cc&empty=&bare");

    ASSERT_TRUE(query.has_value());
    EXPECT_EQ(query->get("provider"), "zoho_crm");
    EXPECT_EQ(query->get("scopes"), "a b,c");
    EXPECT_TRUE(query->has("empty"));
    EXPECT_TRUE(query->has("bare"));
    EXPECT_FALSE(query->has("other"));
    EXPECT_EQ(query->get("other"), "");
}

TEST(QueryTest, passes_over_what_is_empty_between_ampersands) {
    const auto query = Query::parse("&&limit=5&");

    ASSERT_TRUE(query.has_value());
    EXPECT_TRUE(query->only({"limit"}).has_value());
}

TEST(QueryTest, reads_fifty_parameters_and_not_one_more) {
    std::string fifty;
    for (int i = 0; i < 50; ++i)
        fifty += "p" + std::to_string(i) + "=1&";

    EXPECT_TRUE(Query::parse(fifty).has_value());
    EXPECT_FALSE(Query::parse(fifty + "p50=1").has_value());
}

struct BadQuery {
    std::string_view name;
    std::string_view raw;
};

class BadQueryTest : public ::testing::TestWithParam<BadQuery> {};

TEST_P(BadQueryTest, is_an_invalid_request_that_does_not_repeat_it) {
    const auto query = Query::parse(GetParam().raw);

    ASSERT_FALSE(query.has_value());
    EXPECT_EQ(query.error().code, Errc::invalid_request);
    EXPECT_THAT(query.error().message, Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(queries, BadQueryTest,
                         ::testing::Values(BadQuery{"a_name_given_twice", "a=hunter2&a=hunter2"},
                                           BadQuery{"a_name_given_twice_in_disguise", "a=hunter2&%61=1"},
                                           BadQuery{"a_broken_value", "a=hunter2%"},
                                           BadQuery{"a_broken_name", "hunter2%zz=1"},
                                           BadQuery{"a_zero_byte", "a=hunter2%00"}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(QueryTest, names_an_unknown_parameter_and_the_nearest_known) {
    const auto query = Query::parse("provder=zoho_crm");

    const auto known = query->only({"provider", "scopes"});

    ASSERT_FALSE(known.has_value());
    EXPECT_EQ(field_of(known), "provder");
    EXPECT_THAT(known.error().message, HasSubstr("did you mean \"provider\""));
}

TEST(QueryTest, shows_no_control_character_of_an_unknown_name) {
    const auto query = Query::parse("x%0d%0aSet-Cookie:=1");

    EXPECT_THAT(query->only({"limit"}).error().message, Not(HasSubstr("\r")));
}

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

struct Written {
    std::string_view name;
    std::string_view text;
    std::optional<std::int64_t> seconds;
};

class Iso8601Test : public ::testing::TestWithParam<Written> {};

TEST_P(Iso8601Test, is_utc_to_the_second_or_nothing) {
    const auto time = parse_iso8601(GetParam().text);

    ASSERT_EQ(time.has_value(), GetParam().seconds.has_value());
    if (time)
        EXPECT_EQ(time->time_since_epoch().count(), *GetParam().seconds);
}

INSTANTIATE_TEST_SUITE_P(times, Iso8601Test,
                         ::testing::Values(Written{"the_epoch", "1970-01-01T00:00:00Z", 0},
                                           Written{"a_leap_day", "2024-02-29T00:00:00Z", 1709164800},
                                           Written{"the_last_second_of_a_day", "2026-01-31T23:59:59Z", 1769903999},
                                           Written{"no_leap_day", "2026-02-29T00:00:00Z", std::nullopt},
                                           Written{"a_thirteenth_month", "2026-13-01T00:00:00Z", std::nullopt},
                                           Written{"hour_twenty_four", "2026-01-31T24:00:00Z", std::nullopt},
                                           Written{"a_leap_second", "2026-06-30T23:59:60Z", std::nullopt},
                                           Written{"an_offset", "2026-01-31T12:00:00+01:00", std::nullopt},
                                           Written{"a_fraction", "2026-01-31T12:00:00.5Z", std::nullopt},
                                           Written{"a_small_z", "2026-01-31T12:00:00z", std::nullopt},
                                           Written{"something_behind", "2026-01-31T12:00:00Z ", std::nullopt},
                                           Written{"a_sign", "+026-01-31T12:00:00Z", std::nullopt},
                                           Written{"nothing", "", std::nullopt}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(PathIdTest, a_tenant_that_cannot_exist_is_answered_like_one_that_does_not) {
    const auto tenant = tenant_in_path("no/tenant");

    ASSERT_FALSE(tenant.has_value());
    EXPECT_EQ(tenant.error().code, Errc::tenant_not_found);
}

TEST(PathIdTest, an_integration_that_cannot_exist_is_named_as_wrong) {
    const auto integration = integration_in_path("no integration");

    ASSERT_FALSE(integration.has_value());
    EXPECT_EQ(integration.error().code, Errc::invalid_request);
}

}  // namespace evergrant::api
