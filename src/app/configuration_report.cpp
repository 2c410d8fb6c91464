#include "app/configuration_report.h"

#include "app/value_checks.h"

#include <boost/json/array.hpp>

namespace evergrant::app {

namespace {

bool has_alert_channel(const AlertSettings& alerts) {
    const bool mails = alerts.email_enabled && !alerts.email_recipients.empty();
    const bool texts = alerts.sms_enabled && !alerts.sms_recipients.empty();
    return mails || texts || !alerts.slack_webhook_url.empty() || !alerts.webhook_url.empty() ||
           !alerts.pagerduty_routing_key.empty();
}

std::string address_in_alerts(const Configuration& configuration) {
    return configuration.frontend_url.empty() ? public_url(configuration, configuration.listen.port)
                                              : configuration.frontend_url;
}

}  // namespace

std::vector<ShownValue> shown_values(const LoadedConfiguration& loaded, const ProviderEnvironment& environment) {
    std::vector<ShownValue> values;
    for (const Setting& setting : settings()) {
        values.push_back({std::string(setting.name), setting.kind.text(loaded.configuration),
                          loaded.origin_of(setting.name).to_string()});
    }
    for (const auto& [provider, client] : environment.clients) {
        const std::string source = "environment " + environment.client_variables.at(provider);
        values.push_back({provider.str() + " client id", client.registration.client_id, source});
        values.push_back(
            {provider.str() + " client secret", client.registration.client_secret.empty() ? "" : "****", source});
    }
    for (const RefreshTokenSeed& seed : environment.seeds)
        values.push_back({seed.provider.str() + " refresh token for " + seed.tenant.str(), "****", "environment"});
    for (const connectors::FallbackKey& key : environment.fallback_keys)
        values.push_back(
            {key.provider.str() + " key where a tenant has no connection", "****", "environment " + key.name});
    return values;
}

boost::json::object as_json(const std::vector<ShownValue>& values, const std::vector<std::string>& warnings) {
    boost::json::array rows;
    for (const ShownValue& shown : values) {
        boost::json::object row;
        row["name"] = shown.name;
        row["value"] = shown.value;
        row["source"] = shown.source;
        rows.push_back(std::move(row));
    }
    boost::json::array sentences;
    for (const std::string& warning : warnings)
        sentences.emplace_back(warning);
    boost::json::object body;
    body["settings"] = std::move(rows);
    body["warnings"] = std::move(sentences);
    return body;
}

std::vector<std::string> advice(const Configuration& configuration) {
    std::vector<std::string> sentences;
    if (configuration.jwt.secret.empty() && configuration.jwt.jwks_url.empty())
        sentences.emplace_back(
            "There is no JWT_SECRET and no jwt.jwks_url: API keys alone are accepted. "
            "`evergrant keys create --name first --role admin` makes the first.");
    if (configuration.base_url.empty())
        sentences.emplace_back("There is no BASE_URL: redirect URIs begin with " +
                               public_url(configuration, configuration.listen.port) + ".");
    if (has_alert_channel(configuration.alerts) && is_loopback_url(address_in_alerts(configuration)))
        sentences.emplace_back("Alerts have a channel, and their links begin with " + address_in_alerts(configuration) +
                               ", which opens on this machine alone: set BASE_URL to what browsers reach.");
    if (!configuration.refresh.ahead)
        sentences.emplace_back(
            "refresh.ahead is off: a refresh token that its provider lets die of disuse (idle_days) dies if nobody "
            "reads "
            "its connection in time.");
    if (configuration.dev)
        sentences.emplace_back(
            "dev is on: providers at http:// and loopback addresses are allowed. Not for production.");
    return sentences;
}

}  // namespace evergrant::app
