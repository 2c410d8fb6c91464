//
// The entries that come with the program, each by what must be true of its provider.
//
#include "catalog/catalog.h"
#include "catalog/embedded.h"
#include "oauth/token_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace evergrant::catalog {
namespace {

using oauth::FailureClass;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class BuiltInCatalogTest : public ::testing::Test {
protected:
    const Provider& provider(const std::string& id) const { return *catalog_.find(ProviderId(id)); }

    Endpoints endpoints(const std::string& id, const Parameters& given) const {
        return resolve_endpoints(provider(id), check_parameters(provider(id), given).value()).value();
    }

    std::string api_base(const std::string& id, const Parameters& given, const boost::json::object& metadata) const {
        return resolve_api_base(provider(id), check_parameters(provider(id), given).value(), metadata).value();
    }

    FailureClass meaning(const std::string& id, unsigned status, std::string_view body) const {
        oauth::BackChannelAnswer answer;
        answer.status = status;
        answer.content_type = "application/json";
        answer.body = body;
        return oauth::classify(answer, provider(id).errors, sys_seconds{}).failure;
    }

    Catalog catalog_{Catalog::built_in()};
};

TEST_F(BuiltInCatalogTest, holds_its_entries_and_not_their_abstract_base) {
    std::vector<std::string> ids;
    for (const Provider* entry : catalog_.all())
        ids.push_back(entry->id.str());

    EXPECT_THAT(ids, ElementsAre("cerner", "clio", "custom_crm", "docusign", "epic", "google_service_account", "hubspot", "oauth2",
                                 "oidc", "salesforce", "shopify", "smart", "zoho_calendar", "zoho_crm"));
}

TEST_F(BuiltInCatalogTest, is_what_stands_in_the_folder_of_the_sources) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(EVERGRANT_SOURCE_DIR "/catalog")) {
        if (entry.path().extension() != ".yaml")
            continue;
        ++files;
        std::ifstream stream(entry.path());
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        const std::string name = "catalog/" + entry.path().filename().string();
        const auto embedded = std::ranges::find(embedded_files(), name, &EmbeddedFile::name);
        ASSERT_NE(embedded, embedded_files().end()) << name;
        EXPECT_EQ(embedded->text, text) << name;
    }
    EXPECT_EQ(files, embedded_files().size());
}

TEST_F(BuiltInCatalogTest, is_documented_and_uses_pkce_everywhere) {
    for (const Provider* entry : catalog_.all()) {
        EXPECT_THAT(entry->documentation_url, StartsWith("https://")) << entry->id.str();
        EXPECT_EQ(entry->pkce, Pkce::s256) << entry->id.str();
        EXPECT_FALSE(entry->logo.empty()) << entry->id.str();
    }
}

TEST_F(BuiltInCatalogTest, every_parameter_says_what_it_is) {
    for (const Provider* entry : catalog_.all())
        for (const ValueRule& rule : entry->parameters)
            EXPECT_FALSE(rule.description.empty()) << entry->id.str() << " " << rule.name;
}

TEST_F(BuiltInCatalogTest, zoho_is_asked_at_the_accounts_server_of_the_data_centre) {
    EXPECT_EQ(endpoints("zoho_crm", {}).authorization_url, "https://accounts.zoho.com/oauth/v2/auth");
    EXPECT_EQ(endpoints("zoho_crm", {{"accounts_server", "https://accounts.zohocloud.ca"}}).token_url,
              "https://accounts.zohocloud.ca/oauth/v2/token");
    EXPECT_EQ(endpoints("zoho_calendar", {{"accounts_server", "https://accounts.zoho.eu"}}).revocation_url,
              "https://accounts.zoho.eu/oauth/v2/token/revoke");
}

TEST_F(BuiltInCatalogTest, zohos_callback_moves_a_connection_to_its_data_centre) {
    const auto moved = apply_callback(provider("zoho_crm"), check_parameters(provider("zoho_crm"), {}).value(),
                                      {{"accounts-server", "https://accounts.zoho.in"}, {"location", "in"}});

    EXPECT_EQ(moved.value().at("accounts_server"), "https://accounts.zoho.in");
    EXPECT_EQ(kept_of_callback(provider("zoho_crm"), {{"location", "in"}}).at("location"), "in");
}

TEST_F(BuiltInCatalogTest, zohos_secret_goes_to_no_other_server) {
    for (const std::string server :
         {"https://accounts.zoho.evil.example", "https://accounts.zoho.com.evil.example", "http://accounts.zoho.com",
          "https://accounts.zoho.com/", "https://accounts.zoho.com@evil.example", "https://ACCOUNTS.zoho.com"})
        EXPECT_FALSE(apply_callback(provider("zoho_crm"), {}, {{"accounts-server", server}})) << server;
}

