#include "storage/records.h"

#include "storage/connection.h"

#include <gtest/gtest.h>

namespace evergrant::storage {

TEST(RecordsTest, every_status_has_a_name_that_leads_back_to_it) {
    for (const auto status : {ConnectionStatus::healthy, ConnectionStatus::refresh_failed, ConnectionStatus::invalid})
        EXPECT_EQ(parse_connection_status(name_of(status)), status);
}

TEST(RecordsTest, every_role_has_a_name_that_leads_back_to_it) {
    for (const auto role : {Role::admin, Role::app, Role::auditor})
        EXPECT_EQ(parse_role(name_of(role)), role);
}

TEST(RecordsTest, names_are_exact) {
    EXPECT_FALSE(parse_role("Admin"));
    EXPECT_FALSE(parse_role(""));
    EXPECT_FALSE(parse_connection_status("healthy "));
    EXPECT_FALSE(parse_connection_status(""));
}

TEST(RecordsTest, a_clone_of_app_credentials_has_secrets_of_its_own) {
    AppCredentials original;
    original.tenant = TenantId("acme");
    original.provider = ProviderId("zoho_crm");
    original.client_id = "client-1";
    original.client_secrets.emplace_back("secret-1");
    original.params = {{"dc", "eu"}};

    const AppCredentials copy = original.clone();
    original.client_secrets.clear();

    EXPECT_EQ(copy.tenant, TenantId("acme"));
    EXPECT_EQ(copy.provider, ProviderId("zoho_crm"));
    EXPECT_EQ(copy.client_id, "client-1");
    ASSERT_EQ(copy.client_secrets.size(), 1U);
    EXPECT_EQ(copy.client_secrets.front().reveal(), "secret-1");
    EXPECT_EQ(copy.params, (catalog::Parameters{{"dc", "eu"}}));
}

}  // namespace evergrant::storage
