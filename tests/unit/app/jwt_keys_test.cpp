#include "app/jwt_keys.h"

#include "scripted_provider.h"
#include "signing_key.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/array.hpp>

#include <string>

namespace evergrant::app {

class CallersJwtKeysTest : public ::testing::Test {
protected:
    CallersJwtKeysTest() {
        settings_.jwks_url = "https://id.example.com/keys";
        shards_.start();
    }
    ~CallersJwtKeysTest() override { shards_.stop(async::Deadline::after(std::chrono::seconds(5))); }

    void publish(const std::string& key_id) {
        boost::json::object jwk = evergrant::testing::SigningKey::p256().jwk();
        jwk["kid"] = key_id;
        jwk["alg"] = "ES256";
        issuer_.answers(200, boost::json::serialize(boost::json::object{{"keys", boost::json::array{jwk}}}));
    }

    CallersJwtKeys& keys(JwtKeyTimes times = {}) {
        auto make = [this](async::Shard&) -> std::unique_ptr<net::HttpClient> {
            return std::make_unique<evergrant::testing::ScriptedClient>(issuer_);
        };
        keys_ = std::make_unique<CallersJwtKeys>(settings_, shards_[0], std::move(make), times);
        return *keys_;
    }

    template <class T>
    T run(async::Task<T> task) {
        return boost::asio::co_spawn(shards_[1].context(), std::move(task), boost::asio::use_future).get();
    }
    Result<void> start() {
        return boost::asio::co_spawn(shards_[0].context(), keys_->start(), boost::asio::use_future).get();
    }

    bool knows(const std::string& key_id) const {
        const std::string header = R"({"alg":"ES256","kid":")" + key_id + R"("})";
        return !keys_->current()->lacks_key_of(crypto::to_base64url(crypto::bytes_of(header)) + ".e30.c2ln");
    }

    JwtSettings settings_;
    evergrant::testing::ScriptedProvider issuer_;
    async::Shards shards_{2};
    std::unique_ptr<CallersJwtKeys> keys_;
};

TEST_F(CallersJwtKeysTest, a_key_that_came_later_is_found_when_it_is_asked_for) {
    publish("first");
    keys();
    ASSERT_TRUE(start());
    publish("second");

    EXPECT_FALSE(knows("second"));
    EXPECT_TRUE(run(keys_->look_again()));

    EXPECT_TRUE(knows("second"));
    EXPECT_FALSE(knows("first"));
}

TEST_F(CallersJwtKeysTest, who_names_unknown_keys_cannot_have_them_fetched_more_than_twice_a_minute) {
    publish("first");
    keys();
    ASSERT_TRUE(start());

    for (int times = 0; times < 10; ++times)
        static_cast<void>(run(keys_->look_again()));

    EXPECT_EQ(issuer_.requests(), 2U);
}

TEST_F(CallersJwtKeysTest, a_fetch_that_fails_leaves_the_keys_of_before) {
    publish("first");
    keys({.between_looks = std::chrono::milliseconds(0)});
    ASSERT_TRUE(start());

    issuer_.fails(Errc::provider_timeout);
    EXPECT_FALSE(run(keys_->look_again()));
    issuer_.answers(200, "{}");
    EXPECT_FALSE(run(keys_->look_again()));
    issuer_.answers(503, "");
    EXPECT_FALSE(run(keys_->look_again()));

    EXPECT_TRUE(knows("first"));
}

TEST_F(CallersJwtKeysTest, no_start_without_keys) {
    issuer_.fails(Errc::provider_unreachable);
    keys();

    const auto begun = start();

    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().message,
              "jwt.jwks_url https://id.example.com/keys cannot be fetched: The provider is away.");
}

TEST_F(CallersJwtKeysTest, a_shared_secret_is_never_fetched) {
    settings_.jwks_url.clear();
    settings_.secret = SecretString("0123456789abcdef0123456789abcdef");
    keys();
    ASSERT_TRUE(start());

    EXPECT_FALSE(run(keys_->look_again()));
    EXPECT_TRUE(knows("any"));
    EXPECT_EQ(issuer_.requests(), 0U);
}

}  // namespace evergrant::app
