#include "app/alert_settings.h"

#include "app/value_kinds.h"
#include "health/standard_webhook.h"
#include "net/mail_client.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace evergrant::app {

namespace {

Parsed<SecretString> parse_secret_url(const std::string& text) {
    // A template may hold {to} and its like: they stand for what a URL may hold.
    std::string plain(text);
    std::erase_if(plain, [](char c) { return c == '{' || c == '}'; });
    const auto url = boost::urls::parse_uri(plain);
    const bool is_web =
        url && (url->scheme_id() == boost::urls::scheme::https || url->scheme_id() == boost::urls::scheme::http);
    if (!is_web || url->encoded_host().empty() || url->has_userinfo())
        return std::unexpected("must be an http or https URL without user name");
    return SecretString(text);
}

Parsed<SecretString> parse_mail_server(const std::string& text) {
    if (!net::is_mail_server_url(text))
        return std::unexpected("must be a URL such as smtp://user:password@mail.example.com:587 or smtps://…");
    return SecretString(text);
}

Parsed<SecretString> parse_webhook_secret(const std::string& text) {
    if (!health::webhook_key(text))
        return std::unexpected("must be whsec_ and 24 to 64 bytes in base64 (echo whsec_$(openssl rand -base64 32))");
    return SecretString(text);
}

Parsed<std::string> parse_mail_address(const std::string& text) {
    if (!net::is_mail_address(text))
        return std::unexpected("must be an address such as alerts@example.com, and is \"" + text + "\"");
    return text;
}

Parsed<std::string> parse_phone_number(const std::string& text) {
    const bool is_number = text.starts_with('+') && text.size() > 4 && text.size() <= 16 &&
                           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number)
        return std::unexpected("must be a number such as +15550100, and is \"" + text + "\"");
    return text;
}

Parsed<health::AlertRoute> parse_alert_route(const std::string& text) {
    auto route = health::parse_route(text);
    if (!route)
        return std::unexpected(route.error().message + ", and is \"" + text + "\"");
    return std::move(*route);
}

std::string as_it_is(const std::string& text) {
    return text;
}

template <class Field>
ValueKind secret(std::string accepts, Field field, Parsed<SecretString> (*parse)(const std::string&)) {
    ValueKind kind = single(std::move(accepts), field, parse, mask);
    kind.is_secret = true;
    return kind;
}

std::vector<Setting> pace_settings() {
    return {
        {.name = "alerts.throttle_minutes",
         .also = {"ALERT_THROTTLE_MINUTES"},
         .default_value = "15",
         .meaning = "After an alert, further ones of its kind at the same provider wait so long and become one.",
         .kind = whole_number([](auto& c) -> auto& { return c.alerts.throttle_minutes; }, {0, 1440})},
        {.name = "alerts.settle_seconds",
         .default_value = "5",
         .meaning = "How long an alert waits for others of its kind, to become one with them.",
         .kind = whole_number([](auto& c) -> auto& { return c.alerts.settle_seconds; }, {0, 60})},
        {.name = "alerts.evaluate_seconds",
         .default_value = "30",
         .meaning = "How often the server judges itself by its own metrics.",
         .kind = whole_number([](auto& c) -> auto& { return c.alerts.evaluate_seconds; }, {1, 60})},
        {.name = "alerts.failing_after_minutes",
         .default_value = "15",
         .meaning = "How long a connection's refreshes must fail before anyone is told.",
         .kind = whole_number([](auto& c) -> auto& { return c.alerts.failing_after_minutes; }, {0, 1440})},
        {.name = "alerts.provider_connections",
         .default_value = "5",
         .meaning = "From how many failing connections on it is the provider that fails, which is told once.",
         .kind = whole_number([](auto& c) -> auto& { return c.alerts.provider_connections; }, {2, 1'000'000})},
        {.name = "alerts.routes",
         .meaning = "Which channels a rule's or a tenant's alerts take, instead of those of their severity.",
         .kind = list(
             "items such as connection_dead=slack+email or tenant:acme=pagerduty",
             [](auto& c) -> auto& { return c.alerts.routes; }, parse_alert_route, health::to_text)},
    };
}

std::vector<Setting> web_channel_settings() {
    return {
        {.name = "alerts.slack_webhook_url",
         .also = {"SLACK_WEBHOOK_URL"},
         .meaning = "A Slack incoming webhook.",
         .kind = secret(
             "an http or https URL", [](auto& c) -> auto& { return c.alerts.slack_webhook_url; }, parse_secret_url)},
        {.name = "alerts.webhook_url",
         .meaning = "A receiver of your own, which is sent JSON. Needs alerts.webhook_secret.",
         .kind = url([](auto& c) -> auto& { return c.alerts.webhook_url; })},
        {.name = "alerts.webhook_secret",
         .meaning = "What its messages are signed with, as Standard Webhooks says.",
         .kind = secret(
             "whsec_ and base64", [](auto& c) -> auto& { return c.alerts.webhook_secret; }, parse_webhook_secret)},
        {.name = "alerts.pagerduty_routing_key",
         .meaning = "The integration key of a PagerDuty service (Events API v2).",
         .kind = secret(
             "a key", [](auto& c) -> auto& { return c.alerts.pagerduty_routing_key; }, parse_password)},
        {.name = "alerts.pagerduty_url",
         .default_value = "https://events.pagerduty.com/v2/enqueue",
         .meaning = "Where its events go; EU accounts have another.",
         .kind = url([](auto& c) -> auto& { return c.alerts.pagerduty_url; })},
    };
}

