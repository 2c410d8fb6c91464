#pragma once
//
// Alert message: what a person reads of an alert, the same in every channel. Pure.
//
#include "base/clock.h"
#include "broker/redirects.h"
#include "health/alert_rules.h"
#include "storage/alerts.h"

#include <string>

namespace evergrant::health {

struct AlertMessage {
    std::string id;         ///< the same whenever it is sent
    std::string dedup_key;  ///< the same for an alert and for its end
    std::string rule;
    storage::Severity severity{storage::Severity::info};
    bool ends{false};
    std::string title;   ///< `OAuth Token invalid: acme/zoho_crm`
    std::string reason;  ///< sentences
    std::string link;    ///< where a person acts
    std::string tenant;
    std::string integration;
    std::string provider;
    std::string status;
    std::uint64_t count{1};
    std::vector<std::string> names;
    Instant at;
};

[[nodiscard]] AlertMessage message_of(const AlertRules& rules, const broker::RedirectRules& links,
                                      const storage::Alert& alert);

/// Title, reason, names and link in lines.
[[nodiscard]] std::string plain_text(const AlertMessage& message);

}  // namespace evergrant::health
