#include "health/alert_message.h"

#include <algorithm>

namespace evergrant::health {

namespace {

constexpr std::size_t names_shown = 5;

bool is_of_one_connection(const storage::Alert& alert) {
    return alert.count == 1 && !alert.integration.empty();
}

std::string connections(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " connection" : " connections");
}

std::string title_of(const storage::Alert& alert) {
    if (alert.rule == rule::test)
        return "Evergrant test alert";
    if (alert.provider.empty())
        return "Evergrant " + alert.rule + (alert.ends ? ": recovered" : ": " + alert.status);
    if (is_of_one_connection(alert))
        return "OAuth Token " + alert.status + ": " + alert.tenant.str() + "/" + alert.provider.str();
    if (alert.rule == rule::app_refused) {
        const std::string owner = alert.tenant.empty() ? "" : alert.tenant.str() + "/";
        return "OAuth App " + std::string(alert.ends ? "recovered" : "refused") + ": " + owner + alert.provider.str();
    }
    return "OAuth Token " + alert.status + ": " + connections(alert.count) + " at " + alert.provider.str();
}

std::string link_to_console(const broker::RedirectRules& places, const storage::Alert& alert) {
    if (is_of_one_connection(alert))
        return broker::with_query(broker::tenant_page(places, alert.tenant),
                                  {{"provider", alert.provider.str()}, {"integrationId", alert.integration.str()}});
    if (alert.rule == rule::app_refused && !alert.tenant.empty())
        return broker::tenant_page(places, alert.tenant);
    return broker::console_page(places);
}

std::string link_of(const AlertLinks& links, const storage::Alert& alert) {
    if (broker::has_console(links.places))
        return link_to_console(links.places, alert);
    if (links.renewals == nullptr || !is_of_one_connection(alert) || alert.ends)
        return "";
    const ConnectionKey key{alert.tenant, alert.integration};
    return links.renewals->url_of({.key = key, .provider = alert.provider}, alert.first_at);
}

/// Of many connections, where there is no console to show them: how to have them listed.
std::string way_to_list(const broker::RedirectRules& places, const storage::Alert& alert) {
    const bool of_many = alert.count > 1 && !alert.integration.empty() && !alert.ends;
    if (!of_many || broker::has_console(places))
        return "";
    // What will end is healthy until then: its reports say when (`renewBy`).
    const std::string status = alert.rule == rule::renewal_due ? "" : "&status=" + alert.status;
    return " List them: curl -H \"Authorization: Bearer $EVERGRANT_API_KEY\" \"" + places.base_url +
           "/api/oauth/health?provider=" + alert.provider.str() + status + "\"";
}

std::string reason_of(const AlertRules& rules, const storage::Alert& alert) {
    std::string reason = alert.reason;
    if (alert.ends && reason.empty())
        reason = "This is over.";
    const bool is_outage =
        alert.rule == rule::connection_failing && !alert.ends && alert.count >= rules.provider_connections;
    if (is_outage)
        reason = "The provider seems to be failing: " + connections(alert.count) +
                 " cannot be refreshed. The first says: " + reason;
    else if (alert.rule == rule::app_refused && !alert.ends)
        reason += " No connection of this app can be refreshed until its credentials are right.";
    else if (alert.rule == rule::renewal_due && alert.count > 1)
        reason = "Their grants end soon. Of the first: " + reason;
    else if (alert.rule == rule::connection_dead && !alert.ends)
        reason += " Only a person can renew it: authorize it again.";
    return reason;
}

std::string dedup_key_of(const storage::Alert& alert) {
    return alert.id.substr(0, alert.id.size() - (storage::is_end_of_an_alert(alert) ? storage::end_mark.size() : 0));
}

}  // namespace

AlertMessage message_of(const AlertRules& rules, const AlertLinks& links, const storage::Alert& alert) {
    AlertMessage message;
    message.id = alert.id;
    message.dedup_key = dedup_key_of(alert);
    message.rule = alert.rule;
    message.severity = severity_of(rules, alert);
    message.ends = alert.ends;
    message.title = title_of(alert);
    message.reason = reason_of(rules, alert) + way_to_list(links.places, alert);
    message.link = link_of(links, alert);
    const bool one = is_of_one_connection(alert);
    message.tenant = one || alert.rule == rule::app_refused ? alert.tenant.str() : "";
    message.integration = one ? alert.integration.str() : "";
    message.provider = alert.provider.str();
    message.status = alert.status;
    message.count = alert.count;
    message.names.assign(alert.names.begin(),
                         alert.names.begin() + static_cast<std::ptrdiff_t>(std::min(alert.names.size(), names_shown)));
    message.at = alert.first_at;
    return message;
}

std::string plain_text(const AlertMessage& message) {
    std::string text = message.title + "\n" + message.reason + "\n";
    if (!message.names.empty() && message.count > 1) {
        for (const std::string& name : message.names)
            text += "- " + name + "\n";
        if (message.count > message.names.size())
            text += "and " + std::to_string(message.count - message.names.size()) + " more\n";
    }
    return message.link.empty() ? text : text + message.link + "\n";
}

}  // namespace evergrant::health
