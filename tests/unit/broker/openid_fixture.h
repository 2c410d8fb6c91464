#pragma once
//
// For tests of authorizations at an OpenID issuer: an entry that names its keys, id_tokens signed by them, and answers
// to questions.
//
#include "authorizer_fixture.h"
#include "signing_key.h"

namespace evergrant::broker {

using boost::json::object;
using evergrant::testing::key_set;
using evergrant::testing::SigningKey;

inline constexpr std::string_view demo_with_openid = R"(id: demo
name: Demo
grant_types: [authorization_code, refresh_token]
issuer: https://accounts.example.com
jwks_url: https://accounts.example.com/keys
authorization_url: https://accounts.example.com/authorize
token_url: https://accounts.example.com/token
revocation_url: https://accounts.example.com/revoke
scopes: [openid, read]
refresh: {policy: rotates_strictly}
)";

inline object jwk(const SigningKey& key, std::string_view key_id) {
    object jwk = key.jwk();
    jwk["kid"] = key_id;
    return jwk;
}

/// The answer of the browser that was asked, or of one with this cookie.
inline AnswerReceived reply_to(const AuthorizationQuestion& question, bool yes,
                               std::optional<std::string> browser = std::nullopt) {
    AnswerReceived answer;
    answer.handle = question.handle.clone();
    answer.browser_secret = browser ? SecretString(std::move(*browser)) : question.browser_secret.clone();
    answer.yes = yes;
    return answer;
}

class OpenIdStage : public AuthorizerTest {
protected:
    void SetUp() override {
        ASSERT_TRUE(catalog_.add(demo_with_openid, "demo.yaml").empty());
        AuthorizerTest::SetUp();
        provider_.answers([this](const net::ClientRequest& request) { return answer(request); });
    }

    /// What was refused is revoked in the background, by `answer`.
    void TearDown() override { let_background_work_end(); }

    Result<net::ClientAnswer> answer(const net::ClientRequest& request) {
        net::ClientAnswer answer{.status = 200, .headers = {{"content-type", "application/json"}}, .body = "{}"};
        if (request.url.ends_with("/keys")) {
            if (keys_are_away_)
                return failure(Errc::provider_unreachable, "The provider is away.");
            answer.body = published_;
        } else if (request.url.ends_with("/token")) {
            answer.body = token_answer(access_token_, refresh_token_);
            if (!id_token_.empty())
                answer.body.insert(1, R"("id_token":")" + id_token_ + R"(",)");
            if (rotates_when_it_signs_)
                published_ = key_set({jwk(SigningKey::p256(), "second")});
        }
        return answer;
    }

    [[nodiscard]] object claims(const AuthorizationStarted& link) const {
        const auto now = clock_.now_seconds().time_since_epoch().count();
        return {{"iss", "https://accounts.example.com"},
                {"sub", "ada-1815"},
                {"aud", "our-client"},
                {"exp", now + 3600},
                {"iat", now},
                {"nonce", query_value(link.url, "nonce")},
                {"email", "ada@acme.example"},
                {"name", "Ada"}};
    }
    static std::string signed_first(const object& claims) {
        return evergrant::testing::sign_compact(SigningKey::rsa(), "RS256", R"({"alg":"RS256","kid":"first"})",
                                                boost::json::serialize(claims));
    }
    static std::string signed_second(const object& claims) {
        return evergrant::testing::sign_compact(SigningKey::p256(), "ES256", R"({"alg":"ES256","kid":"second"})",
                                                boost::json::serialize(claims));
    }
    [[nodiscard]] std::size_t key_fetches() const {
        return static_cast<std::size_t>(std::ranges::count(provider_.urls(), "https://accounts.example.com/keys"));
    }
    bool has_grant() { return run(store_->find_connection(acme_demo)).value().has_value(); }

    std::string id_token_;
    std::string access_token_ = "token-2";
    std::string refresh_token_ = "refresh-2";
    std::string published_ = key_set({jwk(SigningKey::rsa(), "first")});
    bool keys_are_away_{false};
    bool rotates_when_it_signs_{false};
};

}  // namespace evergrant::broker
