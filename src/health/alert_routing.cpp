#include "health/alert_routing.h"

#include "base/nearest.h"
#include "health/alert_rules.h"
#include "health/expiry_rules.h"
#include "health/server_rules.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::health {

namespace {

using storage::Severity;

constexpr std::string_view tenant_prefix = "tenant:";

struct Level {
    std::string_view channel;
    Severity from;
};
constexpr std::array levels{Level{channel::slack, Severity::info}, Level{channel::webhook, Severity::info},
                            Level{channel::email, Severity::error}, Level{channel::pagerduty, Severity::error},
                            Level{channel::sms, Severity::critical}};

constexpr std::array rules{rule::connection_dead,
                           rule::connection_failing,
                           rule::renewal_due,
                           rule::app_refused,
                           rule::test,
                           rule::key_expiring,
                           rule::certificate_expiring,
                           rule::refresh_failures,
                           rule::callback_errors,
                           rule::redis_lost,
                           rule::database_slow,
                           rule::database_lost,
                           rule::rescue_waiting,
                           rule::audit_not_written,
                           rule::vend_rate};

Result<void> check_rule(std::string_view name) {
    if (std::ranges::find(rules, name) != rules.end())
        return {};
    const std::string_view meant = nearest(name, rules);
    const std::string hint = meant.empty() ? "" : " (did you mean " + std::string(meant) + "?)";
    return failure(Errc::invalid_request, "must begin with the name of a rule, or with tenant:" + hint);
}

bool is_channel(std::string_view name) {
    return std::ranges::any_of(levels, [name](const Level& level) { return level.channel == name; });
}

/// `sms` of `sms:+15550100`.
std::string_view kind_of(std::string_view name) {
    return name.substr(0, name.find(':'));
}

bool takes_severity(std::string_view name, Severity severity) {
    return std::ranges::any_of(levels,
                               [&](const Level& level) { return level.channel == name && severity >= level.from; });
}

const AlertRoute* route_of(const std::vector<AlertRoute>& routes, const storage::Alert& alert) {
    const AlertRoute* found = nullptr;
    for (const AlertRoute& route : routes) {
        if (!route.tenant.empty() && route.tenant == alert.tenant)
            return &route;
        if (route.tenant.empty() && route.rule == alert.rule)
            found = &route;
    }
    return found;
}

}  // namespace

Result<AlertRoute> parse_route(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return failure(Errc::invalid_request, "must be RULE=CHANNEL+CHANNEL or tenant:TENANT=CHANNEL+CHANNEL");
    AlertRoute route;
    const std::string_view subject = text.substr(0, equals);
    if (subject.starts_with(tenant_prefix)) {
        auto tenant = TenantId::parse(subject.substr(tenant_prefix.size()));
        if (!tenant)
            return failure(Errc::invalid_request, "must name a tenant after tenant:");
        route.tenant = std::move(*tenant);
    } else {
        if (const auto known = check_rule(subject); !known)
            return std::unexpected(known.error());
        route.rule = subject;
    }
    std::string_view rest = text.substr(equals + 1);
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find('+'));
        if (!is_channel(name))
            return failure(Errc::invalid_request, "must name channels among slack, webhook, email, pagerduty and sms");
        route.channels.emplace_back(name);
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    return route;
}

std::string to_text(const AlertRoute& route) {
    std::string text = route.tenant.empty() ? route.rule : std::string(tenant_prefix) + route.tenant.str();
    text += '=';
    for (std::size_t index = 0; index < route.channels.size(); ++index)
        text += (index == 0 ? "" : "+") + route.channels[index];
    return text;
}

void keep_apart(const std::vector<AlertRoute>& routes, storage::Telling& telling) {
    const bool has_its_own =
        !telling.tenant.empty() && std::ranges::find(routes, telling.tenant, &AlertRoute::tenant) != routes.end();
    if (has_its_own)
        telling.fold_key += "|tenant:" + telling.tenant.str();
}

std::vector<std::string> incident_channels() {
    return {std::string(channel::pagerduty)};
}

std::vector<std::string> channels_for(const std::vector<AlertRoute>& routes, const storage::Alert& alert,
                                      Severity severity, const std::vector<std::string>& configured) {
    const AlertRoute* route = route_of(routes, alert);
    std::vector<std::string> chosen;
    for (const std::string& name : configured) {
        const std::string_view kind = kind_of(name);
        const bool named = route != nullptr && std::ranges::find(route->channels, kind) != route->channels.end();
        const bool hears = !alert.ends || kind != channel::pagerduty || storage::is_end_of_an_alert(alert);
        if (hears && (route != nullptr ? named : takes_severity(kind, severity)))
            chosen.push_back(name);
    }
    return chosen;
}

}  // namespace evergrant::health
