#include "storage/alerts.h"
#include "store_contract.h"

namespace evergrant::storage {

namespace {

Tenant tenant_of(const std::string& id) {
    Tenant tenant;
    tenant.id = TenantId(id);
    tenant.name = "Acme & Söhne";
    tenant.time_zone = "Europe/Vienna";
    tenant.contacts = {{{"email", "ops@acme.example"}}};
    tenant.settings = {{"alerts", true}};
    return tenant;
}

AppCredentials credentials_of(std::optional<TenantId> tenant, const std::string& client_id) {
    AppCredentials credentials;
    credentials.tenant = std::move(tenant);
    credentials.provider = ProviderId("zoho_crm");
    credentials.client_id = client_id;
    credentials.client_secrets.emplace_back("secret-new");
    credentials.client_secrets.emplace_back(std::string("secret\0old", 10));
    credentials.params = {{"dc", "eu"}};
    return credentials;
}

ApiKey key_of(const std::string& id) {
    ApiKey key;
    key.id = id;
    key.name = "nightly job";
    key.role = Role::app;
    key.secret_hash = std::string(32, '\xAA');
    key.tenants = {TenantId("acme")};
    key.providers = {ProviderId("zoho_crm"), ProviderId("hubspot")};
    key.limits = {.methods = {"GET"}, .paths = {"/crm/v3/Leads", "/crm/v3/Contacts"}};
    key.expires_at = sys_seconds(std::chrono::seconds(1'900'000'000));
    key.created_at = Instant(std::chrono::milliseconds(1'700'000'000'123));
    return key;
}

}  // namespace

TEST_P(RecordContract, a_tenant_is_found_as_it_was_created) {
    const Tenant created = ask(store().create_tenant(tenant_of("acme")));

    const auto tenant = ask(store().find_tenant(TenantId("acme"))).value();

    EXPECT_EQ(tenant.id, TenantId("acme"));
    EXPECT_EQ(tenant.name, "Acme & Söhne");
    EXPECT_EQ(tenant.time_zone, "Europe/Vienna");
    EXPECT_EQ(tenant.contacts, tenant_of("acme").contacts);
    EXPECT_EQ(tenant.settings, tenant_of("acme").settings);
    EXPECT_EQ(tenant.created_at, clock_.now());
    EXPECT_EQ(created.created_at, clock_.now());
}

TEST_P(RecordContract, a_tenant_that_exists_is_not_created_again) {
    ask(store().create_tenant(tenant_of("acme")));

    EXPECT_EQ(refusal(store().create_tenant(tenant_of("acme"))), Errc::conflict);
}

TEST_P(RecordContract, of_two_who_create_one_tenant_one_succeeds) {
    std::vector<Task<Result<bool>>> calls;
    const auto create = [](Store& target) -> Task<Result<bool>> {
        const auto created = co_await target.create_tenant(tenant_of("acme"));
        co_return created.has_value();
    };
    calls.push_back(create(store()));
    calls.push_back(create(store()));

    const auto created = ask_all(std::move(calls));

    EXPECT_EQ(std::ranges::count(created, true), 1);
}

TEST_P(RecordContract, an_update_changes_the_tenant_and_keeps_its_birthday) {
    const Instant born = clock_.now();
    ask(store().create_tenant(tenant_of("acme")));
    clock_.advance(std::chrono::hours(1));
    Tenant changed = tenant_of("acme");
    changed.name = "Acme";

    const Tenant updated = ask(store().update_tenant(changed));

    EXPECT_EQ(updated.name, "Acme");
    EXPECT_EQ(updated.created_at, born);
    EXPECT_EQ(updated.updated_at, clock_.now());
    EXPECT_EQ(ask(store().find_tenant(TenantId("acme")))->name, "Acme");
}

TEST_P(RecordContract, a_tenant_that_does_not_exist_is_not_updated) {
    EXPECT_EQ(refusal(store().update_tenant(tenant_of("acme"))), Errc::tenant_not_found);
}

TEST_P(RecordContract, tenants_are_listed_in_order_page_by_page) {
    for (const char* id : {"c", "a", "b"})
        ask(store().create_tenant(tenant_of(id)));

    const auto first = ask(store().list_tenants("", 2));
    const auto second = ask(store().list_tenants(first.next_cursor, 2));

    ASSERT_EQ(first.items.size(), 2U);
    EXPECT_EQ(first.items[0].id, TenantId("a"));
    EXPECT_EQ(first.items[1].id, TenantId("b"));
    ASSERT_EQ(second.items.size(), 1U);
    EXPECT_EQ(second.items[0].id, TenantId("c"));
    EXPECT_EQ(second.next_cursor, "");
}

TEST_P(RecordContract, removing_a_tenant_removes_all_it_has_and_nothing_of_others) {
    ask(store().create_tenant(tenant_of("acme")));
    saved();
    ask(store().save_app_credentials(credentials_of(TenantId("acme"), "own")));
    ask(store().save_app_credentials(credentials_of(std::nullopt, "deployment")));
    const ConnectionKey neighbour{TenantId("beta"), IntegrationId("crm")};
    saved(neighbour);
    PendingAuthorization pending;
    pending.state_hash = "state";
    pending.key = some_key;
    pending.expires_at = clock_.now() + std::chrono::minutes(1);
    ask(store().save_authorization(std::move(pending)));

    EXPECT_TRUE(ask(store().remove_tenant(TenantId("acme"))));

    EXPECT_FALSE(ask(store().find_tenant(TenantId("acme"))));
    EXPECT_FALSE(found());
    EXPECT_FALSE(ask(store().find_app_credentials(TenantId("acme"), ProviderId("zoho_crm"))));
    EXPECT_FALSE(ask(store().spend_authorization("state", clock_.now())));
    EXPECT_TRUE(found(neighbour));
    EXPECT_TRUE(ask(store().find_app_credentials(std::nullopt, ProviderId("zoho_crm"))));
}

TEST_P(RecordContract, removing_a_tenant_of_whom_nothing_is_held_is_false) {
    EXPECT_FALSE(ask(store().remove_tenant(TenantId("acme"))));
    EXPECT_FALSE(ask(store().remove_tenant(TenantId())));
}

TEST_P(RecordContract, a_removed_tenant_can_come_again) {
    saved();
    ask(store().remove_tenant(some_key.tenant));

    saved(some_key, "again");

    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-again");
}

TEST_P(RecordContract, app_credentials_are_found_in_exactly_their_scope) {
    ask(store().save_app_credentials(credentials_of(std::nullopt, "deployment")));
    ask(store().save_app_credentials(credentials_of(TenantId("acme"), "own")));

    const auto own = ask(store().find_app_credentials(TenantId("acme"), ProviderId("zoho_crm"))).value();
    const auto deployment = ask(store().find_app_credentials(std::nullopt, ProviderId("zoho_crm"))).value();

    EXPECT_EQ(own.client_id, "own");
    EXPECT_EQ(own.tenant, TenantId("acme"));
    EXPECT_EQ(deployment.client_id, "deployment");
    EXPECT_FALSE(deployment.tenant);
    ASSERT_EQ(own.client_secrets.size(), 2U);
    EXPECT_EQ(own.client_secrets[0].reveal(), "secret-new");
    EXPECT_EQ(own.client_secrets[1].reveal(), std::string("secret\0old", 10));
    EXPECT_EQ(own.params, (catalog::Parameters{{"dc", "eu"}}));
    EXPECT_EQ(own.updated_at, clock_.now());
    EXPECT_FALSE(ask(store().find_app_credentials(TenantId("beta"), ProviderId("zoho_crm"))));
}

TEST_P(RecordContract, app_credentials_are_replaced_and_removed) {
    ask(store().save_app_credentials(credentials_of(std::nullopt, "old")));
    AppCredentials public_client = credentials_of(std::nullopt, "new");
    public_client.client_secrets.clear();
    ask(store().save_app_credentials(std::move(public_client)));

    const auto replaced = ask(store().find_app_credentials(std::nullopt, ProviderId("zoho_crm"))).value();
    EXPECT_EQ(replaced.client_id, "new");
    EXPECT_TRUE(replaced.client_secrets.empty());

    EXPECT_TRUE(ask(store().remove_app_credentials(std::nullopt, ProviderId("zoho_crm"))));
    EXPECT_FALSE(ask(store().remove_app_credentials(std::nullopt, ProviderId("zoho_crm"))));
}

TEST_P(RecordContract, an_api_key_is_found_as_it_was_saved) {
    ask(store().save_api_key(key_of("k1")));

    const auto key = ask(store().find_api_key("k1")).value();

    EXPECT_EQ(key.name, "nightly job");
    EXPECT_EQ(key.role, Role::app);
    EXPECT_EQ(key.secret_hash, std::string(32, '\xAA'));
    EXPECT_EQ(key.tenants, std::vector<TenantId>{TenantId("acme")});
    EXPECT_EQ(key.providers, (std::vector<ProviderId>{ProviderId("zoho_crm"), ProviderId("hubspot")}));
    EXPECT_EQ(key.limits, (CallLimits{.methods = {"GET"}, .paths = {"/crm/v3/Leads", "/crm/v3/Contacts"}}));
    EXPECT_EQ(key.expires_at, sys_seconds(std::chrono::seconds(1'900'000'000)));
    EXPECT_FALSE(key.last_used_at);
    EXPECT_FALSE(key.revoked_at);
    EXPECT_EQ(key.created_at, Instant(std::chrono::milliseconds(1'700'000'000'123)));
    EXPECT_FALSE(ask(store().find_api_key("k2")));
}

TEST_P(RecordContract, a_revoked_key_keeps_the_time_of_its_first_revocation) {
    ask(store().save_api_key(key_of("k1")));
    const sys_seconds first = clock_.now_seconds();

    EXPECT_TRUE(ask(store().revoke_api_key("k1", first)));
    EXPECT_TRUE(ask(store().revoke_api_key("k1", first + std::chrono::hours(1))));
    EXPECT_FALSE(ask(store().revoke_api_key("k2", first)));

    EXPECT_EQ(ask(store().find_api_key("k1"))->revoked_at, first);
}

TEST_P(RecordContract, the_last_use_of_a_key_only_moves_forward) {
    ask(store().save_api_key(key_of("k1")));
    ask(store().save_api_key(key_of("k2")));
    const sys_seconds now = clock_.now_seconds();

    ask(store().touch_api_keys({{"k1", now}, {"unknown", now}}));
    ask(store().touch_api_keys({{"k1", now - std::chrono::hours(1)}}));

    const auto keys = ask(store().list_api_keys());
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].id, "k1");
    EXPECT_EQ(keys[0].last_used_at, now);
    EXPECT_FALSE(keys[1].last_used_at);
}

TEST_P(RecordContract, keys_that_end_within_a_time_are_found_and_neither_the_ended_nor_the_revoked) {
    const auto days_left = [&](const std::string& id, int days) {
        ApiKey key;
        key.id = id;
        key.name = "the " + id;
        key.secret_hash = std::string(32, 'x');
        key.expires_at = clock_.now_seconds() + std::chrono::days(days);
        key.created_at = clock_.now();
        return key;
    };
    ApiKey endless = days_left("endless", 0);
    endless.expires_at.reset();
    ask(store().save_api_key(endless));
    for (const auto& [id, days] : {std::pair("later", 14), {"soon", 2}, {"far", 15}, {"ended", 0}, {"revoked", 3}})
        ask(store().save_api_key(days_left(id, days)));
    ask(store().revoke_api_key("revoked", clock_.now_seconds()));

    const auto ending = ask(alerts_of(store()).ending_api_keys(std::chrono::days(14), 10));

    ASSERT_EQ(ending.size(), 2U);
    EXPECT_EQ(ending[0].id, "soon");
    EXPECT_EQ(ending[0].name, "the soon");
    EXPECT_EQ(ending[0].expires_at, clock_.now_seconds() + std::chrono::days(2));
    EXPECT_EQ(ending[0].created_at, clock_.now());
    EXPECT_EQ(ending[0].now, clock_.now());
    EXPECT_EQ(ending[1].id, "later");
    EXPECT_EQ(ask(alerts_of(store()).ending_api_keys(std::chrono::days(14), 1)).size(), 1U);
}

TEST_P(RecordContract, a_thing_is_done_for_the_first_time_once_ever) {
    EXPECT_TRUE(ask(store().first_time("seed")));
    EXPECT_FALSE(ask(store().first_time("seed")));
    restart();
    EXPECT_FALSE(ask(store().first_time("seed")));
    EXPECT_TRUE(ask(store().first_time("another")));
}

TEST_P(RecordContract, an_engine_that_takes_writes_says_so) {
    const auto health = evergrant::testing::run_task(context_, store().health());

    EXPECT_TRUE(health.writable);
    EXPECT_FALSE(health.engine.empty());
    EXPECT_EQ(health.message, "");
}

}  // namespace evergrant::storage