TEST_F(BuiltInCatalogTest, zohos_api_is_where_the_token_response_says_if_that_is_zohos) {
    EXPECT_EQ(api_base("zoho_crm", {}, {{"api_domain", "https://www.zohoapis.com.au"}}), "https://www.zohoapis.com.au");
    EXPECT_FALSE(resolve_api_base(provider("zoho_crm"), {}, {{"api_domain", "https://www.zohoapis.evil.example"}}));
}

TEST_F(BuiltInCatalogTest, zohos_calendar_has_a_host_in_every_data_centre) {
    const auto& servers = provider("zoho_calendar").parameters.at(0).allowed;

    for (const std::string& server : servers) {
        const std::string base = api_base("zoho_calendar", {{"accounts_server", server}}, {});
        EXPECT_EQ(base, "https://calendar" + server.substr(std::string("https://accounts").size()));
    }
    EXPECT_EQ(api_base("zoho_calendar", {}, {}), "https://calendar.zoho.com");
}

TEST_F(BuiltInCatalogTest, zohos_errors_mean_what_they_mean_whatever_the_status) {
    const std::string_view throttled =
        R"({"error":"Access Denied","error_description":"You have made too many requests continuously."})";

    for (const unsigned status : {200U, 400U}) {
        EXPECT_EQ(meaning("zoho_crm", status, throttled), FailureClass::throttled);
        EXPECT_EQ(meaning("zoho_crm", status, R"({"error":"invalid_code"})"), FailureClass::dead_grant);
        EXPECT_EQ(meaning("zoho_crm", status, R"({"error":"invalid_client"})"), FailureClass::app_misconfigured);
        EXPECT_EQ(meaning("zoho_crm", status, R"({"error":"invalid_client_secret"})"), FailureClass::app_misconfigured);
        EXPECT_EQ(meaning("zoho_crm", status, R"({"error":"general_error"})"), FailureClass::provider_unavailable);
    }
}

TEST_F(BuiltInCatalogTest, zoho_has_its_own_word_budget_and_way_to_revoke) {
    const Provider& zoho = provider("zoho_crm");

    EXPECT_EQ(zoho.authorization_scheme, "Zoho-oauthtoken");
    EXPECT_EQ(zoho.revocation_style, oauth::RevocationStyle::query_token);
    EXPECT_EQ(zoho.refresh.kind, RefreshPolicyKind::is_static);
    EXPECT_EQ(zoho.refresh_budget.value().tokens, 10U);
    EXPECT_EQ(zoho.refresh_budget->window, std::chrono::seconds{600});
    EXPECT_EQ(expand_all(zoho.authorization_params, {}).value(),
              (std::map<std::string, std::string>{{"access_type", "offline"}, {"prompt", "consent"}}));
}

TEST_F(BuiltInCatalogTest, salesforce_signs_in_at_its_own_hosts_alone) {
    EXPECT_EQ(endpoints("salesforce", {}).token_url, "https://login.salesforce.com/services/oauth2/token");
    EXPECT_EQ(endpoints("salesforce", {{"login_host", "acme--dev.sandbox.my.salesforce.com"}}).authorization_url,
              "https://acme--dev.sandbox.my.salesforce.com/services/oauth2/authorize");
    for (const std::string host : {"evil.example", "login.salesforce.com.evil.example", "loginXsalesforce.com",
                                   "acme.salesforce.com", "my.salesforce.com", "-.my.salesforce.com/@evil.example"})
        EXPECT_FALSE(check_parameters(provider("salesforce"), {{"login_host", host}})) << host;
}

TEST_F(BuiltInCatalogTest, salesforces_token_goes_to_salesforce_alone) {
    EXPECT_EQ(api_base("salesforce", {}, {{"instance_url", "https://acme.my.salesforce.com"}}),
              "https://acme.my.salesforce.com");
    for (const std::string_view url : {"http://acme.my.salesforce.com", "https://salesforce.com.evil.example",
                                       "https://evil.example/.salesforce.com", "https://evilsalesforce.com"})
        EXPECT_FALSE(resolve_api_base(provider("salesforce"), {}, {{"instance_url", boost::json::string_view(url)}}))
            << url;
}

TEST_F(BuiltInCatalogTest, salesforce_never_says_how_long_a_token_lives) {
    EXPECT_EQ(provider("salesforce").access_token_lifetime, std::chrono::seconds{7200});
}

