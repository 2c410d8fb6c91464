#include "health/alert_rules.h"

#include "base/clock.h"
#include "oauth/failure_words.h"

#include <algorithm>
#include <utility>

namespace evergrant::health {

namespace {

using storage::ConnectionStatus;
using storage::Episode;
using storage::Severity;

constexpr unsigned last_notice = 1;  // days before the end of a grant

bool blames_the_app(const storage::UntoldConnection& connection) {
    return connection.error.starts_with(oauth::words_for_misconfigured_app);
}

void tell_of_app(const storage::UntoldConnection& connection, storage::Telling& telling) {
    telling.rule = rule::app_refused;
    telling.severity = Severity::critical;
    telling.episode = Episode::connections;
    telling.status = "app_refused";
    telling.integration = IntegrationId();
    if (!connection.own_app)
        telling.tenant = TenantId();  // the deployment's app: no tenant's matter
    telling.fold_key = telling.rule + "|" + connection.provider.str() + "|" + telling.tenant.str();
}

void tell_of_notice(const storage::UntoldConnection& connection, storage::Telling& telling) {
    const std::string day = to_iso8601(connection.dies_at).substr(0, std::string_view("2026-12-10").size());
    telling.rule = rule::renewal_due;
    telling.severity = connection.notice <= last_notice ? Severity::error : Severity::warning;
    telling.status = "expiring";
    telling.reason = "The grant ends on " + day + ": a person must authorize again by then.";
    telling.fold_key = telling.rule + "|" + std::to_string(connection.notice) + "|" + connection.provider.str();
}

void tell_of_recovery(const storage::UntoldConnection& connection, storage::Telling& telling) {
    const bool was_dead = connection.told == ConnectionStatus::invalid;
    telling.rule = was_dead ? rule::connection_dead : rule::connection_failing;
    telling.severity = was_dead ? Severity::error : Severity::warning;
    telling.ends = true;
    telling.status = "recovered";
    telling.reason = was_dead ? "The connection has a new grant." : "The connection is refreshed again.";
    telling.fold_key = "end|" + telling.rule + "|" + connection.provider.str();
}

}  // namespace

bool is_perhaps_a_blip(const AlertRules& rules, const storage::UntoldConnection& connection) {
    return connection.status == ConnectionStatus::refresh_failed && !connection.postponed &&
           connection.failures < rules.failing_failures && !blames_the_app(connection);
}

storage::ConnectionTelling telling_of(const storage::UntoldConnection& connection, std::string id) {
    storage::ConnectionTelling result;
    result.connection = connection;
    storage::Telling& telling = result.telling;
    telling.id = std::move(id);
    telling.tenant = connection.key.tenant;
    telling.integration = connection.key.integration;
    telling.provider = connection.provider;
    telling.status = std::string(storage::name_of(connection.status));
    telling.reason = connection.error;
    if (connection.notice != 0) {
        tell_of_notice(connection, telling);
        return result;
    }
    switch (connection.status) {
        case ConnectionStatus::healthy:
            tell_of_recovery(connection, telling);
            result.unless_episode = connection.told == ConnectionStatus::refresh_failed;
            return result;
        case ConnectionStatus::invalid:
            telling.rule = rule::connection_dead;
            telling.severity = Severity::error;
            break;
        case ConnectionStatus::refresh_failed:
            if (blames_the_app(connection)) {
                tell_of_app(connection, telling);
                return result;
            }
            telling.rule = rule::connection_failing;
            telling.severity = Severity::warning;
            break;
    }
    telling.fold_key = telling.rule + "|" + connection.provider.str();
    return result;
}

Episode episode_of(const AlertRules& rules, const storage::Alert& alert) {
    const bool is_outage =
        alert.rule == rule::connection_failing && !alert.ends && alert.count >= rules.provider_connections;
    return is_outage ? Episode::connections : alert.episode;
}

Severity severity_of(const AlertRules& rules, const storage::Alert& alert) {
    if (alert.rule != rule::connection_failing || alert.count < rules.provider_connections)
        return alert.severity;
    return std::max(alert.severity, Severity::error);
}

}  // namespace evergrant::health
