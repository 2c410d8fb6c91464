// Grants to the app alone: how they are obtained, renewed and refused.
#include "stage.h"

#include "crypto/jwt.h"
#include "crypto/strict_json.h"

#include <future>
#include <thread>
#include <vector>

namespace evergrant::broker {

using std::chrono::minutes;

class AppGrantsTest : public Stage {
protected:
    void SetUp() override {
        constexpr std::string_view machine_provider = R"(id: machine
name: Machine
grant_types: [client_credentials]
token_url: https://accounts.example.com/token
scope_separator: ","
refresh: {policy: rotates_strictly}
)";
        ASSERT_TRUE(catalog_.add(machine_provider, "machine.yaml").empty());
        add_tenant();
        CredentialsGiven given;
        given.provider = "machine";
        given.client_id = "our-client";
        given.client_secrets.emplace_back("our-secret");
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        provider_.answers(200, R"({"access_token":"token-1","token_type":"Bearer","expires_in":3600})");
    }

    static AppGrantOrder order(std::vector<std::string> scopes = {"read", "write"}) {
        AppGrantOrder order;
        order.tenant = acme_demo.tenant;
        order.provider = "machine";
        order.scopes = std::move(scopes);
        return order;
    }
    Result<AppGrantObtained> obtained(AppGrantOrder wanted = order()) {
        return run(use_cases().app_grants.obtain(std::move(wanted)));
    }
    Result<cache::SharedToken> read_machine() { return read_of(key_); }
    std::optional<storage::Connection> found() { return std::move(run(store_->find_connection(key_)).value()); }

    const ConnectionKey key_{TenantId("acme"), IntegrationId("machine")};
};

TEST_F(AppGrantsTest, one_is_obtained_with_the_scopes_asked_for) {
    const auto result = obtained();

    ASSERT_TRUE(result);
    EXPECT_EQ(result->expires_at, clock_.now_seconds() + std::chrono::hours(1));
    const auto bodies = provider_.bodies();
    ASSERT_EQ(bodies.size(), 1U);
    EXPECT_NE(bodies.front().find("grant_type=client_credentials"), std::string::npos);
    EXPECT_NE(bodies.front().find("scope=read%2Cwrite"), std::string::npos);
}