TEST_F(BuiltInCatalogTest, a_salesforce_login_limit_kills_no_connection) {
    EXPECT_EQ(meaning("salesforce", 400, R"({"error":"invalid_grant","error_description":"login rate exceeded"})"),
              FailureClass::throttled);
    EXPECT_EQ(
        meaning("salesforce", 400, R"({"error":"invalid_grant","error_description":"expired access/refresh token"})"),
        FailureClass::dead_grant);
}

TEST_F(BuiltInCatalogTest, hubspot_has_moved_to_the_third_version_of_its_endpoints) {
    EXPECT_EQ(endpoints("hubspot", {}).token_url, "https://api.hubapi.com/oauth/v3/token");
    EXPECT_EQ(meaning("hubspot", 400, R"({"status":"BAD_REFRESH_TOKEN","message":"missing or unknown refresh token"})"),
              FailureClass::dead_grant);
    EXPECT_EQ(meaning("hubspot", 400, R"({"status":"BAD_CLIENT_ID"})"), FailureClass::app_misconfigured);
}

TEST_F(BuiltInCatalogTest, hubspots_optional_scopes_are_sent_if_there_are_any) {
    EXPECT_THAT(expand_all(provider("hubspot").authorization_params, {}).value(), IsEmpty());
    EXPECT_EQ(expand_all(provider("hubspot").authorization_params, {{"optional_scope", "content automation"}})
                  .value()
                  .at("optional_scope"),
              "content automation");
}

TEST_F(BuiltInCatalogTest, epic_is_its_sandbox_until_a_hospital_is_named) {
    EXPECT_EQ(api_base("epic", {}, {}), "https://fhir.epic.com/interconnect-fhir-oauth/api/FHIR/R4");
    EXPECT_EQ(api_base("epic", {{"fhirBaseUrl", "https://ehr.example/fhir"}}, {}), "https://ehr.example/fhir");
    EXPECT_EQ(provider("epic").assertion_audience, AssertionAudience::token_url);
    EXPECT_FALSE(check_parameters(provider("epic"), {{"fhirBaseUrl", "http://ehr.example/fhir"}}));
}

TEST_F(BuiltInCatalogTest, smart_tells_the_server_which_fhir_base_is_meant) {
    const Parameters params =
        check_parameters(provider("epic"), {{"fhirBaseUrl", "https://ehr.hospital.example/R4"}, {"launch", "abc"}})
            .value();

    EXPECT_EQ(expand_all(provider("epic").authorization_params, params).value(),
              (std::map<std::string, std::string>{{"aud", "https://ehr.hospital.example/R4"}, {"launch", "abc"}}));
}

TEST_F(BuiltInCatalogTest, an_epic_app_authenticates_as_it_was_registered) {
    EXPECT_EQ(client_auth_for(provider("epic"), {{"client_auth", "private_key_jwt"}}),
              oauth::ClientAuthMethod::private_key_jwt);
    EXPECT_EQ(client_auth_for(provider("epic"), {}), oauth::ClientAuthMethod::client_secret_basic);
    EXPECT_EQ(provider("epic").assertion_audience, AssertionAudience::token_url);
}

TEST_F(BuiltInCatalogTest, ehrs_are_found_by_their_fhir_base_and_told_it) {
    for (const std::string id : {"epic", "cerner", "smart"}) {
        EXPECT_TRUE(provider(id).smart_discovery) << id;
        EXPECT_EQ(smart_base_parameter(provider(id)), "fhirBaseUrl") << id;
        EXPECT_EQ(provider(id).authorization_params.at("aud").text(), "${params.fhirBaseUrl}") << id;
    }
}

TEST_F(BuiltInCatalogTest, cerner_is_addressed_by_tenant) {
    EXPECT_EQ(api_base("cerner", {{"tenant", "t-1"}}, {}), "https://fhir-ehr.cerner.com/r4/t-1");
    EXPECT_EQ(api_base("cerner", {{"tenant", "t-1"}, {"fhir_host", "fhir-ehr-code.cerner.com"}}, {}),
              "https://fhir-ehr-code.cerner.com/r4/t-1");
    EXPECT_FALSE(check_parameters(provider("cerner"), {}));
    EXPECT_FALSE(check_parameters(provider("cerner"), {{"tenant", "../x"}}));
}

TEST_F(BuiltInCatalogTest, an_app_acts_for_a_user_by_an_assertion) {
    const Parameters user{{"subject", "ada@acme.example"}};
    EXPECT_EQ(grant_assertion_for(provider("google_service_account"), user, {}).audience,
              "https://oauth2.googleapis.com/token");
    EXPECT_EQ(grant_assertion_for(provider("salesforce"), user, {}).audience, "https://login.salesforce.com");
    EXPECT_EQ(grant_assertion_for(provider("docusign"), {}, {}).audience, "account.docusign.com");
    EXPECT_EQ(grant_assertion_for(provider("salesforce"), user, {}).subject, "ada@acme.example");
}

