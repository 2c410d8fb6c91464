#include "store_contract.h"

namespace evergrant::storage {

namespace {

std::vector<std::string> names(const std::vector<ConnectionSummary>& items) {
    std::vector<std::string> names;
    for (const ConnectionSummary& item : items)
        names.push_back(item.key.tenant.str() + "/" + item.key.integration.str());
    return names;
}

ConnectionKey key_of(const std::string& tenant, const std::string& integration) {
    return {TenantId(tenant), IntegrationId(integration)};
}

}  // namespace

TEST_P(ConnectionContract, nothing_is_found_where_nothing_was_saved) {
    saved(key_of("acme", "crm"));

    const auto other_tenant = found(key_of("other", "crm"));
    const auto other_integration = found(key_of("acme", "calendar"));

    EXPECT_FALSE(other_tenant);
    EXPECT_FALSE(other_integration);
}

TEST_P(ConnectionContract, a_grant_is_found_as_it_was_saved) {
    NewGrant grant = some_grant();
    grant.refresh_due_at = clock_.now() + std::chrono::minutes(50);
    ask(store().save_grant(std::move(grant)));

    const auto connection = found().value();

    EXPECT_EQ(connection.summary.key, some_key);
    EXPECT_EQ(connection.summary.provider, ProviderId("zoho_crm"));
    EXPECT_EQ(connection.summary.status, ConnectionStatus::healthy);
    EXPECT_EQ(connection.summary.generation, 1U);
    EXPECT_EQ(connection.summary.scopes, (std::vector<std::string>{"contacts.read", "calls.write"}));
    EXPECT_EQ(connection.summary.expires_at, sys_seconds(std::chrono::seconds(1'900'000'000)));
    EXPECT_TRUE(connection.summary.renewable);
    EXPECT_EQ(connection.summary.last_error, "");
    EXPECT_EQ(connection.summary.failures, 0U);
    EXPECT_EQ(connection.summary.next_try_at, clock_.now() + std::chrono::minutes(50));
    EXPECT_EQ(connection.summary.last_refresh, std::nullopt);
    EXPECT_FALSE(connection.summary.intent);
    EXPECT_EQ(connection.summary.created_at, clock_.now());
    EXPECT_EQ(connection.summary.updated_at, clock_.now());
    EXPECT_EQ(connection.params, (catalog::Parameters{{"region", "eu"}}));
    EXPECT_EQ(connection.tokens.access_token.reveal(), "access-1");
    EXPECT_EQ(connection.tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_EQ(connection.tokens.token_type, "Zoho-oauthtoken");
    EXPECT_EQ(connection.tokens.expires_at, sys_seconds(std::chrono::seconds(1'900'000'000)));
    EXPECT_EQ(connection.tokens.lifetime, std::chrono::seconds(3600));
    EXPECT_EQ(connection.tokens.scopes, connection.summary.scopes);
    EXPECT_EQ(connection.tokens.metadata.at("api_domain"), "https://api.example");
}

TEST_P(ConnectionContract, a_token_without_refresh_token_and_expiry_is_kept_without_them) {
    NewGrant grant = some_grant();
    grant.tokens = {};
    grant.tokens.access_token = SecretString("forever");
    ask(store().save_grant(std::move(grant)));

    const auto connection = found().value();

    EXPECT_EQ(connection.tokens.access_token.reveal(), "forever");
    EXPECT_TRUE(connection.tokens.refresh_token.empty());
    EXPECT_FALSE(connection.summary.renewable);
    EXPECT_EQ(connection.tokens.expires_at, std::nullopt);
    EXPECT_EQ(connection.summary.next_try_at, std::nullopt);
    EXPECT_TRUE(connection.tokens.metadata.empty());
    EXPECT_TRUE(connection.tokens.scopes.empty());
}

TEST_P(ConnectionContract, text_of_any_kind_comes_back_byte_for_byte) {
    const std::string awkward = std::string("'); DROP TABLE oauth_tokens; -- \xC3\xBC \"\\") + '\0' + "end";
    NewGrant grant = some_grant();
    grant.tokens.access_token = SecretString(awkward);
    grant.params = {{"a\"b", awkward.substr(0, 10)}};
    ask(store().save_grant(std::move(grant)));

    const auto connection = found().value();

    EXPECT_EQ(connection.tokens.access_token.reveal(), awkward);
    EXPECT_EQ(connection.params, (catalog::Parameters{{"a\"b", awkward.substr(0, 10)}}));
}

TEST_P(ConnectionContract, saving_again_replaces_the_token_set_and_grows_the_generation) {
    const Generation first = saved().summary.generation;
    const Instant begun = clock_.now();
    clock_.advance(std::chrono::seconds(5));

    const Connection second = saved(some_key, "2");

    EXPECT_GT(second.summary.generation, first);
    EXPECT_EQ(second.tokens.refresh_token.reveal(), "refresh-2");
    EXPECT_EQ(second.summary.created_at, begun);
    EXPECT_EQ(second.summary.updated_at, clock_.now());
}

TEST_P(ConnectionContract, saving_again_ends_lease_and_intent_and_heals_the_status) {
    saved();
    const Lease dead = leased("one");
    ask(store().fail_refresh(dead, {ConnectionStatus::invalid, "The grant was revoked.", std::nullopt, true}));

    const Connection renewed = saved(some_key, "2");

    EXPECT_EQ(renewed.summary.status, ConnectionStatus::healthy);
    EXPECT_EQ(renewed.summary.last_error, "");
    EXPECT_EQ(renewed.summary.failures, 0U);
    EXPECT_FALSE(renewed.summary.intent);
    EXPECT_TRUE(std::holds_alternative<LeaseTaken>(lease_asked("two")));
}

TEST_P(ConnectionContract, removing_answers_what_it_was_and_leaves_nothing) {
    saved();

    const auto removed = ask(store().remove_connection(some_key));

    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->tokens.refresh_token.reveal(), "refresh-1");
    EXPECT_FALSE(found());
    EXPECT_FALSE(ask(store().remove_connection(some_key)));
}

TEST_P(ConnectionContract, a_refresh_under_way_cannot_write_after_the_removal) {
    saved();
    const Lease lease = leased("one");
    ask(store().remove_connection(some_key));

    const bool written = completed(lease, "2");

    EXPECT_FALSE(written);
    EXPECT_FALSE(found());
}

TEST_P(ConnectionContract, a_refresh_of_a_removed_grant_cannot_write_over_the_grant_that_followed) {
    saved();
    const Lease lease = leased("one");
    ask(store().remove_connection(some_key));
    saved(some_key, "new");

    const bool written = completed(lease, "late");

    EXPECT_FALSE(written);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-new");
}

TEST_P(ConnectionContract, a_refresh_of_a_removed_tenant_cannot_write_over_the_grant_that_followed) {
    saved();
    const Lease lease = leased("one");
    ask(store().remove_tenant(some_key.tenant));
    saved(some_key, "new");

    const bool written = completed(lease, "late");

    EXPECT_FALSE(written);
    EXPECT_EQ(found()->tokens.access_token.reveal(), "access-new");
}

TEST_P(ConnectionContract, connections_survive_a_restart) {
    saved();

    restart();

    EXPECT_EQ(found()->tokens.refresh_token.reveal(), "refresh-1");
}

TEST_P(ConnectionContract, pages_of_a_list_meet_in_key_order_without_gap_or_overlap) {
    for (const char* tenant : {"beta", "acme", "acme.eu"})
        for (const char* integration : {"crm", "calendar"})
            saved(key_of(tenant, integration));

    std::vector<std::string> listed;
    std::vector<std::size_t> sizes;
    std::string cursor;
    do {
        const auto page = ask(store().list_connections({}, cursor, 4));
        for (std::string& name : names(page.items))
            listed.push_back(std::move(name));
        sizes.push_back(page.items.size());
        cursor = page.next_cursor;
    } while (!cursor.empty());

    EXPECT_EQ(listed, (std::vector<std::string>{"acme/calendar", "acme/crm", "acme.eu/calendar", "acme.eu/crm",
                                                "beta/calendar", "beta/crm"}));
    EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 2}));
}

TEST_P(ConnectionContract, the_last_full_page_has_no_cursor) {
    saved(key_of("acme", "a"));
    saved(key_of("acme", "b"));

    const auto page = ask(store().list_connections({}, "", 2));

    EXPECT_EQ(page.items.size(), 2U);
    EXPECT_EQ(page.next_cursor, "");
}

TEST_P(ConnectionContract, a_list_holds_what_its_filter_asks_for) {
    saved(key_of("acme", "crm"));
    saved(key_of("beta", "crm"));
    NewGrant other = some_grant(key_of("acme", "hubspot"));
    other.provider = ProviderId("hubspot");
    ask(store().save_grant(std::move(other)));
    const Lease lease = leased("one");
    ask(store().fail_refresh(lease, {ConnectionStatus::invalid, "Revoked.", std::nullopt, false}));
    struct Case {
        std::string_view name;
        ConnectionFilter filter;
        std::vector<std::string> expected;
    };
    const std::vector<Case> cases = {
        {"all", {}, {"acme/crm", "acme/hubspot", "beta/crm"}},
        {"tenant", {TenantId("acme"), {}, {}}, {"acme/crm", "acme/hubspot"}},
        {"provider", {{}, ProviderId("zoho_crm"), {}}, {"acme/crm", "beta/crm"}},
        {"status", {{}, {}, ConnectionStatus::invalid}, {"acme/crm"}},
        {"all three", {TenantId("beta"), ProviderId("zoho_crm"), ConnectionStatus::healthy}, {"beta/crm"}},
        {"none such", {TenantId("beta"), ProviderId("hubspot"), {}}, {}},
    };

    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        EXPECT_EQ(names(ask(store().list_connections(one.filter, "", 10)).items), one.expected);
    }
}

TEST_P(ConnectionContract, a_cursor_that_no_list_gave_is_refused) {
    EXPECT_EQ(refusal(store().list_connections({}, "not a cursor", 10)), Errc::invalid_request);
    EXPECT_EQ(refusal(store().list_tenants("!", 10)), Errc::invalid_request);
}

}  // namespace evergrant::storage
