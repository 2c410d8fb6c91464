#include "app/alert_options.h"

#include "app/value_checks.h"
#include "storage/postgres/postgres_store.h"

#include <utility>

namespace evergrant::app {

namespace {

using Report = std::function<void(const std::string&, const std::string&)>;

net::MailServer mail_server(const AlertSettings& alerts, const net::EgressPolicy& egress) {
    net::MailServer server;
    server.url = alerts.smtp_url.clone();
    server.must_encrypt = alerts.smtp_require_tls;
    server.ca_file = alerts.smtp_ca_file.string();
    server.egress = net::EgressGuard(egress);
    return server;
}

std::optional<health::SmsChannel::Carrier> sms_carrier(const AlertSettings& alerts) {
    if (!alerts.sms_gateway_url.empty())
        return health::SmsGateway{.url = alerts.sms_gateway_url.clone(),
                                  .body = alerts.sms_gateway_body,
                                  .authorization = alerts.sms_gateway_authorization.clone()};
    if (alerts.twilio_account_sid.empty())
        return std::nullopt;
    return health::Twilio{.url = alerts.twilio_url,
                          .account_sid = alerts.twilio_account_sid,
                          .auth_token = alerts.twilio_auth_token.clone(),
                          .from = alerts.twilio_from_number};
}

std::vector<health::CertificatePath> certificate_files(const Configuration& configuration) {
    std::vector<health::CertificatePath> files;
    if (!configuration.redis.ca_file.empty())
        files.push_back({"redis.ca_file", configuration.redis.ca_file});
    if (!configuration.alerts.smtp_ca_file.empty())
        files.push_back({"alerts.smtp_ca_file", configuration.alerts.smtp_ca_file});
    if (configuration.database.url.empty())
        return files;
    for (auto& [keyword, path] : storage::postgres_certificate_files(configuration.database.url.reveal()))
        files.push_back({"database.url " + keyword, std::move(path)});
    return files;
}

void check_email(const AlertSettings& alerts, const Report& report) {
    if (alerts.email_recipients.empty() || !alerts.email_enabled)
        return;
    if (alerts.smtp_url.empty())
        report("alerts.email_recipients", "does nothing without alerts.smtp_url");
    else if (alerts.smtp_from.empty())
        report("alerts.smtp_url", "needs alerts.smtp_from, or nobody knows whom alerts come from");
}

void check_sms(const AlertSettings& alerts, const Report& report) {
    const bool has_twilio = !alerts.twilio_account_sid.empty();
    const bool has_gateway = !alerts.sms_gateway_url.empty();
    if (has_twilio && has_gateway)
        report("alerts.sms_gateway_url", "and alerts.twilio_account_sid are both set; keep one");
    if (has_twilio && (alerts.twilio_auth_token.empty() || alerts.twilio_from_number.empty()))
        report("alerts.twilio_account_sid", "needs alerts.twilio_auth_token and alerts.twilio_from_number");
    if (!alerts.sms_recipients.empty() && alerts.sms_enabled && !has_twilio && !has_gateway)
        report("alerts.sms_recipients", "does nothing without alerts.twilio_account_sid or alerts.sms_gateway_url");
    if (!has_gateway && (!alerts.sms_gateway_body.empty() || !alerts.sms_gateway_authorization.empty()))
        report("alerts.sms_gateway_url", "is missing, while other settings of the gateway are there");
}

void check_transport(const Configuration& configuration, const Report& report) {
    const AlertSettings& alerts = configuration.alerts;
    const std::pair<const char*, std::string_view> urls[] = {
        {"alerts.slack_webhook_url", alerts.slack_webhook_url.reveal()},
        {"alerts.webhook_url", alerts.webhook_url},
        {"alerts.pagerduty_url", alerts.pagerduty_url},
        {"alerts.twilio_url", alerts.twilio_url},
        {"alerts.sms_gateway_url", alerts.sms_gateway_url.reveal()}};
    for (const auto& [name, url] : urls)
        if (url.starts_with("http:") && !(configuration.dev && is_loopback_url(url)))
            report(name, "must be https");
}

}  // namespace

health::AlertOptions alert_options(const Configuration& configuration, health::AlertLinks links,
                                   const net::EgressPolicy& egress) {
    const AlertSettings& alerts = configuration.alerts;
    health::AlertOptions options;
    options.rules.failing_after = std::chrono::minutes(alerts.failing_after_minutes);
    options.rules.provider_connections = alerts.provider_connections;
    options.pace.settle = std::chrono::seconds(alerts.settle_seconds);
    options.pace.throttle = std::chrono::minutes(alerts.throttle_minutes);
    options.evaluate = std::chrono::seconds(alerts.evaluate_seconds);
    options.times.unconfirmed = 4 * options.evaluate;
    options.routes = alerts.routes;
    options.links = std::move(links);
    options.slack_url = alerts.slack_webhook_url.clone();
    options.webhook_url = alerts.webhook_url;
    options.webhook_secret = alerts.webhook_secret.clone();
    if (!alerts.pagerduty_routing_key.empty())
        options.pager_duty = {.url = alerts.pagerduty_url, .routing_key = alerts.pagerduty_routing_key.clone()};
    if (!alerts.smtp_url.empty() && alerts.email_enabled)
        options.mail_server = mail_server(alerts, egress);
    options.mail = {.from = alerts.smtp_from, .to = alerts.email_recipients};
    if (alerts.sms_enabled)
        options.sms = sms_carrier(alerts);
    options.sms_recipients = alerts.sms_recipients;
    options.certificates = certificate_files(configuration);
    return options;
}

void check_alerts(const Configuration& configuration, const Report& report) {
    const AlertSettings& alerts = configuration.alerts;
    if (!alerts.webhook_url.empty() && alerts.webhook_secret.empty())
        report("alerts.webhook_url", "needs alerts.webhook_secret, or its receiver cannot know that a message is ours");
    if (alerts.webhook_url.empty() && !alerts.webhook_secret.empty())
        report("alerts.webhook_secret", "does nothing without alerts.webhook_url");
    check_email(alerts, report);
    check_sms(alerts, report);
    check_transport(configuration, report);
}

}  // namespace evergrant::app
