#include "connectors/api_target.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {

namespace {

storage::CallLimits leads_only() {
    return {.methods = {"GET"}, .paths = {"/crm/v3/Leads"}};
}

}  // namespace

TEST(ApiTargetTest, takes_paths_and_queries_as_providers_write_them) {
    for (const std::string_view target :
         {"/", "/crm/v3/Leads", "/crm/v3/Leads/", "/a//b", "/a?b=%2e%2e", "/a?x=../y", "/%C3%BC", "/a;b=1", "/a:b@c",
          "/services/data/v57.0/query?q=SELECT+Id+FROM+Lead", "/...", "/a..b", "/..a"})
        EXPECT_TRUE(check_target(target)) << target;
}

TEST(ApiTargetTest, refuses_what_could_leave_the_api_base) {
    for (const std::string_view target :
         {"/..", "/../a", "/a/..", "/a/./b", "/%2e%2e/a", "/%2E./a", "/a/.%2e", "/a/..;x=1/b", "/a/..%2fb",
          "/a/x%2f..%2fb", "/%252e%252e/a", "/%25252e%25252e/a", "/a/..%5cb"})
        EXPECT_FALSE(check_target(target)) << target;
}

TEST(ApiTargetTest, refuses_what_no_url_holds) {
    for (const std::string_view target :
         {"", "a", "https://evil.example/", "/a b", "/a\r\nX: y", "/a\tb", "/a#b", "/a\\b", "/a%", "/a%4", "/a%zz",
          "/\xC3\xBC", "/a{b}", "/a\"b", "/a<b>", "/a|b", "/a^b", "/a`b"})
        EXPECT_FALSE(check_target(target)) << target;
    EXPECT_FALSE(check_target(std::string_view("/a\0b", 4)));
}

TEST(ApiTargetTest, refuses_a_target_longer_than_any_server_takes) {
    EXPECT_FALSE(check_target("/" + std::string(8 * 1024, 'a')));
}

TEST(CallLimitsTest, without_limits_everything_is_allowed) {
    EXPECT_TRUE(check_limits({}, "DELETE", "/a/../b"));
}

TEST(CallLimitsTest, a_path_is_allowed_with_what_is_below_it) {
    for (const std::string_view target :
         {"/crm/v3/Leads", "/crm/v3/Leads/", "/crm/v3/Leads/7", "/crm/v3/Leads/7/Notes?page=1",
          "/crm/v3/Leads?fields=a/b", "/crm/v3/%4ceads/7"})
        EXPECT_TRUE(check_limits(leads_only(), "GET", target)) << target;
}

TEST(CallLimitsTest, another_path_is_forbidden_however_it_is_written) {
    for (const std::string_view target :
         {"/", "/crm/v3", "/crm/v3/Contacts", "/crm/v3/LeadsX", "/crm/v3/leads", "/x/crm/v3/Leads", "//crm/v3/Leads",
          "/crm//v3/Leads", "/crm/v3/Leads%2f..%2fContacts", "/crm/v3/Leads;a", "/crm/v3/Leads/%5c", "/crm/v3%2fLeads",
          "/crm/v3/Leads/%00", "/crm/v3/Leads/%252e", "/crm/v3/?/Leads"}) {
        const auto allowed = check_limits(leads_only(), "GET", target);
        ASSERT_FALSE(allowed) << target;
        EXPECT_EQ(allowed.error().code, Errc::forbidden) << target;
    }
}

TEST(CallLimitsTest, another_method_is_forbidden) {
    for (const std::string_view method : {"POST", "DELETE", "HEAD", "get", "GETX", ""})
        EXPECT_FALSE(check_limits(leads_only(), method, "/crm/v3/Leads")) << method;
}

TEST(CallLimitsTest, a_query_that_makes_another_call_of_it_is_forbidden) {
    const storage::CallLimits posts{.methods = {"POST"}};
    for (const std::string_view target : {"/crm/v3/Leads?_HttpMethod=DELETE", "/a?x=1&_method=put", "/a?%5fmethod=put",
                                          "/a?x;_METHOD=put", "/a?X-HTTP-Method-Override=PUT", "/a?_method"})
        EXPECT_FALSE(check_limits(posts, "POST", target)) << target;
    EXPECT_TRUE(check_limits(posts, "POST", "/a?method=put&q=_method"));
}

TEST(CallLimitsTest, methods_alone_leave_the_path_free) {
    const storage::CallLimits reads{.methods = {"GET"}};

    EXPECT_TRUE(check_limits(reads, "GET", "/anything;x"));
    EXPECT_FALSE(check_limits(reads, "POST", "/anything"));
}

TEST(CallLimitsTest, a_slash_at_the_end_of_a_limit_says_nothing) {
    const auto limits = limits_of_key(storage::Role::app, {.methods = {}, .paths = {"/crm/v3/Leads/"}});

    ASSERT_TRUE(limits);
    EXPECT_EQ(limits->paths, std::vector<std::string>{"/crm/v3/Leads"});
}

TEST(CallLimitsTest, a_key_is_not_made_with_limits_that_mean_nothing_or_two_things) {
    using Paths = std::vector<std::string>;
    for (const std::string& path : Paths{"", "/", "crm", "/crm?x", "/crm//v3", "/crm/%2f", "/crm/..", "/crm;x", "/c m"})
        EXPECT_FALSE(limits_of_key(storage::Role::app, {.methods = {}, .paths = {path}})) << path;
    for (const std::string& method : Paths{"", "get", "FETCH", "GET,POST", "CONNECT"})
        EXPECT_FALSE(limits_of_key(storage::Role::app, {.methods = {method}, .paths = {}})) << method;
}

TEST(CallLimitsTest, only_an_applications_key_is_limited) {
    EXPECT_FALSE(limits_of_key(storage::Role::admin, leads_only()));
    EXPECT_FALSE(limits_of_key(storage::Role::auditor, leads_only()));
    EXPECT_TRUE(limits_of_key(storage::Role::admin, {}));
}

}  // namespace evergrant::connectors
