#include "app/provider_environment.h"

#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace evergrant::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProviderEnvironmentTest : public ::testing::Test {
protected:
    ProviderEnvironment read(const Environment& environment, bool dev = false) {
        return read_provider_environment(environment, catalog.all(), dev);
    }

    std::vector<std::string> problems(const Environment& environment, bool dev = false) {
        std::vector<std::string> sentences;
        for (const ConfigurationProblem& problem : read(environment, dev).problems)
            sentences.push_back(problem.to_string());
        return sentences;
    }

    catalog::Catalog catalog = catalog::Catalog::built_in();
};

TEST_F(ProviderEnvironmentTest, each_provider_has_variables_of_its_own) {
    struct Case {
        std::string prefix;
        std::string provider;
    };
    const std::array cases{Case{"SALESFORCE", "salesforce"}, Case{"HUBSPOT", "hubspot"},  Case{"EPIC", "epic"},
                           Case{"CERNER", "cerner"},         Case{"SHOPIFY", "shopify"},  Case{"CLIO", "clio"},
                           Case{"OAUTH2", "oauth2"},         Case{"ZOHO_CRM", "zoho_crm"}};
    for (const Case& c : cases) {
        const auto found = read({{c.prefix + "_CLIENT_ID", "an-id"},
                                 {c.prefix + "_CLIENT_SECRET", "a-secret"},
                                 {c.prefix + "_REDIRECT_URI", "https://grants.example.com/cb"}});

        EXPECT_THAT(found.problems, IsEmpty());
        ASSERT_EQ(found.clients.size(), 1U) << c.prefix;
        const auto& client = found.clients.at(ProviderId(c.provider));
        EXPECT_EQ(client.registration.client_id, "an-id");
        EXPECT_EQ(client.registration.client_secret.reveal(), "a-secret");
        EXPECT_EQ(client.redirect_uri, "https://grants.example.com/cb");
        EXPECT_EQ(found.client_variables.at(ProviderId(c.provider)), c.prefix + "_CLIENT_ID");
    }
}

TEST_F(ProviderEnvironmentTest, zohos_variables_serve_both_of_its_providers) {
    const auto found = read({{"ZOHO_CLIENT_ID", "1000.X"}, {"ZOHO_CLIENT_SECRET", "s"}});

    EXPECT_EQ(found.clients.size(), 2U);
    EXPECT_EQ(found.clients.at(ProviderId("zoho_crm")).registration.client_id, "1000.X");
    EXPECT_EQ(found.clients.at(ProviderId("zoho_calendar")).registration.client_id, "1000.X");
}

TEST_F(ProviderEnvironmentTest, a_providers_own_client_comes_before_a_shared_one_and_never_takes_its_secret) {
    const auto found =
        read({{"ZOHO_CLIENT_ID", "shared"}, {"ZOHO_CLIENT_SECRET", "s"}, {"ZOHO_CALENDAR_CLIENT_ID", "own"}});

    EXPECT_EQ(found.clients.at(ProviderId("zoho_crm")).registration.client_id, "shared");
    EXPECT_EQ(found.clients.at(ProviderId("zoho_calendar")).registration.client_id, "own");
    EXPECT_TRUE(found.clients.at(ProviderId("zoho_calendar")).registration.client_secret.empty());
}

TEST_F(ProviderEnvironmentTest, a_client_without_a_secret_is_a_public_one) {
    EXPECT_TRUE(
        read({{"HUBSPOT_CLIENT_ID", "x"}}).clients.at(ProviderId("hubspot")).registration.client_secret.empty());
}

TEST_F(ProviderEnvironmentTest, variables_of_no_provider_are_somebody_elses) {
    const auto found = read({{"MYAPP_CLIENT_ID", "x"}, {"MYAPP_CLIENT_SECRET", "y"}, {"CLIENT_ID", "z"}});

    EXPECT_TRUE(found.clients.empty());
    EXPECT_THAT(found.problems, IsEmpty());
}

TEST_F(ProviderEnvironmentTest, endpoints_are_replaced) {
    const auto found = read({{"SALESFORCE_AUTH_URL", "https://sf.example.com/authorize"}});

    const auto& endpoints = found.endpoints.at(ProviderId("salesforce"));
    EXPECT_EQ(endpoints.authorization_url, "https://sf.example.com/authorize");
    EXPECT_EQ(endpoints.token_url, "");
}

TEST_F(ProviderEnvironmentTest, where_endpoints_are_parameters_the_variable_is_their_default) {
    const auto found = read({{"OAUTH2_CLIENT_ID", "x"},
                             {"OAUTH2_AUTH_URL", "https://fhir.hospital.example/oauth2/authorize"},
                             {"OAUTH2_TOKEN_URL", "https://fhir.hospital.example/oauth2/token"}});

    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_TRUE(found.endpoints.empty());
    const auto& params = found.clients.at(ProviderId("oauth2")).params;
    EXPECT_EQ(params.at("authorization_url"), "https://fhir.hospital.example/oauth2/authorize");
    EXPECT_EQ(params.at("token_url"), "https://fhir.hospital.example/oauth2/token");
}

TEST_F(ProviderEnvironmentTest, endpoints_of_an_ehr_take_the_place_of_what_it_publishes) {
    const auto found = read({{"EPIC_CLIENT_ID", "x"},
                             {"EPIC_AUTH_URL", "https://fhir.hospital.example/oauth2/authorize"},
                             {"EPIC_TOKEN_URL", "https://fhir.hospital.example/oauth2/token"}});

    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.endpoints.at(ProviderId("epic")).token_url, "https://fhir.hospital.example/oauth2/token");
}

