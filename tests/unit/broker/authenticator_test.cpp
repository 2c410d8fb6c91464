#include "signing_key.h"
#include "stage.h"

#include <boost/json/array.hpp>

#include <atomic>

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

TEST_F(AuthenticatorTest, what_one_shard_has_looked_up_the_others_do_not_ask_the_store_for) {
    const std::string key = new_key({});
    ASSERT_TRUE(call_with("Bearer " + key));
    const std::string id = key.substr(3, key.find('_', 3) - 3);
    ASSERT_TRUE(*run(store_->revoke_api_key(id, clock_.now_seconds())));  // the broker is not told
    Authenticator& other = broker().of(shards_[1]).authenticator;

    EXPECT_TRUE(run(other.authenticate("Bearer " + key)));

    clock_.advance(std::chrono::seconds(30));
    EXPECT_FALSE(run(other.authenticate("Bearer " + key)));
}

/// Two shards' authenticators over one memory of keys, with a store that can be away.
class SharedKeysTest : public AuthenticatorTest {
protected:
    void SetUp() override {
        key_ = "Bearer " + new_key({});
        id_ = key_.substr(10, key_.find('_', 10) - 10);
    }

    Authenticator::Parts parts() {
        return {.look_up = [this](std::string id) { return look_up(std::move(id)); },
                .clock = clock_,
                .revision = revision_,
                .known = known_,
                .jwt = nullptr,
                .limit_per_key = {}};
    }
    async::Task<Result<std::optional<storage::ApiKey>>> look_up(std::string id) {
        ++look_ups_;
        if (store_is_away_)
            co_return failure(Errc::store_unavailable, "The store is away.");
        co_return co_await store_->find_api_key(std::move(id));
    }
    Result<Principal> call(Authenticator& shard) { return run(shard.authenticate(key_)); }
    /// As another replica does it: no word of it reaches this one.
    void revoke_elsewhere() { ASSERT_TRUE(*run(store_->revoke_api_key(id_, clock_.now_seconds()))); }

    std::string key_;
    std::string id_;
    KeyRevision revision_;
    KnownKeys known_{revision_};
    std::atomic<unsigned> look_ups_{0};
    std::atomic<bool> store_is_away_{false};
    Authenticator first_{parts()};
    Authenticator second_{parts()};
};

TEST_F(SharedKeysTest, what_one_shard_has_looked_up_is_good_in_the_others_though_the_store_is_away) {
    ASSERT_TRUE(call(first_));
    store_is_away_ = true;

    ASSERT_TRUE(call(second_));

    EXPECT_EQ(look_ups_, 1U);
    EXPECT_NE(second_.known(key_), nullptr);
}

TEST_F(SharedKeysTest, a_key_revoked_by_another_replica_ends_within_half_a_minute) {
    ASSERT_TRUE(call(first_));
    ASSERT_TRUE(call(second_));
    revoke_elsewhere();
    clock_.advance(std::chrono::seconds(30));

    EXPECT_EQ(first_.known(key_), nullptr);
    EXPECT_EQ(call(first_).error().code, Errc::invalid_credentials);
    EXPECT_EQ(call(second_).error().code, Errc::invalid_credentials);
}

TEST_F(SharedKeysTest, a_key_revoked_by_another_replica_ends_at_once_when_that_is_told) {
    ASSERT_TRUE(call(first_));
    revoke_elsewhere();

    revision_.changed();

    EXPECT_EQ(call(first_).error().code, Errc::invalid_credentials);
}

TEST_F(SharedKeysTest, a_store_that_is_away_locks_out_no_key_it_has_vouched_for_lately) {
    ASSERT_TRUE(call(first_));
    store_is_away_ = true;
    revision_.changed();
    clock_.advance(std::chrono::minutes(14));

    EXPECT_TRUE(call(first_));
    EXPECT_NE(first_.known(key_), nullptr);
    EXPECT_TRUE(call(second_));

    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(call(first_).error().code, Errc::store_unavailable);
}

TEST_F(SharedKeysTest, a_key_that_was_revoked_here_is_not_good_without_the_store) {
    ASSERT_TRUE(call(first_));
    store_is_away_ = true;

    revision_.changed();
    known_.forget(id_);

    EXPECT_EQ(call(first_).error().code, Errc::store_unavailable);
}

