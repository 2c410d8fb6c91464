#include "reading.h"

#include <gtest/gtest.h>

namespace evergrant::catalog {
namespace {

using testing::problems_of;
using testing::read;

constexpr std::string_view signing = R"(id: signing
name: Signing
grant_types: [client_credentials, jwt_bearer]
issuer: https://issuer.example
token_url: https://issuer.example/token
client_auth: private_key_jwt
assertion_algorithm: ${params.assertion_algorithm}
assertion_key: ${params.signing_key}
jwt_bearer: {subject: "${params.subject}", audience: account.example, scope: assertion}
parameters:
  - {name: assertion_algorithm, description: What signs., allowed: [RS384, ES384]}
  - {name: signing_key, description: Which key signs., pattern: "[A-Za-z0-9_-]+"}
  - {name: subject, description: For whom., pattern: "[!-~]+"}
)";

Endpoints endpoints() {
    Endpoints endpoints;
    endpoints.issuer = "https://issuer.example";
    endpoints.token_url = "https://issuer.example/token";
    return endpoints;
}

TEST(AssertionsTest, of_a_client_are_for_the_issuer_unless_the_entry_says_the_token_url) {
    Provider provider = read(signing);
    EXPECT_EQ(client_assertion_for(provider, {}, endpoints()).audience, "https://issuer.example");

    provider.assertion_audience = AssertionAudience::token_url;
    EXPECT_EQ(client_assertion_for(provider, {}, endpoints()).audience, "https://issuer.example/token");
}

TEST(AssertionsTest, without_an_issuer_are_for_the_token_url) {
    Endpoints without = endpoints();
    without.issuer.clear();

    EXPECT_EQ(client_assertion_for(read(signing), {}, without).audience, "https://issuer.example/token");
}

TEST(AssertionsTest, are_signed_as_the_parameters_choose_and_else_by_rs256) {
    const Provider provider = read(signing);

    EXPECT_EQ(client_assertion_for(provider, {}, endpoints()).algorithm, "RS256");
    const Assertion chosen =
        client_assertion_for(provider, {{"assertion_algorithm", "ES384"}, {"signing_key", "key-1"}}, endpoints());
    EXPECT_EQ(chosen.algorithm, "ES384");
    EXPECT_EQ(chosen.key_id, "key-1");
}

TEST(AssertionsTest, of_a_grant_name_subject_and_audience_of_their_own) {
    const Assertion grant = grant_assertion_for(read(signing), {{"subject", "ada@example.com"}}, endpoints());

    EXPECT_EQ(grant.audience, "account.example");
    EXPECT_EQ(grant.subject, "ada@example.com");
}

TEST(AssertionsTest, that_no_key_of_ours_could_sign_are_told_when_the_entry_is_read) {
    const std::string entry(testing::minimal);

    EXPECT_EQ(problems_of(entry + "assertion_algorithm: HS256\n").size(), 1U);
    EXPECT_EQ(problems_of(entry + "assertion_algorithm: ${params.algorithm}\nparameters:\n"
                                  "  - {name: algorithm, description: What signs., pattern: \"[A-Z0-9]+\"}\n")
                  .size(),
              1U);
    EXPECT_TRUE(problems_of(entry + "assertion_algorithm: PS512\n").empty());
}

}  // namespace
}  // namespace evergrant::catalog
