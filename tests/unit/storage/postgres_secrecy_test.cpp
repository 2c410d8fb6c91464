// What the tables give away, how data keys are counted, and what a value does that was moved or changed.
#include "crypto/encoding.h"
#include "postgres_store_test.h"

namespace evergrant::storage {

using PostgresSecrecyTest = PostgresStoreTest;

namespace {

PendingAuthorization pending_with_secrets(Instant now) {
    PendingAuthorization pending;
    pending.state_hash = "state-hash";
    pending.key = some_key;
    pending.code_verifier = SecretString("plain-verifier");
    pending.authorization_url = SecretString("https://plain-url.example/authorize");
    pending.expires_at = now + std::chrono::minutes(10);
    return pending;
}

/// Every row of every table, as text.
std::string dump(PostgresUnderTest& engine) {
    return engine.execute(
        "SELECT string_agg(xml, ' ') FROM (SELECT query_to_xml('SELECT t::text FROM ' || quote_ident(relname) || ' t',"
        " false, false, '')::text AS xml FROM pg_class WHERE relkind IN ('r', 'v')"
        " AND relnamespace = 'public'::regnamespace) tables");
}

}  // namespace

TEST_F(PostgresSecrecyTest, no_secret_stands_in_any_table) {
    NewGrant grant = some_grant();
    grant.tokens.access_token = SecretString("plain-access");
    grant.tokens.refresh_token = SecretString("plain-refresh");
    grant.tokens.metadata = {{"id_token", "plain-metadata"}};
    ask(one().save_grant(std::move(grant)));
    ask(one().take_lease({some_key, "one", lease_duration, 0}));
    ask(one().save_authorization(pending_with_secrets(clock_.now())));
    AppCredentials credentials;
    credentials.provider = ProviderId("zoho_crm");
    credentials.client_secrets.emplace_back("plain-client-secret");
    ask(one().save_app_credentials(std::move(credentials)));

    const std::string rows = dump(engine_);

    ASSERT_NE(rows.find("zoho_crm"), std::string::npos) << "the rows are not in what was read";
    for (const std::string secret :
         {"plain-access", "plain-refresh", "plain-metadata", "plain-verifier", "plain-url", "plain-client-secret"}) {
        EXPECT_EQ(rows.find(secret), std::string::npos) << secret;
        EXPECT_EQ(rows.find(crypto::to_hex(crypto::bytes_of(secret))), std::string::npos) << secret;
    }
}

TEST_F(PostgresSecrecyTest, a_sealed_value_that_was_moved_or_changed_does_not_open) {
    struct Case {
        std::string_view name;
        std::string sql;
    };
    const std::vector<Case> cases = {
        {"moved to another connection",
         "UPDATE oauth_tokens SET access_token = (SELECT access_token FROM oauth_tokens WHERE integration_id = 'b')"
         " WHERE integration_id = 'a'"},
        {"moved to another field", "UPDATE oauth_tokens SET access_token = refresh_token WHERE integration_id = 'a'"},
        {"under another generation", "UPDATE oauth_tokens SET generation = generation + 1 WHERE integration_id = 'a'"},
        {"cut", "UPDATE oauth_tokens SET access_token = substr(access_token, 1, 20) WHERE integration_id = 'a'"},
        {"of a key that never was",
         "UPDATE oauth_tokens SET access_token = '\\x01ffffffffffffffff'::bytea || access_token"
         " WHERE integration_id = 'a'"},
    };
    for (const Case& one_case : cases) {
        SCOPED_TRACE(one_case.name);
        for (const char* integration : {"a", "b"})
            ask(one().save_grant(some_grant({TenantId("acme"), IntegrationId(integration)})));
        engine_.execute(one_case.sql);

        const auto answer = run(one().find_connection({TenantId("acme"), IntegrationId("a")}));

        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Errc::internal_error);
        EXPECT_EQ(answer.error().message, "A sealed value does not open.");
        ask(one().remove_tenant(TenantId("acme")));
    }
}

TEST_F(PostgresSecrecyTest, a_damaged_connection_is_still_listed_and_can_be_removed) {
    ask(one().save_grant(some_grant()));
    engine_.execute("UPDATE oauth_tokens SET access_token = '\\x00'");

    EXPECT_EQ(ask(one().list_connections({}, "", 10)).items.size(), 1U);
    const auto removed = ask(one().remove_connection(some_key));
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->summary.key, some_key);
    EXPECT_TRUE(removed->tokens.access_token.empty());
    EXPECT_FALSE(ask(one().find_connection(some_key)));
}

TEST_F(PostgresSecrecyTest, a_removed_tenants_data_keys_are_gone) {
    ask(one().save_grant(some_grant()));
    ask(one().save_grant(some_grant({TenantId("other"), IntegrationId("crm")})));

    ask(one().remove_tenant(TenantId("acme")));

    EXPECT_EQ(engine_.execute("SELECT count(*) FROM data_keys WHERE tenant_id = 'acme'"), "0");
    EXPECT_EQ(engine_.execute("SELECT count(*) FROM data_keys WHERE tenant_id = 'other'"), "1");
}

TEST_F(PostgresSecrecyTest, seals_are_reserved_in_blocks_before_they_are_made) {
    constexpr int saves = 400;  // of three seals each
    for (int i = 0; i < saves; ++i)
        ask(one().save_grant(some_grant()));

    EXPECT_EQ(engine_.execute("SELECT seals_reserved FROM data_keys WHERE tenant_id = 'acme'"), "2048");
    ask(two().save_grant(some_grant()));
    EXPECT_EQ(engine_.execute("SELECT seals_reserved FROM data_keys WHERE tenant_id = 'acme'"), "3072");
}

TEST_F(PostgresSecrecyTest, a_key_that_has_sealed_as_much_as_it_may_is_followed_by_another) {
    ask(one().save_grant(some_grant()));
    engine_.execute("UPDATE data_keys SET seals_reserved = " + std::to_string(Sealer::seals_per_key - 1024) +
                    " WHERE tenant_id = 'acme'");

    for (int i = 0; i < 400; ++i)
        ask(two().save_grant(some_grant(some_key, "later")));

    EXPECT_EQ(engine_.execute("SELECT count(*) FROM data_keys WHERE tenant_id = 'acme'"), "2");
    EXPECT_EQ(access_token_at(one()), "access-later");
}

}  // namespace evergrant::storage
