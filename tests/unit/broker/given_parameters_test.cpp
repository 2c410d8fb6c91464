// Which parameters an application may give: never those by which our secret would go to another server.
#include "authorizer_fixture.h"

namespace evergrant::broker {

class GivenParametersTest : public AuthorizerTest {
protected:
    void SetUp() override {
        AuthorizerTest::SetUp();
        store_app("oauth2", {{"token_url", "https://login.example/token"},
                             {"authorization_url", "https://login.example/authorize"}});
    }

    void store_app(const std::string& provider, catalog::Parameters params, std::optional<TenantId> tenant = {}) {
        CredentialsGiven given;
        given.tenant = std::move(tenant);
        given.provider = provider;
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        given.params = std::move(params);
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }
    Result<AuthorizationStarted> begun(catalog::Parameters params, Giver giver = Giver::application) {
        AuthorizationOrder wanted = order();
        wanted.provider = "oauth2";
        wanted.params = std::move(params);
        wanted.giver = giver;
        return run(use_cases().authorizer.start(std::move(wanted)));
    }
    Result<AppGrantObtained> obtained(const std::string& provider, catalog::Parameters params,
                                      Giver giver = Giver::application) {
        AppGrantOrder wanted;
        wanted.tenant = acme_demo.tenant;
        wanted.provider = provider;
        wanted.params = std::move(params);
        wanted.giver = giver;
        return run(use_cases().app_grants.obtain(std::move(wanted)));
    }
};

TEST_F(GivenParametersTest, an_application_leads_our_secret_to_no_server_of_its_own) {
    const auto refused = begun({{"token_url", "https://evil.example/token"}});

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(GivenParametersTest, an_application_may_repeat_what_is_stored) {
    EXPECT_TRUE(begun({{"token_url", "https://login.example/token"}}));
}

TEST_F(GivenParametersTest, an_application_may_give_what_leads_nowhere) {
    EXPECT_TRUE(begun({{"audience", "https://api.example"}}));
}

TEST_F(GivenParametersTest, an_administrator_may_choose_the_server) {
    EXPECT_TRUE(begun({{"token_url", "https://other.example/token"}}, Giver::operator_));
}

TEST_F(GivenParametersTest, with_the_deployments_app_an_application_does_not_say_whose_data_it_obtains) {
    store_app("salesforce", {});

    const auto refused = obtained("salesforce", {{"login_host", "globex.my.salesforce.com"}});

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(GivenParametersTest, with_the_tenants_own_app_it_may) {
    store_app("salesforce", {}, acme_demo.tenant);

    EXPECT_TRUE(obtained("salesforce", {{"login_host", "acme.my.salesforce.com"}}));
}

TEST_F(GivenParametersTest, a_fhir_server_must_be_registered_for_the_tenant) {
    provider_.answers(200,
                      R"({"token_endpoint":"https://login.ehr.example/token","access_token":"t","expires_in":300})");
    store_app("smart", {});
    const catalog::Parameters server{{"fhirBaseUrl", "https://ehr.example/fhir"}};
    EXPECT_EQ(obtained("smart", server).error().code, Errc::forbidden);

    LaunchIssuerGiven registered;
    registered.provider = "smart";
    registered.issuer = "https://ehr.example/fhir";
    registered.tenant = acme_demo.tenant;
    ASSERT_TRUE(run(use_cases().launches.save(std::move(registered))));

    EXPECT_TRUE(obtained("smart", server));
}

}  // namespace evergrant::broker