TEST_F(BuiltInCatalogTest, a_shopify_shop_is_a_name_and_nothing_else) {
    EXPECT_EQ(endpoints("shopify", {{"shop", "acme-store"}}).token_url,
              "https://acme-store.myshopify.com/admin/oauth/access_token");
    for (const std::string shop :
         {"", "-acme", "ACME", "acme.evil", "evil.example/", "acme.myshopify.com", "a\nb", "a@b"})
        EXPECT_FALSE(check_parameters(provider("shopify"), {{"shop", shop}})) << shop;
}

TEST_F(BuiltInCatalogTest, shopifys_callback_is_signed_and_of_the_same_shop) {
    const Parameters started = check_parameters(provider("shopify"), {{"shop", "acme"}}).value();

    EXPECT_TRUE(provider("shopify").callback.verify_hmac);
    EXPECT_TRUE(apply_callback(provider("shopify"), started, {{"shop", "acme.myshopify.com"}}));
    EXPECT_FALSE(apply_callback(provider("shopify"), started, {{"shop", "other.myshopify.com"}}));
    EXPECT_FALSE(apply_callback(provider("shopify"), started, {{"shop", "acme.myshopify.com.evil.example"}}));
}

TEST_F(BuiltInCatalogTest, shopifys_tokens_expire_unless_asked_otherwise) {
    const Provider& shopify = provider("shopify");
    const Parameters params = check_parameters(shopify, {{"shop", "acme"}}).value();

    EXPECT_EQ(expand_all(shopify.token_params, params).value().at("expiring"), "1");
    EXPECT_EQ(shopify.refresh.idle_life, std::chrono::days{90});
    EXPECT_EQ(shopify.authorization_header, "X-Shopify-Access-Token");
    EXPECT_EQ(shopify.authorization_scheme, "");
}

TEST_F(BuiltInCatalogTest, clio_is_in_four_regions) {
    EXPECT_EQ(endpoints("clio", {}).token_url, "https://app.clio.com/oauth/token");
    EXPECT_EQ(endpoints("clio", {{"region", "eu.app."}}).revocation_url, "https://eu.app.clio.com/oauth/deauthorize");
    EXPECT_FALSE(check_parameters(provider("clio"), {{"region", "evil.example/"}}));
    EXPECT_EQ(provider("clio").revocation_style, oauth::RevocationStyle::bearer);
}

TEST_F(BuiltInCatalogTest, any_oauth_server_is_described_by_its_urls) {
    const Parameters server{{"authorization_url", "https://login.example.com/oauth/authorize"},
                            {"token_url", "https://login.example.com/oauth/token"}};
    const Endpoints found = endpoints("oauth2", server);

    EXPECT_EQ(found.authorization_url, "https://login.example.com/oauth/authorize");
    EXPECT_EQ(found.token_url, "https://login.example.com/oauth/token");
    EXPECT_EQ(found.revocation_url, "");
    EXPECT_EQ(api_base("oauth2", server, {}), "");
    EXPECT_FALSE(check_parameters(provider("oauth2"), {}));
}

TEST_F(BuiltInCatalogTest, a_server_on_this_machine_may_go_without_tls) {
    EXPECT_EQ(endpoints("oauth2", {{"token_url", "http://127.0.0.1:8080/token"}}).token_url,
              "http://127.0.0.1:8080/token");
    EXPECT_EQ(endpoints("oidc", {{"issuer", "http://localhost:8080/realms/a"}}).issuer,
              "http://localhost:8080/realms/a");
    for (const std::string url :
         {"http://login.example.com/token", "http://localhost.evil.example/", "http://127.0.0.1@evil.example/",
          "ftp://127.0.0.1/", "https://user@login.example.com/", "https://login.example.com/?x=1"})
        EXPECT_FALSE(check_parameters(provider("oauth2"), {{"token_url", url}})) << url;
}

TEST_F(BuiltInCatalogTest, any_oauth_server_says_how_the_client_proves_itself) {
    for (const std::string& method : provider("oauth2").parameters.at(4).allowed)
        EXPECT_EQ(name_of(client_auth_for(provider("oauth2"), {{"client_auth", method}})), method);
}

TEST_F(BuiltInCatalogTest, any_issuer_is_discovered) {
    const Provider& oidc = provider("oidc");

    EXPECT_TRUE(oidc.discovery);
    EXPECT_EQ(endpoints("oidc", {{"issuer", "https://login.example.com/"}}).issuer, "https://login.example.com/");
    EXPECT_FALSE(check_parameters(oidc, {}));
}

}  // namespace
}  // namespace evergrant::catalog
