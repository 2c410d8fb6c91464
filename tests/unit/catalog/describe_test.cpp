#include "catalog/catalog.h"
#include "reading.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace evergrant::catalog {
namespace {

TEST(DescribeTest, shows_all_that_a_caller_needs) {
    const Provider provider = testing::read(
        "id: acme\n"
        "name: Acme\n"
        "documentation_url: https://acme.example/docs\n"
        "logo: acme\n"
        "grant_types: [authorization_code, jwt_bearer]\n"
        "issuer: https://acme.example\n"
        "authorization_url: https://${params.shop}.acme.example/authorize\n"
        "token_url: https://acme.example/token\n"
        "revocation_url: https://acme.example/revoke\n"
        "revocation_style: bearer\n"
        "revocation_ends: token\n"
        "api_base_url: ${metadata.api}\n"
        "authorization_header: X-Token\n"
        "authorization_scheme: ''\n"
        "client_auth: ${params.method}\n"
        "assertion_audience: token_url\n"
        "pkce: none\n"
        "scopes: [read]\n"
        "scope_separator: ','\n"
        "authorization_params: {prompt: consent}\n"
        "token_params: {expiring: '1'}\n"
        "refresh: {policy: rotates_with_grace, grace_seconds: 30, idle_days: 60, lifetime_days: 90}\n"
        "access_token_lifetime_seconds: 3600\n"
        "refresh_budget: {tokens: 10, window_seconds: 600}\n"
        "budgets: {provider: {requests: 600, seconds: 60}, app: {requests: 100, seconds: 30}}\n"
        "parameters:\n"
        "  - {name: shop, description: The shop., example: acme, pattern: '[a-z]+', default: main}\n"
        "  - {name: method, allowed: [none], required: true}\n"
        "metadata: [{name: api, allowed: ['https://api.acme.example']}]\n"
        "health_probe: /me\n");

    const boost::json::value expected = boost::json::parse(R"({
        "id": "acme", "name": "Acme", "documentationUrl": "https://acme.example/docs", "logo": "acme",
        "grantTypes": ["authorization_code", "jwt_bearer"],
        "issuer": "https://acme.example", "discovery": false,
        "authorizationUrl": "https://${params.shop}.acme.example/authorize",
        "tokenUrl": "https://acme.example/token",
        "revocationUrl": "https://acme.example/revoke", "revocationStyle": "bearer",
        "revocationEnds": "token",
        "apiBaseUrl": "${metadata.api}", "authorizationHeader": "X-Token", "authorizationScheme": "",
        "healthProbe": "/me", "clientAuth": "${params.method}", "assertionAudience": "token_url",
        "jwtBearer": {"scope": "request"}, "pkce": "none",
        "scopes": ["read"], "scopeSeparator": ",",
        "authorizationParams": {"prompt": "consent"}, "tokenParams": {"expiring": "1"},
        "refresh": {"policy": "rotates_with_grace", "graceSeconds": 30, "idleDays": 60, "lifetimeDays": 90},
        "accessTokenLifetimeSeconds": 3600, "refreshBudget": {"tokens": 10, "windowSeconds": 600},
        "budgets": {"provider": {"requests": 600, "seconds": 60}, "app": {"requests": 100, "seconds": 30}},
        "parameters": [
            {"name": "shop", "required": false, "description": "The shop.", "example": "acme", "pattern": "[a-z]+",
             "default": "main"},
            {"name": "method", "required": true, "allowed": ["none"]}],
        "metadata": [{"name": "api", "required": false, "allowed": ["https://api.acme.example"]}]})");
    EXPECT_EQ(boost::json::value(describe(provider)), expected);
}

TEST(DescribeTest, leaves_out_what_a_provider_does_not_have) {
    const boost::json::object described = describe(testing::read_with(""));

    for (const std::string_view key : {"logo", "issuer", "authorizationUrl", "apiBaseUrl", "accessTokenLifetimeSeconds",
                                       "refreshBudget", "healthProbe", "documentationUrl"})
        EXPECT_FALSE(described.contains(key)) << key;
    EXPECT_EQ(described.at("clientAuth"), "client_secret_basic");
    EXPECT_EQ(described.at("refresh"), (boost::json::object{{"policy", "rotates_strictly"}}));
}

TEST(DescribeTest, every_word_of_the_catalogue_has_its_name) {
    EXPECT_EQ(name_of(GrantType::client_credentials), "client_credentials");
    EXPECT_EQ(name_of(RefreshPolicyKind::is_static), "static");
    EXPECT_EQ(name_of(Pkce::s256), "S256");
    EXPECT_EQ(name_of(AssertionAudience::issuer), "issuer");
}

TEST(DescribeTest, a_folded_description_is_one_line) {
    const Provider provider = testing::read_with(
        "parameters:\n  - name: shop\n    pattern: '[a-z]+'\n    description: |\n      The shop,\n      by name.\n");

    EXPECT_EQ(provider.parameters.at(0).description, "The shop, by name.");
}

}  // namespace
}  // namespace evergrant::catalog
