//
// How we prove to a provider who we are, when a code is exchanged and when a token is refreshed.
//
#include "authorizer_fixture.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"
#include "crypto/strict_json.h"

#include <algorithm>

namespace evergrant::broker {

class SeveralSecretsTest : public AuthorizerTest {
protected:
    void SetUp() override {
        AuthorizerTest::SetUp();
        CredentialsGiven given;
        given.provider = "demo";
        given.client_id = "our-client";
        for (const char* secret : {"old", "new", "newest"})
            given.client_secrets.emplace_back(secret);
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }

    /// The provider accepts one secret.
    void expect(const std::string& secret) {
        const std::string pair = "our-client:" + secret;
        const std::string header = "Basic " + crypto::to_base64(crypto::bytes_of(pair));
        provider_.answers([header](const net::ClientRequest& request) -> Result<net::ClientAnswer> {
            const bool right =
                std::ranges::any_of(request.headers, [&header](const auto& one) { return one.second == header; });
            net::ClientAnswer answer;
            answer.status = right ? 200 : 401;
            answer.headers.emplace_back("content-type", "application/json");
            answer.body = right ? token_answer("token-2", "refresh-2") : R"({"error":"invalid_client"})";
            return answer;
        });
    }
};

TEST_F(SeveralSecretsTest, are_tried_in_order_until_the_provider_takes_one) {
    expect("new");
    const auto link = started();

    ASSERT_TRUE(come_back("code=the-code&state=" + link.state)->succeeded);

    EXPECT_EQ(provider_.requests(), 2U);
}

TEST_F(SeveralSecretsTest, are_tried_at_zohos_word_for_a_wrong_one_too) {
    std::size_t refusals = 1;
    provider_.answers([refusals](const net::ClientRequest&) mutable -> Result<net::ClientAnswer> {
        net::ClientAnswer answer;
        answer.status = refusals == 0 ? 200 : 400;
        answer.headers.emplace_back("content-type", "application/json");
        answer.body = refusals == 0 ? token_answer("token-2", "refresh-2") : R"({"error":"invalid_client_secret"})";
        refusals = 0;
        return answer;
    });
    std::string entry(demo_provider);
    const auto problems = catalog_.add(
        entry + "errors:\n  - {error: invalid_client_secret, means: app_misconfigured}\n", "demo_like_zoho.yaml");
    ASSERT_TRUE(problems.empty());
    const auto link = started();

    EXPECT_TRUE(come_back("code=the-code&state=" + link.state)->succeeded);

    EXPECT_EQ(provider_.requests(), 2U);
}

TEST_F(SeveralSecretsTest, may_each_have_signed_a_callback) {
    std::string entry(demo_provider);
    ASSERT_TRUE(catalog_.add(entry + "callback: {verify_hmac: true}\n", "demo_like_shopify.yaml").empty());
    const auto signed_by = [](const std::string& secret, const std::string& state) {
        const std::string query = "code=the-code&state=" + state;
        return query + "&hmac=" + crypto::to_hex(crypto::hmac_sha256(crypto::bytes_of(secret), query));
    };
    expect("old");

    EXPECT_TRUE(come_back(signed_by("new", started().state))->succeeded);
    EXPECT_EQ(come_back(signed_by("nobody's", started().state))->reason, "invalid_state");
}

TEST_F(SeveralSecretsTest, are_each_tried_once) {
    expect("lost");
    const auto link = started();

    EXPECT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);

    EXPECT_EQ(provider_.requests(), 3U);
}

TEST_F(SeveralSecretsTest, are_not_tried_when_something_else_is_refused) {
    provider_.answers(400, R"({"error":"invalid_grant"})");
    const auto link = started();

    EXPECT_FALSE(come_back("code=the-code&state=" + link.state)->succeeded);

    EXPECT_EQ(provider_.requests(), 1U);
}

TEST_F(SeveralSecretsTest, are_tried_in_one_refresh_under_one_lease) {
    expect("newest");
    add_grant(std::chrono::seconds(0));

    const auto token = read();

    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->access_token.reveal(), "token-2");
    EXPECT_EQ(provider_.requests(), 3U);
    EXPECT_EQ(stored().summary.generation, 2U);
}

TEST_F(SeveralSecretsTest, that_are_changed_are_used_at_once) {
    expect("new");
    add_grant();
    ASSERT_TRUE(read({}, true));
    expect("another");
    CredentialsGiven given;
    given.provider = "demo";
    given.client_id = "our-client";
    given.client_secrets.emplace_back("another");
    ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    clock_.advance(std::chrono::minutes(1));
    const std::size_t before = provider_.requests();

    const auto token = read(std::chrono::hours(2));

    ASSERT_TRUE(token);
    EXPECT_FALSE((*token)->degraded);
    EXPECT_EQ(provider_.requests(), before + 1);
}

