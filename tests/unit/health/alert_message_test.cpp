#include "health/alert_message.h"

#include "health/pager_duty_channel.h"
#include "health/slack_channel.h"
#include "health/sms_channel.h"
#include "health/webhook_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace evergrant::health {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const broker::RedirectRules with_console{
    .base_url = "https://grants.example.com", .frontend_url = "https://console.example.com", .allowed_origins = {}};
const broker::RedirectRules without_console{
    .base_url = "https://grants.example.com", .frontend_url = "https://grants.example.com/", .allowed_origins = {}};

const broker::RenewalLinks& renewals() {
    static const broker::RenewalLinks links = [] {
        std::vector<crypto::AeadKey> keys(1);
        return broker::RenewalLinks(std::move(keys), "https://grants.example.com");
    }();
    return links;
}

storage::Alert dead() {
    storage::Alert alert;
    alert.id = "alert_1";
    alert.rule = rule::connection_dead;
    alert.severity = storage::Severity::error;
    alert.tenant = TenantId("acme");
    alert.integration = IntegrationId("crm");
    alert.provider = ProviderId("zoho_crm");
    alert.status = "invalid";
    alert.reason = "The provider no longer accepts this grant.";
    alert.names = {"acme/crm"};
    alert.count = 1;
    alert.first_at = Instant(std::chrono::seconds(1'800'000'000));
    return alert;
}

storage::Alert many_dead() {
    storage::Alert alert = dead();
    alert.names = {"acme/crm", "b/crm", "c/crm", "d/crm", "e/crm", "f/crm"};
    alert.count = 100'000;
    return alert;
}

AlertMessage message(const storage::Alert& alert) {
    return message_of(AlertRules(), {.places = with_console, .renewals = &renewals()}, alert);
}

AlertMessage message_without_console(const storage::Alert& alert) {
    return message_of(AlertRules(), {.places = without_console, .renewals = &renewals()}, alert);
}

TEST(AlertMessageTest, a_dead_connection_has_its_name_its_reason_and_the_link_that_renews_it) {
    const AlertMessage one = message(dead());

    EXPECT_EQ(one.title, "OAuth Token invalid: acme/zoho_crm");
    EXPECT_THAT(one.reason, HasSubstr("The provider no longer accepts this grant."));
    EXPECT_EQ(one.link, "https://console.example.com/admin/clients/acme?provider=zoho_crm&integrationId=crm");
    EXPECT_EQ(one.id, "alert_1");
}

TEST(AlertMessageTest, without_a_console_its_link_is_the_connections_own_renewal) {
    const std::string link = message_without_console(dead()).link;

    const auto opened = renewals().read(link.substr(link.rfind('/') + 1), dead().first_at);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->key, (ConnectionKey{TenantId("acme"), IntegrationId("crm")}));
    EXPECT_EQ(opened->provider, ProviderId("zoho_crm"));
}

TEST(AlertMessageTest, without_a_console_an_end_has_no_link_in_any_channel) {
    storage::Alert over = dead();
    over.ends = true;
    over.reason = "The connection has a new grant.";
    const AlertMessage told = message_without_console(over);
    const auto incident = boost::json::parse(pager_duty_body(told, SecretString("routing")).reveal());

    EXPECT_EQ(told.link, "");
    EXPECT_TRUE(plain_text(told).ends_with("The connection has a new grant.\n"));
    EXPECT_TRUE(sms_text(told).ends_with("The connection has a new grant."));
    EXPECT_FALSE(incident.as_object().contains("links"));
}

TEST(AlertMessageTest, without_a_console_many_come_with_the_command_that_lists_them) {
    const AlertMessage many = message_without_console(many_dead());

    EXPECT_EQ(many.link, "");
    EXPECT_THAT(many.reason,
                HasSubstr("\"https://grants.example.com/api/oauth/health?provider=zoho_crm&status=invalid\""));
    EXPECT_EQ(message(many_dead()).link, "https://console.example.com/admin");
}

TEST(AlertMessageTest, many_are_their_number_and_the_first_few_names) {
    const std::string text = plain_text(message(many_dead()));

    EXPECT_THAT(text, HasSubstr("OAuth Token invalid: 100000 connections at zoho_crm\n"));
    EXPECT_THAT(text, HasSubstr("- acme/crm\n"));
    EXPECT_THAT(text, HasSubstr("- e/crm\n"));
    EXPECT_THAT(text, Not(HasSubstr("f/crm")));
    EXPECT_THAT(text, HasSubstr("and 99995 more\n"));
}

TEST(AlertMessageTest, an_outage_blames_the_provider) {
    storage::Alert alert = many_dead();
    alert.rule = rule::connection_failing;
    alert.status = "refresh_failed";

    EXPECT_THAT(message(alert).reason, HasSubstr("The provider seems to be failing: 100000 connections"));
    EXPECT_EQ(message(alert).severity, storage::Severity::error);
}

TEST(AlertMessageTest, a_grant_about_to_end_has_the_link_that_renews_it_and_many_say_whose_day_is_named) {
    storage::Alert alert = dead();
    alert.rule = rule::renewal_due;
    alert.status = "expiring";
    alert.reason = "The grant ends on 2026-12-10.";

    EXPECT_EQ(message(alert).title, "OAuth Token expiring: acme/zoho_crm");
    EXPECT_EQ(message(alert).reason, "The grant ends on 2026-12-10.");
    EXPECT_EQ(message(alert).link,
              "https://console.example.com/admin/clients/acme?provider=zoho_crm&integrationId=crm");
    alert.count = 3;
    EXPECT_EQ(message(alert).reason, "Their grants end soon. Of the first: The grant ends on 2026-12-10.");
}

TEST(AlertMessageTest, a_refused_app_is_named_by_its_owner) {
    storage::Alert alert = dead();
    alert.rule = rule::app_refused;
    alert.integration = IntegrationId();
    EXPECT_EQ(message(alert).title, "OAuth App refused: acme/zoho_crm");

    alert.tenant = TenantId();
    EXPECT_EQ(message(alert).title, "OAuth App refused: zoho_crm");
}

TEST(AlertMessageTest, an_alerts_end_has_its_dedup_key_whether_it_told_of_one_or_of_many) {
    for (const storage::Alert& begun : {dead(), many_dead()}) {
        storage::Alert over = begun;
        over.id += storage::end_mark;
        over.ends = true;
        EXPECT_EQ(message(over).dedup_key, message(begun).dedup_key);
    }
}

TEST(AlertMessageTest, a_second_death_of_a_connection_has_a_dedup_key_of_its_own) {
    storage::Alert again = dead();
    again.id = "alert_2";

    EXPECT_NE(message(again).dedup_key, message(dead()).dedup_key);
}

TEST(AlertMessageTest, slack_reads_no_markup_in_it) {
    storage::Alert alert = dead();
    alert.reason = "Say <!channel> & go.";

    const auto body = boost::json::parse(slack_body(message(alert)));

    EXPECT_THAT(std::string(body.at("text").as_string()), HasSubstr("Say &lt;!channel&gt; &amp; go."));
}

TEST(AlertMessageTest, pagerduty_opens_an_incident_and_resolves_it) {
    const SecretString key("routing");
    storage::Alert recovered = dead();
    recovered.id += storage::end_mark;
    recovered.ends = true;

    const auto opened = boost::json::parse(pager_duty_body(message(dead()), key).reveal());
    const auto resolved = boost::json::parse(pager_duty_body(message(recovered), key).reveal());

    EXPECT_EQ(opened.at("routing_key"), "routing");
    EXPECT_EQ(opened.at("event_action"), "trigger");
    EXPECT_EQ(opened.at("payload").at("severity"), "error");
    EXPECT_EQ(opened.at("payload").at("summary"), "OAuth Token invalid: acme/zoho_crm");
    EXPECT_EQ(resolved.at("event_action"), "resolve");
    EXPECT_EQ(resolved.at("dedup_key"), opened.at("dedup_key"));
}

TEST(AlertMessageTest, a_webhook_says_it_all_in_json) {
    const auto body = boost::json::parse(webhook_body(message(dead())));

    EXPECT_EQ(body.at("type"), "alert.connection_dead");
    EXPECT_EQ(body.at("data").at("id"), "alert_1");
    EXPECT_EQ(body.at("data").at("tenant"), "acme");
    EXPECT_EQ(body.at("data").at("integrationId"), "crm");
    EXPECT_EQ(body.at("data").at("count"), 1);
}

TEST(AlertMessageTest, what_has_no_names_lists_none_although_two_replicas_told_of_it) {
    storage::Alert alert = dead();
    alert.rule = "redis_lost";
    alert.tenant = TenantId();
    alert.integration = IntegrationId();
    alert.provider = ProviderId();
    alert.names.clear();
    alert.count = 2;

    EXPECT_THAT(plain_text(message(alert)), Not(HasSubstr("more")));
}

TEST(AlertMessageTest, twilio_is_asked_for_one_message_to_one_number) {
    const Twilio twilio{"https://api.twilio.com", "AC1", SecretString("token"), "+15550100"};

    const auto request = sms_request(twilio, "+15550199", message(dead()));

    EXPECT_EQ(request.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    EXPECT_THAT(request.body.reveal(), HasSubstr("To=%2b15550199&From=%2b15550100&Body=OAuth%20Token%20invalid"));
    EXPECT_EQ(request.headers.front().second, "Basic QUMxOnRva2Vu");
}

TEST(AlertMessageTest, a_gateways_template_is_filled_as_its_place_wants_it_and_once) {
    storage::Alert alert = dead();
    alert.reason = "A \"quote\" and {to}.";
    const SmsGateway json{SecretString("https://sms.example.com/{to}"), R"({"to":"{to}","text":"{text}"})",
                          SecretString("Bearer x")};
    const SmsGateway form{SecretString("https://sms.example.com"), "n={to}&t={text}&i={id}", SecretString()};
    const SmsGateway get{SecretString("https://sms.example.com?n={to}"), "", SecretString()};

    const auto as_json = sms_request(json, "+1555", message(alert));
    const auto body = boost::json::parse(as_json.body.reveal());
    EXPECT_EQ(as_json.url, "https://sms.example.com/%2b1555");
    EXPECT_EQ(body.at("to"), "+1555");
    EXPECT_THAT(std::string(body.at("text").as_string()), HasSubstr("A \"quote\" and {to}."));
    EXPECT_THAT(sms_request(form, "+1555", message(alert)).body.reveal(), HasSubstr("n=%2b1555&t=OAuth%20Token"));
    EXPECT_EQ(sms_request(get, "+1555", message(alert)).method, "GET");
}

TEST(AlertMessageTest, a_text_message_is_cut_between_characters) {
    storage::Alert alert = dead();
    for (int i = 0; i < 200; ++i)
        alert.reason += "ä";

    const std::string text = sms_text(message(alert));

    EXPECT_LT(text.size(), 400U);
    EXPECT_TRUE(boost::json::parse(boost::json::serialize(boost::json::value(boost::json::string(text)))).is_string());
}

}  // namespace
}  // namespace evergrant::health
