// What the files give away, and what a value does that was moved or changed in them.
#include "sqlite_test.h"
#include "storage/sqlite/database.h"

namespace evergrant::storage {

using SqliteSecrecyTest = SqliteTest;

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

}  // namespace

TEST_F(SqliteSecrecyTest, no_secret_stands_in_the_files) {
    NewGrant grant = some_grant();
    grant.tokens.access_token = SecretString("plain-access");
    grant.tokens.refresh_token = SecretString("plain-refresh");
    grant.tokens.metadata = {{"id_token", "plain-metadata"}};
    ask(store().save_grant(std::move(grant)));
    ask(store().save_authorization(pending_with_secrets(clock_.now())));
    AppCredentials credentials;
    credentials.provider = ProviderId("zoho_crm");
    credentials.client_secrets.emplace_back("plain-client-secret");
    ask(store().save_app_credentials(std::move(credentials)));

    const std::string bytes = bytes_on_disk();

    ASSERT_NE(bytes.find("zoho_crm"), std::string::npos) << "the rows are not in the files that were read";
    for (const char* secret :
         {"plain-access", "plain-refresh", "plain-metadata", "plain-verifier", "plain-url", "plain-client-secret"})
        EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
}

TEST_F(SqliteSecrecyTest, a_sealed_value_that_was_moved_or_changed_does_not_open) {
    struct Case {
        std::string_view name;
        std::string_view sql;
    };
    const std::vector<Case> cases = {
        {"moved to another connection",
         "UPDATE oauth_tokens SET access_token = (SELECT access_token FROM oauth_tokens WHERE integration_id = 'b')"
         " WHERE integration_id = 'a'"},
        {"moved to another tenant",
         "UPDATE oauth_tokens SET access_token = (SELECT access_token FROM oauth_tokens WHERE tenant_id = 'other')"
         " WHERE integration_id = 'a' AND tenant_id = 'acme'"},
        {"moved to another field", "UPDATE oauth_tokens SET access_token = refresh_token WHERE integration_id = 'a'"},
        {"under another generation", "UPDATE oauth_tokens SET generation = generation + 1 WHERE integration_id = 'a'"},
        {"cut", "UPDATE oauth_tokens SET access_token = substr(access_token, 1, 20) WHERE integration_id = 'a'"},
        {"of another row's name", "UPDATE oauth_tokens SET integration_id = 'c' WHERE integration_id = 'b'"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        for (const char* integration : {"a", "b"})
            ask(store().save_grant(some_grant({TenantId("acme"), IntegrationId(integration)})));
        ask(store().save_grant(some_grant({TenantId("other"), IntegrationId("a")})));
        {
            sqlite::Database raw(engine_.database(), sqlite::Database::Use::write);
            ASSERT_GT(raw.change(one.sql), 0U);
        }

        const bool renamed = one.name == "of another row's name";
        const auto answer = run(store().find_connection({TenantId("acme"), IntegrationId(renamed ? "c" : "a")}));

        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Errc::internal_error);
        EXPECT_EQ(answer.error().message, "A sealed value does not open.");
        ask(store().remove_tenant(TenantId("acme")));
    }
}

TEST_F(SqliteSecrecyTest, a_damaged_connection_is_still_listed_and_can_be_removed) {
    ask(store().save_grant(some_grant()));
    {
        sqlite::Database raw(engine_.database(), sqlite::Database::Use::write);
        raw.change("UPDATE oauth_tokens SET access_token = x'00'");
    }

    EXPECT_EQ(ask(store().list_connections({}, "", 10)).items.size(), 1U);
    const auto removed = ask(store().remove_connection(some_key));
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->summary.key, some_key);
    EXPECT_TRUE(removed->tokens.access_token.empty());
    EXPECT_FALSE(ask(store().find_connection(some_key)));
}

TEST_F(SqliteSecrecyTest, a_removed_tenants_data_key_is_gone_from_database_and_log) {
    ask(store().save_grant(some_grant()));
    ask(store().save_grant(some_grant({TenantId("other"), IntegrationId("crm")})));
    const auto wrapped_key_of = [this](std::string_view tenant) {
        sqlite::Database raw(engine_.database(), sqlite::Database::Use::read);
        auto row = raw.query("SELECT wrapped FROM data_keys WHERE tenant_id = ?1", tenant);
        row.step();
        return row.text();
    };
    const std::string removed = wrapped_key_of("acme");
    const std::string kept = wrapped_key_of("other");
    ASSERT_NE(bytes_on_disk().find(removed), std::string::npos);

    ask(store().remove_tenant(TenantId("acme")));

    const std::string bytes = bytes_on_disk();
    EXPECT_EQ(bytes.find(removed), std::string::npos);
    EXPECT_NE(bytes.find(kept), std::string::npos);
}

TEST_F(SqliteSecrecyTest, a_reader_in_the_way_delays_the_end_of_a_data_key_only_until_it_has_left) {
    ask(store().save_grant(some_grant()));
    sqlite::Database reader(engine_.database(), sqlite::Database::Use::read);
    std::string wrapped;
    {
        reader.change("BEGIN");
        auto row = reader.query("SELECT wrapped FROM data_keys WHERE tenant_id = 'acme'");
        row.step();
        wrapped = row.text();
    }

    ask(store().remove_tenant(TenantId("acme")));
    const bool kept_meanwhile = bytes_on_disk().find(wrapped) != std::string::npos;
    reader.change("COMMIT");
    ask(store().first_time("any change"));

    EXPECT_TRUE(kept_meanwhile);
    EXPECT_EQ(bytes_on_disk().find(wrapped), std::string::npos);
}

TEST_F(SqliteSecrecyTest, what_was_answered_is_in_a_copy_of_the_files_taken_without_closing) {
    ask(store().save_grant(some_grant()));
    const auto taken = std::get<LeaseTaken>(ask(store().take_lease({some_key, "one", std::chrono::seconds(30), 0})));
    ask(store().complete_refresh({taken.lease, full_tokens("2"), std::nullopt}));
    SqliteUnderTest other(clock_);
    other.close();
    for (const char* suffix : {"", "-wal"}) {
        const std::string name = std::string("evergrant.db") + suffix;
        std::filesystem::copy_file(engine_.folder() / name, other.folder() / name,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    std::filesystem::remove(other.folder() / "evergrant.db-shm");

    other.restart();

    const auto connection = ask(other.store().find_connection(some_key));
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->tokens.refresh_token.reveal(), "refresh-2");
    EXPECT_FALSE(connection->summary.intent);
}

}  // namespace evergrant::storage
