#include "api/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::api {

using ::testing::HasSubstr;
using ::testing::Not;

namespace {

std::string field_of(const Result<void>& result) {
    return result || result.error().fields.empty() ? "" : result.error().fields.front().field;
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
    EXPECT_EQ(percent_decoded(GetParam().text, GetParam().plus_is_space), GetParam().decoded);
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

struct Written {
    std::string_view name;
    std::string_view text;
    std::optional<std::int64_t> seconds;
};

class Iso8601Test : public ::testing::TestWithParam<Written> {};

TEST_P(Iso8601Test, is_utc_to_the_second_or_nothing) {
    const auto time = parse_iso8601(GetParam().text);

    std::optional<std::int64_t> seconds;
    if (time)
        seconds = time->time_since_epoch().count();
    EXPECT_EQ(seconds, GetParam().seconds);
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
