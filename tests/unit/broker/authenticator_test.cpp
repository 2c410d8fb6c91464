#include "stage.h"

namespace evergrant::broker {

class AuthenticatorTest : public Stage {
protected:
    std::string new_key(storage::ApiKey described) {
        described.name = "key";
        return run(use_cases().administration.create_key(std::move(described))).value().text.reveal();
    }
    Result<Principal> call_with(const std::string& authorization) {
        return run(use_cases().authenticator.authenticate(authorization));
    }
};

TEST_F(AuthenticatorTest, a_key_is_known_by_its_role_and_bindings) {
    storage::ApiKey described;
    described.role = storage::Role::app;
    described.tenants = {TenantId("acme")};
    const std::string key = new_key(std::move(described));

    const auto principal = call_with("Bearer " + key);

    ASSERT_TRUE(principal);
    EXPECT_TRUE(principal->may_see("acme"));
    EXPECT_FALSE(principal->may_see("globex"));
    EXPECT_FALSE(principal->is_admin());
}

TEST_F(AuthenticatorTest, nothing_is_authentication_required) {
    EXPECT_EQ(call_with("").error().code, Errc::authentication_required);
}

TEST_F(AuthenticatorTest, a_wrong_secret_and_an_unknown_key_are_told_alike) {
    std::string key = new_key({});
    key.back() = key.back() == 'A' ? 'B' : 'A';

    const auto wrong = call_with("Bearer " + key);
    const auto unknown = call_with("Bearer eg_0123456789abcdef_" + key.substr(20));

    EXPECT_EQ(wrong.error().code, Errc::invalid_credentials);
    EXPECT_EQ(unknown.error().code, wrong.error().code);
    EXPECT_EQ(unknown.error().message, wrong.error().message);
}

TEST_F(AuthenticatorTest, a_revoked_key_ends_at_once_in_every_shard) {
    const std::string key = new_key({});
    ASSERT_TRUE(call_with("Bearer " + key));
    const std::string id = key.substr(3, key.find('_', 3) - 3);

    ASSERT_TRUE(run(use_cases().administration.revoke_key(id)));

    EXPECT_EQ(use_cases().authenticator.known("Bearer " + key), nullptr);
    EXPECT_EQ(call_with("Bearer " + key).error().code, Errc::invalid_credentials);
}

TEST_F(AuthenticatorTest, an_expired_key_says_that_it_has_expired) {
    storage::ApiKey described;
    described.expires_at = clock_.now_seconds() + std::chrono::seconds(10);
    const std::string key = new_key(std::move(described));
    ASSERT_TRUE(call_with("Bearer " + key));

    clock_.advance(std::chrono::seconds(10));

    EXPECT_EQ(call_with("Bearer " + key).error().code, Errc::token_expired);
    EXPECT_EQ(use_cases().authenticator.known("Bearer " + key), nullptr);
}

TEST_F(AuthenticatorTest, a_key_over_its_rate_is_told_when_to_come_back) {
    options_.limit_per_key = {.per_second = 2, .burst = 1};
    const std::string key = new_key({});
    ASSERT_TRUE(call_with("Bearer " + key));

    const auto refused = call_with("Bearer " + key);

    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_TRUE(refused.error().retry_after);
}

TEST_F(AuthenticatorTest, only_the_secrets_hash_is_stored) {
    const std::string key = new_key({});

    const auto stored_key = run(store_->find_api_key(key.substr(3, key.find('_', 3) - 3)));

    EXPECT_EQ((*stored_key)->secret_hash.size(), 32U);
    EXPECT_EQ((*stored_key)->secret_hash.find(key.substr(20)), std::string::npos);
}

}  // namespace evergrant::broker
