#include "api/injection.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <utility>

namespace evergrant::api {

using net::Method;

namespace {

net::Request request_of(Method method, std::string_view path, std::string_view query = {}) {
    net::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers.emplace_back("x-evergrant-inject", "1");
    return request;
}

}  // namespace

TEST(Injection, is_the_read_of_a_token_whatever_the_method_of_the_call) {
    for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_,
                                Method::options, Method::other}) {
        net::Request request = request_of(method, "/api/oauth/token/acme/zoho_crm/crm/v3/Leads");

        as_injection(request);

        EXPECT_EQ(request.method, Method::get);
    }
}

TEST(Injection, is_of_the_connection_that_the_path_begins_with_whatever_follows) {
    constexpr std::string_view token = "/api/oauth/token/acme/zoho_crm";
    constexpr std::array<std::string_view, 8> calls{
        "/", "//", "/crm/v3/Leads", "/../../other/zoho_crm", "/%2e%2e/%2e%2e/other/zoho_crm", "/%zz", "/a;b", "/${x}",
    };
    for (const std::string_view call : calls) {
        net::Request request = request_of(Method::get, std::string(token).append(call), "minTtl=1&fields=a");

        as_injection(request);

        EXPECT_EQ(request.path, token) << call;
        EXPECT_EQ(request.query, "") << call;
    }
}

TEST(Injection, keeps_the_query_of_a_read_that_is_one_already) {
    net::Request request = request_of(Method::get, "/api/oauth/token/acme/zoho_crm", "minTtl=60");

    as_injection(request);

    EXPECT_EQ(request.path, "/api/oauth/token/acme/zoho_crm");
    EXPECT_EQ(request.query, "minTtl=60");
}

TEST(Injection, is_not_what_comes_without_the_header) {
    net::Request request = request_of(Method::post, "/api/oauth/token/acme/zoho_crm/crm/v3/Leads", "a=b");
    request.headers.clear();

    as_injection(request);

    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.path, "/api/oauth/token/acme/zoho_crm/crm/v3/Leads");
    EXPECT_EQ(request.query, "a=b");
}

TEST(Injection, leaves_other_routes_alone) {
    for (const std::string_view path :
         {"/api/oauth/token", "/api/oauth/token/acme", "/api/oauth/tokens", "/api/tenants/acme/x/y", "/"}) {
        net::Request request = request_of(Method::post, path, "a=b");

        as_injection(request);

        EXPECT_EQ(request.method, Method::post) << path;
        EXPECT_EQ(request.path, path);
        EXPECT_EQ(request.query, "a=b") << path;
    }
}

}  // namespace evergrant::api