class MissingProofTest : public AuthorizerTest, public ::testing::WithParamInterface<const char*> {
protected:
    MissingProofTest() {
        std::string entry(demo_provider);
        entry.replace(entry.find("id: demo"), 8, "id: proving");
        const auto problems = catalog_.add(entry + "client_auth: " + GetParam() + "\n", "proving.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
    }
    void SetUp() override {
        AuthorizerTest::SetUp();
        CredentialsGiven given;
        given.provider = "proving";
        given.client_id = "our-client";
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
    }
};

TEST_P(MissingProofTest, is_told_before_anybody_is_sent_to_the_provider) {
    auto wanted = order();
    wanted.provider = "proving";

    const auto refused = run(use_cases().authorizer.start(std::move(wanted)));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::missing_app_credentials);
    EXPECT_NE(
        refused.error().message.find(GetParam() == std::string_view("private_key_jwt") ? "signing-keys create RS256"
                                                                                       : "tls_client.certificate"),
        std::string::npos);
}

TEST_P(MissingProofTest, spends_no_refresh_token) {
    storage::NewGrant grant;
    grant.key = acme_demo;
    grant.provider = ProviderId("proving");
    grant.tokens.access_token = SecretString("token-1");
    grant.tokens.refresh_token = SecretString("refresh-1");
    grant.tokens.expires_at = clock_.now_seconds();
    ASSERT_TRUE(run(store_->save_grant(std::move(grant))));

    const auto refused = read();

    EXPECT_EQ(refused.error().code, Errc::missing_app_credentials);
    EXPECT_EQ(provider_.requests(), 0U);
    EXPECT_EQ(stored().summary.status, storage::ConnectionStatus::healthy);
}

INSTANTIATE_TEST_SUITE_P(Authorizer, MissingProofTest, ::testing::Values("private_key_jwt", "tls_client_auth"),
                         [](const auto& method) { return std::string(method.param); });

class SignedProofTest : public AuthorizerTest {
protected:
    SignedProofTest() {
        std::string entry(demo_provider);
        entry.replace(entry.find("id: demo"), 8, "id: proving");
        const auto problems = catalog_.add(
            entry + "issuer: https://accounts.example.com\nclient_auth: private_key_jwt\nassertion_algorithm: ES256\n",
            "proving.yaml");
        if (!problems.empty())
            throw std::runtime_error(problems.front().to_string());
    }
    void SetUp() override {
        AuthorizerTest::SetUp();
        CredentialsGiven given;
        given.provider = "proving";
        given.client_id = "our-client";
        ASSERT_TRUE(run(use_cases().administration.save_credentials(std::move(given))));
        ASSERT_TRUE(run(use_cases().signing_keys.create("ES256")));
        storage::NewGrant grant;
        grant.key = acme_demo;
        grant.provider = ProviderId("proving");
        grant.tokens.access_token = SecretString("token-1");
        grant.tokens.refresh_token = SecretString("refresh-1");
        grant.tokens.expires_at = clock_.now_seconds();
        ASSERT_TRUE(run(store_->save_grant(std::move(grant))));
    }

    /// The claims of the assertion in a request's form, verified by what we publish.
    boost::json::object claims_in(const std::string& form) {
        const std::string name = "client_assertion=";
        const std::size_t begin = form.find(name) + name.size();
        const std::string token = form.substr(begin, form.find('&', begin) - begin);
        const auto keys = crypto::JwtKeys::from_jwks(run(use_cases().signing_keys.published()).value());
        return crypto::parse_strict_object(keys->open(token)->payload).value();
    }
};

TEST_F(SignedProofTest, is_an_assertion_for_the_issuer_that_our_published_keys_verify) {
    ASSERT_TRUE(read());

    const auto claims = claims_in(provider_.bodies().back());
    EXPECT_EQ(claims.at("iss").as_string(), "our-client");
    EXPECT_EQ(claims.at("sub").as_string(), "our-client");
    EXPECT_EQ(claims.at("aud").as_string(), "https://accounts.example.com");
    EXPECT_EQ(claims.at("exp").as_int64(), clock_.now_seconds().time_since_epoch().count() + 120);
}

TEST_F(SignedProofTest, is_never_the_same_twice) {
    ASSERT_TRUE(read());
    const auto first = claims_in(provider_.bodies().back());
    clock_.advance(std::chrono::minutes(1));
    ASSERT_TRUE(read({}, true));

    EXPECT_NE(claims_in(provider_.bodies().back()).at("jti"), first.at("jti"));
}

TEST_F(SignedProofTest, of_a_key_that_is_gone_spends_no_refresh_token) {
    ASSERT_TRUE(run(use_cases().signing_keys.remove(run(use_cases().signing_keys.list()).value().front().id)));
    const std::size_t before = provider_.requests();

    const auto refused = read();

    EXPECT_EQ(refused.error().code, Errc::missing_app_credentials);
    EXPECT_EQ(provider_.requests(), before);
    EXPECT_FALSE(stored().summary.intent);
}

}  // namespace evergrant::broker