TEST_F(SharedKeysTest, what_the_store_said_before_a_change_is_not_remembered_after_it) {
    KnownKey old;
    old.key.id = id_;
    old.revision = revision_.current();
    revision_.changed();

    known_.keep(old);

    EXPECT_FALSE(known_.find(id_));
}

/// Keys as an issuer has them, which may change.
class ChangingKeys final : public JwtSource {
public:
    std::shared_ptr<const crypto::JwtVerifier> current() const override { return verifier_; }
    async::Task<bool> look_again() override {
        ++looked_;
        if (next_.empty())
            co_return false;
        publish(std::exchange(next_, {}));
        co_return true;
    }

    void publish(const std::string& key_id) {
        boost::json::object jwk = evergrant::testing::SigningKey::p256().jwk();
        jwk["kid"] = key_id;
        jwk["alg"] = "ES256";
        const boost::json::object set{{"keys", boost::json::array{jwk}}};
        verifier_ = std::make_shared<crypto::JwtVerifier>(
            crypto::JwtKeys::from_jwks(boost::json::serialize(set)).value(), crypto::JwtExpectations{});
    }

    std::string next_;
    unsigned looked_{0};

private:
    std::shared_ptr<const crypto::JwtVerifier> verifier_;
};

class CallersJwtTest : public SharedKeysTest {
protected:
    CallersJwtTest() { keys_.publish("first"); }

    Result<Principal> call_by_key(const std::string& key_id, std::string_view spoilt = "") {
        const auto part = [](const boost::json::object& json) {
            const std::string text = boost::json::serialize(json);
            return crypto::to_base64url(crypto::bytes_of(text));
        };
        const std::int64_t expiry = clock_.now_seconds().time_since_epoch().count() + 60;
        std::string token = part({{"alg", "ES256"}, {"kid", key_id}}) + "." + part({{"sub", "me"}, {"exp", expiry}});
        const std::string signature = evergrant::testing::SigningKey::p256().sign(
            evergrant::testing::signing_method("ES256"), token + std::string(spoilt));
        token += "." + crypto::to_base64url(crypto::bytes_of(signature));
        auto wanted = parts();
        wanted.jwt = &keys_;
        Authenticator authenticator(std::move(wanted));
        return run(authenticator.authenticate("Bearer " + token));
    }

    ChangingKeys keys_;
};

TEST_F(CallersJwtTest, an_unknown_key_is_looked_for_again) {
    keys_.next_ = "second";

    EXPECT_TRUE(call_by_key("second"));
    EXPECT_EQ(keys_.looked_, 1U);
}

TEST_F(CallersJwtTest, a_key_that_is_not_found_then_is_refused) {
    EXPECT_EQ(call_by_key("third").error().code, Errc::invalid_credentials);
    EXPECT_EQ(keys_.looked_, 1U);
}

TEST_F(CallersJwtTest, a_known_key_is_never_looked_for_whatever_it_signed) {
    EXPECT_TRUE(call_by_key("first"));
    EXPECT_FALSE(call_by_key("first", "spoilt"));
    EXPECT_EQ(keys_.looked_, 0U);
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

TEST_F(AuthenticatorTest, a_batch_counts_as_its_size) {
    options_.limit_per_key = {.per_second = 0.2, .burst = 100};
    const std::string key = new_key({});
    const auto caller = call_with("Bearer " + key);
    ASSERT_TRUE(caller);

    use_cases().authenticator.charge(*caller, 1000);

    const auto refused = call_with("Bearer " + key);
    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_GT(refused.error().retry_after, std::chrono::hours(1));
}

TEST_F(AuthenticatorTest, only_the_secrets_hash_is_stored) {
    const std::string key = new_key({});

    const auto stored_key = run(store_->find_api_key(key.substr(3, key.find('_', 3) - 3)));

    EXPECT_EQ((*stored_key)->secret_hash.size(), 32U);
    EXPECT_EQ((*stored_key)->secret_hash.find(key.substr(20)), std::string::npos);
}

}  // namespace evergrant::broker
