// EHR launches: who may open us, and what is begun then.
#include "authorizer_fixture.h"

namespace evergrant::broker {

class LaunchesTest : public AuthorizerTest {
protected:
    static constexpr const char* fhir_base = "https://ehr.example/fhir";

    void SetUp() override {
        AuthorizerTest::SetUp();
        CredentialsGiven given;
        given.provider = "smart";
        given.client_id = "our-app";
        given.client_secrets.emplace_back("secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        provider_.answers(200, R"({"authorization_endpoint":"https://login.ehr.example/authorize",)"
                               R"("token_endpoint":"https://login.ehr.example/token"})");
    }

    static LaunchIssuerGiven issuer(std::string base = fhir_base) {
        LaunchIssuerGiven given;
        given.provider = "smart";
        given.issuer = std::move(base);
        given.tenant = acme_demo.tenant;
        return given;
    }
    void registered() { ASSERT_TRUE(run(use_cases().launches.save(issuer()))); }
    Result<AuthorizationStarted> launched(std::string base = fhir_base, std::string provider = "smart") {
        return run(use_cases().launches.launch({std::move(provider), std::move(base), "opaque-1"}));
    }
    /// Where the browser is sent once it has opened what it was sent to.
    std::string way_of(const AuthorizationStarted& started) {
        const std::string ticket = started.url.substr(started.url.rfind('/') + 1);
        return run(use_cases().authorizer.open_ticket(SecretString(ticket), SecretString()))->location.reveal();
    }
};

TEST_F(LaunchesTest, by_a_registered_server_goes_there_with_its_launch_value_for_its_tenant) {
    registered();

    const auto started = launched();

    ASSERT_TRUE(started) << started.error().message;
    const std::string way = way_of(*started);
    EXPECT_TRUE(way.starts_with("https://login.ehr.example/authorize?"));
    EXPECT_EQ(query_value(way, "launch"), "opaque-1");
    EXPECT_EQ(query_value(way, "aud"), fhir_base);
    EXPECT_EQ(query_value(way, "scope"), "launch offline_access");
}

TEST_F(LaunchesTest, asks_for_the_scopes_that_its_server_is_registered_with) {
    LaunchIssuerGiven given = issuer();
    given.scopes = {"openid", "fhirUser", "launch/patient", "patient/Observation.rs"};
    ASSERT_TRUE(run(use_cases().launches.save(std::move(given))));

    EXPECT_EQ(query_value(way_of(*launched()), "scope"), "launch openid fhirUser patient/Observation.rs");
}

TEST_F(LaunchesTest, goes_on_for_a_day_where_the_configuration_was_read_before_and_cannot_be_now) {
    registered();
    ASSERT_TRUE(launched());
    provider_.answers(404, "{}");

    clock_.advance(std::chrono::hours(24));
    EXPECT_TRUE(launched());
    clock_.advance(std::chrono::hours(2));
    EXPECT_FALSE(launched());
}

TEST_F(LaunchesTest, is_bound_to_the_browser_that_was_opened) {
    registered();

    EXPECT_TRUE(launched()->url.starts_with("https://evergrant.example/api/oauth/start/"));
}

TEST_F(LaunchesTest, by_a_server_that_is_not_registered_is_refused_and_asks_nothing_of_it) {
    EXPECT_EQ(launched().error().code, Errc::invalid_request);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(LaunchesTest, of_what_is_no_ehr_is_refused_alike) {
    registered();

    EXPECT_EQ(launched(fhir_base, "demo").error().message, launched("https://stranger.example").error().message);
}

TEST_F(LaunchesTest, a_server_is_known_with_and_without_a_slash_at_the_end) {
    ASSERT_TRUE(run(use_cases().launches.save(issuer(std::string(fhir_base) + "/"))));

    EXPECT_TRUE(launched());
    EXPECT_TRUE(launched(std::string(fhir_base) + "/"));
}

TEST_F(LaunchesTest, a_server_that_the_entry_does_not_allow_cannot_be_registered) {
    EXPECT_EQ(run(use_cases().launches.save(issuer("http://ehr.example/fhir"))).error().code, Errc::invalid_request);
}

TEST_F(LaunchesTest, a_server_is_registered_for_a_tenant_that_exists_at_an_ehr_alone) {
    LaunchIssuerGiven nobody = issuer();
    nobody.tenant = TenantId("nobody");
    EXPECT_EQ(run(use_cases().launches.save(std::move(nobody))).error().code, Errc::tenant_not_found);
    LaunchIssuerGiven no_ehr = issuer();
    no_ehr.provider = "hubspot";
    EXPECT_EQ(run(use_cases().launches.save(std::move(no_ehr))).error().code, Errc::invalid_request);
}

TEST_F(LaunchesTest, a_server_taken_out_opens_nothing_any_more) {
    registered();

    ASSERT_TRUE(run(use_cases().launches.remove("smart", fhir_base)));

    EXPECT_FALSE(launched());
    EXPECT_EQ(run(use_cases().launches.remove("smart", fhir_base)).error().code, Errc::not_found);
}

}  // namespace evergrant::broker
