#include "api/router.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::api {

using net::Method;

struct Wanted {
    std::string_view name;
    Method method;
    std::string_view path;
    std::string_view pattern;
};

class RouteTest : public ::testing::TestWithParam<Wanted> {};

TEST_P(RouteTest, is_found) {
    const auto match = find_route(GetParam().method, GetParam().path);

    ASSERT_TRUE(match.has_value()) << match.error().message;
    EXPECT_EQ(match->route->pattern, GetParam().pattern);
}

INSTANTIATE_TEST_SUITE_P(
    requests, RouteTest,
    ::testing::Values(Wanted{"a_fixed_path", Method::get, "/healthz", "/healthz"},
                      Wanted{"a_path_with_values", Method::get, "/api/oauth/token/acme/zoho_crm",
                             "/api/oauth/token/:tenant/:integrationId"},
                      Wanted{"a_shorter_path_beside_a_longer", Method::get, "/api/oauth/callback",
                             "/api/oauth/callback"},
                      Wanted{"a_longer_path_beside_a_shorter", Method::get, "/api/oauth/callback/zoho_crm/acme",
                             "/api/oauth/callback/:provider/:clientId"},
                      Wanted{"one_path_by_its_method", Method::patch, "/api/tenants/acme", "/api/tenants/:id"},
                      Wanted{"the_front", Method::get, "/", "/"},
                      Wanted{"head_where_get_is", Method::head, "/readyz", "/readyz"}),
    [](const auto& about) { return std::string(about.param.name); });

struct Unknown {
    std::string_view name;
    std::string_view path;
};

class UnknownPathTest : public ::testing::TestWithParam<Unknown> {};

TEST_P(UnknownPathTest, is_not_found) {
    const auto match = find_route(Method::get, GetParam().path);

    ASSERT_FALSE(match.has_value());
    EXPECT_EQ(match.error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(requests, UnknownPathTest,
                         ::testing::Values(Unknown{"two_slashes", "//"}, Unknown{"another_word", "/api/oauth/tokenz"},
                                           Unknown{"a_segment_too_many", "/healthz/x"},
                                           Unknown{"a_segment_too_few", "/api/oauth/token/acme"},
                                           Unknown{"an_empty_value", "/api/oauth/status//"},
                                           Unknown{"a_slash_at_the_end", "/healthz/"},
                                           Unknown{"an_escaped_slash_joins_nothing", "/api%2Ftenants"},
                                           Unknown{"other_capitals", "/Healthz"}),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(RouterTest, values_of_a_path_are_decoded) {
    const auto match = find_route(Method::get, "/api/oauth/token/a%63me/zoho%2Fcrm");

    ASSERT_TRUE(match.has_value());
    EXPECT_EQ(match->path_parameters.at("tenant"), "acme");
    EXPECT_EQ(match->path_parameters.at("integrationId"), "zoho/crm");
}

TEST(RouterTest, a_plus_in_a_path_is_a_plus) {
    const auto match = find_route(Method::get, "/api/providers/a+b");

    ASSERT_TRUE(match.has_value());
    EXPECT_EQ(match->path_parameters.at("id"), "a+b");
}

TEST(RouterTest, a_badly_encoded_path_is_an_invalid_request) {
    for (const std::string_view path : {"/api/tenants/%", "/api/tenants/%4", "/api/tenants/%zz", "/api/tenants/%00"}) {
        const auto match = find_route(Method::get, path);

        ASSERT_FALSE(match.has_value()) << path;
        EXPECT_EQ(match.error().code, Errc::invalid_request) << path;
    }
}

TEST(RouterTest, a_known_path_under_another_method_says_which_it_answers_to) {
    const auto match = find_route(Method::delete_, "/api/oauth/authorize");

    ASSERT_FALSE(match.has_value());
    EXPECT_EQ(match.error().code, Errc::method_not_allowed);
    EXPECT_EQ(allowed_methods("/api/oauth/authorize"), "POST");
    EXPECT_EQ(allowed_methods("/api/keys"), "GET, HEAD, POST");
    EXPECT_EQ(allowed_methods("/api/nothing"), "");
}

TEST(RouterTest, no_two_rows_answer_to_one_request) {
    std::set<std::pair<Method, std::string_view>> rows;
    for (const Route& route : routes())
        EXPECT_TRUE(rows.emplace(route.method, route.pattern).second) << route.pattern;
}

TEST(RouterTest, every_row_is_found_by_its_own_pattern) {
    for (const Route& route : routes()) {
        const auto match = find_route(route.method, route.pattern);

        ASSERT_TRUE(match.has_value()) << route.pattern;
        EXPECT_EQ(match->route, &route) << route.pattern;
    }
}

TEST(RouterTest, what_anyone_may_call_is_this_list) {
    std::set<std::string_view> open;
    for (const Route& route : routes())
        if (route.access == Access::anyone)
            open.insert(route.pattern);

    const std::set<std::string_view> expected{"/",
                                              "/admin/clients/:tenant",
                                              "/connect/connect.css",
                                              "/connect/connect.js",
                                              "/connect/:session",
                                              "/connect/:session/done",
                                              "/api/oauth/renew/:link",
                                              "/api/oauth/confirm/:handle/:answer",
                                              "/api/oauth/start/:ticket",
                                              "/.well-known/jwks.json",
                                              "/api/oauth/launch/:provider",
                                              "/api/oauth/callback",
                                              "/api/oauth/callback/:provider",
                                              "/api/oauth/callback/:provider/:clientId",
                                              "/healthz",
                                              "/readyz",
                                              "/openapi.json",
                                              "/docs"};
    EXPECT_EQ(open, expected);
}

}  // namespace evergrant::api
