#include "connectors/proxy_headers.h"

#include <gmock/gmock.h>

namespace evergrant::connectors {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view base = "https://www.zohoapis.eu/crm";
constexpr std::string_view proxy = "/api/proxy/acme/zoho";

std::string location(std::string value) {
    for (const auto& [name, led] : headers_for_caller({{"location", std::move(value)}}, base, proxy))
        if (name == "location")
            return led;
    return {};
}

}  // namespace

TEST(ProxyHeadersTest, passes_what_is_for_the_provider_in_its_order) {
    const net::Headers given{{"accept", "a/b"}, {"x-one", "1"}, {"x-one", "2"}, {"if-match", "\"e\""}};

    EXPECT_EQ(headers_for_provider(given, "Authorization"), given);
}

TEST(ProxyHeadersTest, keeps_credentials_cookies_and_what_belongs_to_a_hop) {
    for (const char* name : {"authorization",
                             "cookie",
                             "x-api-key",
                             "proxy-authorization",
                             "connection",
                             "keep-alive",
                             "te",
                             "trailer",
                             "upgrade",
                             "transfer-encoding",
                             "host",
                             "content-length",
                             "expect",
                             "forwarded",
                             "x-forwarded-for",
                             "x-forwarded-host",
                             "via",
                             "x-evergrant-retries",
                             "sec-fetch-site",
                             "origin",
                             "referer",
                             "x-http-method-override",
                             "x-original-url"})
        EXPECT_THAT(headers_for_provider({{name, "v"}}, "Authorization"), IsEmpty()) << name;
}

TEST(ProxyHeadersTest, keeps_the_header_that_will_carry_the_token_whatever_it_is) {
    EXPECT_THAT(headers_for_provider({{"x-shopify-access-token", "eg_1_2"}}, "X-Shopify-Access-Token"), IsEmpty());
}

TEST(ProxyHeadersTest, keeps_what_connection_names) {
    const net::Headers given{
        {"connection", "close, X-Hop ,x-other"}, {"x-hop", "1"}, {"x-other", "1"}, {"x-stays", "1"}};

    EXPECT_THAT(headers_for_provider(given, "Authorization"), ElementsAre(Pair("x-stays", "1")));
}

TEST(ProxyHeadersTest, brings_no_cookie_back) {
    for (const auto& [name, value] : headers_for_caller({{"set-cookie", "a=1"}, {"etag", "e"}}, base, proxy))
        EXPECT_NE(name, "set-cookie");
}

TEST(ProxyHeadersTest, leads_redirects_within_the_api_back_through_the_proxy) {
    EXPECT_EQ(location("https://www.zohoapis.eu/crm/v3/Leads?a=1"), "/api/proxy/acme/zoho/v3/Leads?a=1");
    EXPECT_EQ(location("/crm/v3/Leads"), "/api/proxy/acme/zoho/v3/Leads");
    EXPECT_EQ(location("https://www.zohoapis.eu/crm"), "/api/proxy/acme/zoho");
}

TEST(ProxyHeadersTest, leaves_other_redirects_as_they_are) {
    for (const char* other : {"https://www.zohoapis.eu/crmx", "https://www.zohoapis.eu.evil.example/crm",
                              "//evil.example/", "v3/Leads", "/crmx/v3", "/cr"})
        EXPECT_EQ(location(other), other);
}

TEST(ProxyHeadersTest, a_length_that_is_told_twice_is_none) {
    EXPECT_EQ(body_length_of({{"content-length", "12"}}), 12U);
    EXPECT_EQ(body_length_of({{"content-length", "12"}, {"content-length", "13"}}), std::nullopt);
    EXPECT_EQ(body_length_of({{"content-length", "12"}, {"transfer-encoding", "chunked"}}), std::nullopt);
    EXPECT_EQ(body_length_of({{"content-length", "-1"}}), std::nullopt);
    EXPECT_EQ(body_length_of({}), std::nullopt);
}

TEST(ProxyWishesTest, are_numbers_in_their_range) {
    const auto wishes = wishes_of({{"x-evergrant-retries", "3"}, {"x-evergrant-max-wait", "60"}});

    ASSERT_TRUE(wishes);
    EXPECT_EQ(wishes->retries, 3U);
    EXPECT_EQ(wishes->max_wait, std::chrono::seconds(60));
    EXPECT_FALSE(wishes_of({{"x-evergrant-retries", "6"}}));
    EXPECT_FALSE(wishes_of({{"x-evergrant-max-wait", "61"}}));
    EXPECT_FALSE(wishes_of({{"x-evergrant-retries", ""}}));
    EXPECT_FALSE(wishes_of({{"x-evergrant-retries", "1 "}}));
    EXPECT_FALSE(wishes_of({{"x-evergrant-retries", "-1"}}));
}

}  // namespace evergrant::connectors
