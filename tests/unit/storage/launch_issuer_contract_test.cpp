// Launch issuers: one FHIR server is one tenant's, and goes with it.
#include "launch_issuer_contract.h"

namespace evergrant::storage {

TEST_P(LaunchIssuerContract, one_saved_is_found_as_it_is) {
    EXPECT_TRUE(ask(issuers().save_launch_issuer(issuer_of())));

    const auto issuer = found();
    ASSERT_TRUE(issuer);
    EXPECT_EQ(issuer->tenant.str(), "acme");
    EXPECT_EQ(issuer->integration.str(), "ehr");
    EXPECT_EQ(issuer->params.at("region"), "eu");
    EXPECT_EQ(issuer->scopes, (std::vector<std::string>{"openid", "fhirUser"}));
    EXPECT_EQ(ask(issuers().list_launch_issuers()).size(), 1U);
}

TEST_P(LaunchIssuerContract, its_tenant_may_change_it) {
    ask(issuers().save_launch_issuer(issuer_of()));

    EXPECT_TRUE(ask(issuers().save_launch_issuer(issuer_of("acme", "other"))));

    EXPECT_EQ(found()->integration.str(), "other");
}

TEST_P(LaunchIssuerContract, another_tenant_may_not_have_it) {
    ask(issuers().save_launch_issuer(issuer_of()));

    EXPECT_FALSE(ask(issuers().save_launch_issuer(issuer_of("globex"))));

    EXPECT_EQ(found()->tenant.str(), "acme");
}

TEST_P(LaunchIssuerContract, of_another_provider_it_is_not_known) {
    ask(issuers().save_launch_issuer(issuer_of()));

    EXPECT_FALSE(ask(issuers().find_launch_issuer(ProviderId("cerner"), "https://ehr.example/fhir")));
}

TEST_P(LaunchIssuerContract, one_removed_is_gone_and_goes_once) {
    ask(issuers().save_launch_issuer(issuer_of()));

    EXPECT_TRUE(ask(issuers().remove_launch_issuer(ProviderId("epic"), "https://ehr.example/fhir")));

    EXPECT_FALSE(found());
    EXPECT_FALSE(ask(issuers().remove_launch_issuer(ProviderId("epic"), "https://ehr.example/fhir")));
}

TEST_P(LaunchIssuerContract, one_goes_with_its_tenant) {
    Tenant tenant;
    tenant.id = TenantId("acme");
    tenant.name = "Acme";
    ask(store().create_tenant(std::move(tenant)));
    ask(issuers().save_launch_issuer(issuer_of()));

    ask(store().remove_tenant(TenantId("acme")));

    EXPECT_FALSE(found());
}

}  // namespace evergrant::storage