TEST_F(ProviderEnvironmentTest, an_endpoint_of_this_machine_is_for_development) {
    const Environment environment{{"EPIC_CLIENT_ID", "x"}, {"EPIC_TOKEN_URL", "http://127.0.0.1:4000/token"}};

    EXPECT_THAT(problems(environment), ElementsAre("environment: EPIC_TOKEN_URL must be https."));
    const auto in_development = read(environment, true);
    EXPECT_THAT(in_development.problems, IsEmpty());
    EXPECT_EQ(in_development.endpoints.at(ProviderId("epic")).token_url, "http://127.0.0.1:4000/token");
}

TEST_F(ProviderEnvironmentTest, parameters_of_a_provider_have_variables_too) {
    const auto found = read({{"EPIC_CLIENT_ID", "x"}, {"EPIC_FHIR_BASE_URL", "https://fhir.hospital.example/r4"}});

    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.clients.at(ProviderId("epic")).params.at("fhirBaseUrl"), "https://fhir.hospital.example/r4");
}

TEST_F(ProviderEnvironmentTest, a_refresh_token_is_one_named_tenants) {
    const auto found = read({{"ZOHO_REFRESH_TOKEN", "1000.r"}, {"ZOHO_REFRESH_TOKEN_TENANT", "acme"}});

    ASSERT_EQ(found.seeds.size(), 1U);
    EXPECT_EQ(found.seeds.front().provider, ProviderId("zoho_crm"));
    EXPECT_EQ(found.seeds.front().tenant, TenantId("acme"));
    EXPECT_EQ(found.seeds.front().refresh_token.reveal(), "1000.r");
}

TEST_F(ProviderEnvironmentTest, keys_of_hubspot_stand_in_for_connections_in_their_order) {
    const auto found = read({{"HUBSPOT_DEVELOPER_API_KEY", "developer"}, {"HUBSPOT_API_KEY", "pat-1"}});

    ASSERT_EQ(found.fallback_keys.size(), 2U);
    EXPECT_EQ(found.fallback_keys[0].provider, ProviderId("hubspot"));
    EXPECT_EQ(found.fallback_keys[0].name, "HUBSPOT_API_KEY");
    EXPECT_EQ(found.fallback_keys[0].key.reveal(), "pat-1");
    EXPECT_EQ(found.fallback_keys[1].name, "HUBSPOT_DEVELOPER_API_KEY");
}

TEST_F(ProviderEnvironmentTest, a_key_that_would_end_its_header_is_refused) {
    EXPECT_THAT(
        problems({{"HUBSPOT_API_KEY", "pat-1\r\nX-Injected: yes"}}),
        ElementsAre("environment: HUBSPOT_API_KEY must be a key as it goes into a header: without spaces or line "
                    "ends."));
}

TEST_F(ProviderEnvironmentTest, what_is_wrong_is_named_once_by_its_variable) {
    struct Case {
        std::string_view name;
        Environment environment;
        std::string problem;
    };
    const std::array cases{
        Case{"secret alone",
             {{"HUBSPOT_CLIENT_SECRET", "s"}},
             "environment: HUBSPOT_CLIENT_SECRET is set without HUBSPOT_CLIENT_ID."},
        Case{"shared secret alone",
             {{"ZOHO_CLIENT_SECRET", "s"}},
             "environment: ZOHO_CLIENT_SECRET is set without ZOHO_CLIENT_ID."},
        Case{"a parameter's default alone",
             {{"OAUTH2_TOKEN_URL", "https://login.example/token"}},
             "environment: OAUTH2_TOKEN_URL is set without OAUTH2_CLIENT_ID."},
        Case{"nobody's token",
             {{"ZOHO_REFRESH_TOKEN", "t"}},
             "environment: ZOHO_REFRESH_TOKEN needs ZOHO_REFRESH_TOKEN_TENANT, the one tenant whose grant it is."},
        Case{"no tenant's id",
             {{"ZOHO_REFRESH_TOKEN", "t"}, {"ZOHO_REFRESH_TOKEN_TENANT", "a b"}},
             "environment: ZOHO_REFRESH_TOKEN_TENANT must be a tenant's id: letters, digits, dots, dashes and "
             "underscores, at "
             "most 128."},
        Case{
            "no URL",
            {{"CLIO_CLIENT_ID", "x"}, {"CLIO_REDIRECT_URI", "callback"}},
            "environment: CLIO_REDIRECT_URI must be an http or https URL without user name, query and fragment, and is "
            "\"callback\"."},
        Case{"plain http",
             {{"SALESFORCE_TOKEN_URL", "http://sf.example.com/token"}},
             "environment: SALESFORCE_TOKEN_URL must be https."},
    };
    for (const Case& c : cases)
        EXPECT_THAT(problems(c.environment), ElementsAre(c.problem)) << c.name;
}

TEST_F(ProviderEnvironmentTest, a_parameter_that_the_catalogue_refuses_is_refused) {
    const auto found = problems({{"SHOPIFY_CLIENT_ID", "x"}, {"SHOPIFY_SHOP", "evil.example.com/"}});

    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front(), ::testing::StartsWith("environment: SHOPIFY_SHOP is refused: "));
}

TEST(VariableNamesTest, follow_from_ids_and_parameters) {
    EXPECT_THAT(variable_prefixes(ProviderId("zoho_crm")), ElementsAre("ZOHO_CRM", "ZOHO"));
    EXPECT_THAT(variable_prefixes(ProviderId("acme-crm.v2")), ElementsAre("ACME_CRM_V2"));
    EXPECT_EQ(variable_suffix("fhirBaseUrl"), "_FHIR_BASE_URL");
    EXPECT_EQ(variable_suffix("shop"), "_SHOP");
}

}  // namespace
}  // namespace evergrant::app