TEST_F(AppGrantsTest, its_token_is_read_like_any_other) {
    ASSERT_TRUE(obtained());

    EXPECT_EQ((*read_machine())->access_token.reveal(), "token-1");
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(AppGrantsTest, asked_for_again_it_is_the_one_that_stands) {
    ASSERT_TRUE(obtained());
    ASSERT_TRUE(obtained());

    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(AppGrantsTest, of_many_who_ask_at_once_one_asks_the_provider) {
    provider_.holds_answers = true;
    std::vector<std::future<Result<AppGrantObtained>>> asking;
    for (std::size_t one = 0; one < 16; ++one) {
        async::Shard& shard = shards_[one % shards_.size()];
        asking.push_back(boost::asio::co_spawn(shard.context(), broker().of(shard).app_grants.obtain(order()),
                                               boost::asio::use_future));
    }
    while (provider_.requests() == 0)
        std::this_thread::yield();
    provider_.holds_answers = false;

    for (auto& one : asking)
        EXPECT_TRUE(one.get());
    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(AppGrantsTest, a_token_that_ends_is_obtained_anew_on_the_next_read) {
    ASSERT_TRUE(obtained());
    provider_.answers(200, R"({"access_token":"token-2","token_type":"Bearer","expires_in":3600})");
    clock_.advance(minutes(61));

    const auto token = read_machine();

    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_NE(provider_.bodies().back().find("scope=read%2Cwrite"), std::string::npos);
}

TEST_F(AppGrantsTest, a_refresh_token_that_comes_with_it_is_not_kept) {
    provider_.answers(200, R"({"access_token":"token-1","refresh_token":"r","token_type":"Bearer","expires_in":3600})");
    ASSERT_TRUE(obtained());

    EXPECT_TRUE(found()->tokens.refresh_token.empty());
}

TEST_F(AppGrantsTest, a_refusal_leaves_nothing_behind) {
    provider_.answers(401, R"({"error":"invalid_client"})");

    const auto refused = obtained();

    EXPECT_EQ(refused.error().code, Errc::provider_misconfigured);
    EXPECT_FALSE(found());
}

TEST_F(AppGrantsTest, after_a_refusal_it_can_be_asked_for_again_at_once) {
    provider_.answers(400, R"({"error":"invalid_scope"})");
    ASSERT_FALSE(obtained());
    provider_.answers(200, R"({"access_token":"token-1","token_type":"Bearer","expires_in":3600})");

    EXPECT_TRUE(obtained());
    EXPECT_EQ((*read_machine())->access_token.reveal(), "token-1");
}

TEST_F(AppGrantsTest, a_grant_that_is_refused_when_it_is_renewed_is_for_the_app_to_mend_and_not_dead) {
    ASSERT_TRUE(obtained());
    provider_.answers(400, R"({"error":"invalid_grant"})");
    clock_.advance(minutes(61));

    const auto refused = read_machine();

    EXPECT_EQ(refused.error().code, Errc::provider_misconfigured);
    EXPECT_EQ(found()->summary.status, storage::ConnectionStatus::refresh_failed);
}

TEST_F(AppGrantsTest, other_scopes_are_another_grant_and_a_conflict) {
    ASSERT_TRUE(obtained());

    EXPECT_EQ(obtained(order({"read"})).error().code, Errc::conflict);
    EXPECT_EQ(found()->asked_scopes, (std::vector<std::string>{"read", "write"}));
}

TEST_F(AppGrantsTest, a_persons_grant_of_that_name_is_not_touched) {
    add_grant();
    AppGrantOrder over = order();
    over.integration = acme_demo.integration;

    EXPECT_EQ(obtained(std::move(over)).error().code, Errc::conflict);
    EXPECT_EQ(stored().tokens.refresh_token.reveal(), "refresh-1");
}

TEST_F(AppGrantsTest, a_provider_without_this_grant_is_refused_by_name) {
    AppGrantOrder wrong = order();
    wrong.provider = "demo";

    EXPECT_EQ(obtained(std::move(wrong)).error().code, Errc::invalid_request);
    EXPECT_EQ(provider_.requests(), 0U);
}

TEST_F(AppGrantsTest, a_tenant_that_there_is_not_has_none) {
    AppGrantOrder wrong = order();
    wrong.tenant = TenantId("nobody");

    EXPECT_EQ(obtained(std::move(wrong)).error().code, Errc::tenant_not_found);
}

class JwtBearerTest : public Stage {
protected:
    void SetUp() override {
        constexpr std::string_view entry = R"(id: account
name: Service account
grant_types: [jwt_bearer]
token_url: https://accounts.example.com/token
refresh: {policy: rotates_strictly}
jwt_bearer: {subject: "${params.subject}", scope: assertion}
parameters:
  - {name: subject, description: For whom the app acts., pattern: "[!-~]+"}
)";
        ASSERT_TRUE(catalog_.add(entry, "account.yaml").empty());
        add_tenant();
        CredentialsGiven given;
        given.provider = "account";
        given.client_id = "robot@example.com";
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        ASSERT_TRUE(run(use_cases().signing_keys.create("RS256")));
        provider_.answers(200, R"({"access_token":"token-1","token_type":"Bearer","expires_in":3600})");
    }

    static AppGrantOrder order() {
        AppGrantOrder order;
        order.type = oauth::GrantType::jwt_bearer;
        order.tenant = acme_demo.tenant;
        order.provider = "account";
        order.scopes = {"read", "write"};
        order.params = {{"subject", "ada@example.com"}};
        return order;
    }
    boost::json::object claims_of_the_last_request() {
        const std::string form = provider_.bodies().back();
        const std::string name = "&assertion=";
        const std::size_t begin = form.find(name) + name.size();
        const auto keys = crypto::JwtKeys::from_jwks(run(use_cases().signing_keys.published()).value());
        const auto content = keys->open(form.substr(begin, form.find('&', begin) - begin));
        return crypto::parse_strict_object(content->payload).value();
    }
};

TEST_F(JwtBearerTest, a_grant_is_asked_for_by_an_assertion_for_whom_the_app_acts) {
    ASSERT_TRUE(run(use_cases().app_grants.obtain(order())));

    const auto claims = claims_of_the_last_request();
    EXPECT_EQ(claims.at("iss").as_string(), "robot@example.com");
    EXPECT_EQ(claims.at("sub").as_string(), "ada@example.com");
    EXPECT_EQ(claims.at("aud").as_string(), "https://accounts.example.com/token");
    EXPECT_EQ(claims.at("scope").as_string(), "read write");
}

TEST_F(JwtBearerTest, the_assertion_is_all_that_proves_who_asks) {
    ASSERT_TRUE(run(use_cases().app_grants.obtain(order())));

    const std::string form = provider_.bodies().back();
    EXPECT_TRUE(form.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
    EXPECT_EQ(form.find("client_"), std::string::npos);
    EXPECT_EQ(form.find("scope="), std::string::npos);
}

TEST_F(JwtBearerTest, its_token_is_obtained_anew_when_it_ends) {
    ASSERT_TRUE(run(use_cases().app_grants.obtain(order())));
    provider_.answers(200, R"({"access_token":"token-2","token_type":"Bearer","expires_in":3600})");
    clock_.advance(std::chrono::hours(1));

    const auto token = read_of({acme_demo.tenant, IntegrationId("account")});

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_EQ(claims_of_the_last_request().at("sub").as_string(), "ada@example.com");
}

TEST_F(JwtBearerTest, without_a_signing_key_nothing_is_asked_and_nothing_is_left_behind) {
    ASSERT_TRUE(run(use_cases().signing_keys.remove(run(use_cases().signing_keys.list()).value().front().id)));

    const auto refused = run(use_cases().app_grants.obtain(order()));

    EXPECT_EQ(refused.error().code, Errc::missing_app_credentials);
    EXPECT_EQ(provider_.requests(), 0U);
    EXPECT_FALSE(run(store_->find_connection({acme_demo.tenant, IntegrationId("account")})).value());
}

}  // namespace evergrant::broker