std::vector<Setting> email_settings() {
    return {
        {.name = "alerts.smtp_url",
         .also = {"SMTP_URL"},
         .meaning = "The mail server, perhaps with user name and password: smtp:// for STARTTLS, smtps:// for TLS from "
                    "the beginning.",
         .kind = secret(
             "an smtp:// or smtps:// URL", [](auto& c) -> auto& { return c.alerts.smtp_url; }, parse_mail_server)},
        {.name = "alerts.smtp_from",
         .also = {"SMTP_FROM"},
         .meaning = "Whom alerts come from.",
         .kind = single(
             "a mail address", [](auto& c) -> auto& { return c.alerts.smtp_from; }, parse_mail_address, as_it_is)},
        {.name = "alerts.smtp_require_tls",
         .default_value = "true",
         .meaning = "Whether nothing is sent to an smtp:// server that offers no STARTTLS.",
         .kind = on_or_off([](auto& c) -> auto& { return c.alerts.smtp_require_tls; })},
        {.name = "alerts.smtp_ca_file",
         .meaning = "The certificates that the mail server's own is verified by. Not set: the system's.",
         .kind = path([](auto& c) -> auto& { return c.alerts.smtp_ca_file; }, "a file")},
        {.name = "alerts.email_enabled",
         .also = {"ALERT_EMAIL_ENABLED"},
         .default_value = "true",
         .meaning = "Off: no mail is sent, whatever else is set.",
         .kind = on_or_off([](auto& c) -> auto& { return c.alerts.email_enabled; })},
        {.name = "alerts.email_recipients",
         .also = {"ALERT_EMAIL_RECIPIENTS"},
         .meaning = "Who is sent mail.",
         .kind = list(
             "mail addresses", [](auto& c) -> auto& { return c.alerts.email_recipients; }, parse_mail_address,
             as_it_is)},
    };
}

std::vector<Setting> sms_settings() {
    return {
        {.name = "alerts.sms_enabled",
         .also = {"ALERT_SMS_ENABLED"},
         .default_value = "true",
         .meaning = "Off: no text message is sent, whatever else is set.",
         .kind = on_or_off([](auto& c) -> auto& { return c.alerts.sms_enabled; })},
        {.name = "alerts.sms_recipients",
         .also = {"ALERT_SMS_RECIPIENTS"},
         .meaning = "Who is sent text messages: by Twilio or by a gateway of your own.",
         .kind = list(
             "numbers such as +15550100", [](auto& c) -> auto& { return c.alerts.sms_recipients; }, parse_phone_number,
             as_it_is)},
        {.name = "alerts.twilio_account_sid",
         .also = {"TWILIO_ACCOUNT_SID"},
         .meaning = "The Twilio account. Needs its token and a number.",
         .kind = text([](auto& c) -> auto& { return c.alerts.twilio_account_sid; }, "text")},
        {.name = "alerts.twilio_auth_token",
         .also = {"TWILIO_AUTH_TOKEN"},
         .meaning = "Its auth token.",
         .kind = secret(
             "a token", [](auto& c) -> auto& { return c.alerts.twilio_auth_token; }, parse_password)},
        {.name = "alerts.twilio_from_number",
         .also = {"TWILIO_FROM_NUMBER"},
         .meaning = "The number that messages come from, or the id of a messaging service (MG…).",
         .kind = text([](auto& c) -> auto& { return c.alerts.twilio_from_number; }, "text")},
        {.name = "alerts.twilio_url",
         .default_value = "https://api.twilio.com",
         .meaning = "Twilio's API; some accounts have one in their region.",
         .kind = url([](auto& c) -> auto& { return c.alerts.twilio_url; })},
        {.name = "alerts.sms_gateway_url",
         .meaning = "A gateway instead of Twilio. {to}, {text} and {id} in it stand for the message's.",
         .kind = secret(
             "an http or https URL", [](auto& c) -> auto& { return c.alerts.sms_gateway_url; }, parse_secret_url)},
        {.name = "alerts.sms_gateway_body",
         .meaning = "What is posted to it, with the same in it: JSON, or a form. Not set: nothing, by GET.",
         .kind = text([](auto& c) -> auto& { return c.alerts.sms_gateway_body; }, "text")},
        {.name = "alerts.sms_gateway_authorization",
         .meaning = "The Authorization header that is sent to it.",
         .kind = secret(
             "a header's value", [](auto& c) -> auto& { return c.alerts.sms_gateway_authorization; }, parse_password)},
    };
}

}  // namespace

std::vector<Setting> alert_settings() {
    std::vector<Setting> rows;
    for (auto make : {pace_settings, web_channel_settings, email_settings, sms_settings})
        std::ranges::move(make(), std::back_inserter(rows));
    return rows;
}

}  // namespace evergrant::app
