#include "broker/redirects.h"

#include <gtest/gtest.h>

#include <fstream>

namespace evergrant::broker {

namespace {

RedirectRules rules() {
    RedirectRules rules;
    rules.base_url = "https://evergrant.example";
    rules.frontend_url = "https://console.example";
    rules.allowed_origins = {"https://app.example:8443"};
    return rules;
}

}  // namespace

struct Target {
    std::string_view url;
    bool allowed;
};

class RedirectTargetTest : public ::testing::TestWithParam<Target> {};

TEST_P(RedirectTargetTest, is_held_against_the_list_of_origins) {
    EXPECT_EQ(check_redirect_to(rules(), GetParam().url).has_value(), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    targets, RedirectTargetTest,
    ::testing::Values(Target{"https://console.example/x?y=1", true}, Target{"https://CONSOLE.example:443/", true},
                      Target{"https://app.example:8443/done", true}, Target{"https://app.example/", false},
                      Target{"http://console.example/", false}, Target{"https://console.example@evil.example/", false},
                      Target{"https://user@console.example/", false}, Target{"//console.example/", false},
                      Target{"/relative", false}, Target{"javascript:alert(1)", false},
                      Target{"https://console.example.evil.example/", false},
                      Target{"https://console.example\\@evil.example/", false}, Target{"", false}));

TEST(RedirectToTest, a_host_that_only_begins_like_an_address_is_another_host) {
    RedirectRules on_an_address = rules();
    on_an_address.frontend_url = "http://127.0.0.1:3000";
    on_an_address.allowed_origins = {"http://10.0.0.1"};

    EXPECT_TRUE(check_redirect_to(on_an_address, "http://127.0.0.1:3000/done"));
    EXPECT_FALSE(check_redirect_to(on_an_address, "http://127.0.0.1.evil.example:3000/"));
    EXPECT_FALSE(check_redirect_to(on_an_address, "http://10.0.0.1.evil.example/"));
}

TEST(RedirectToListTest, no_published_open_redirect_payload_gets_through) {
    std::ifstream payloads(EVERGRANT_SOURCE_DIR "/../shared/data/open-redirects.txt");
    if (!payloads)
        GTEST_SKIP() << "the list of payloads is not beside this checkout";

    std::string line;
    while (std::getline(payloads, line))
        EXPECT_FALSE(check_redirect_to(rules(), line)) << line;
}

TEST(RedirectUriTest, is_shared_or_the_providers_or_the_contexts_own) {
    RedirectRules rules_given = rules();
    const ProviderId provider("demo");
    const TenantId tenant("acme");

    EXPECT_EQ(redirect_uri(rules_given, "", provider, tenant), "https://evergrant.example/api/oauth/callback");
    rules_given.mode = RedirectUriMode::per_provider;
    EXPECT_EQ(redirect_uri(rules_given, "", provider, tenant), "https://evergrant.example/api/oauth/callback/demo");
    rules_given.mode = RedirectUriMode::per_context;
    EXPECT_EQ(redirect_uri(rules_given, "", provider, tenant),
              "https://evergrant.example/api/oauth/callback/demo/acme");
}

TEST(RedirectUriTest, registered_at_the_provider_wins) {
    EXPECT_EQ(redirect_uri(rules(), "https://old.example/cb", ProviderId("demo"), TenantId("acme")),
              "https://old.example/cb");
}

TEST(AuthorizePathTest, names_the_connection_only_where_that_is_not_called_as_its_provider) {
    const TenantId acme("acme");
    const ProviderId demo("demo");

    EXPECT_EQ(authorize_path({acme, IntegrationId("demo")}, demo), "/api/oauth/authorize/acme?provider=demo");
    EXPECT_EQ(authorize_path({acme, IntegrationId("crm")}, demo),
              "/api/oauth/authorize/acme?provider=demo&integrationId=crm");
}

TEST(WithQueryTest, appends_and_encodes) {
    EXPECT_EQ(with_query("https://a.example/x?y=1", {{"reason", "a b&c"}}), "https://a.example/x?y=1&reason=a%20b%26c");
}

}  // namespace evergrant::broker
