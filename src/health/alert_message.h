#pragma once
//
// Alert message: what a person reads of an alert, the same in every channel. Pure.
//
#include "base/clock.h"
#include "broker/redirects.h"
#include "broker/renewal_link.h"
#include "health/alert_rules.h"
#include "storage/alerts.h"

#include <string>

namespace evergrant::health {

/// Where alerts may lead.
struct AlertLinks {
    broker::RedirectRules places;
    const broker::RenewalLinks* renewals{nullptr};  ///< outlives whoever is given it; null: there are none
};

struct AlertMessage {
    std::string id;         ///< the same whenever it is sent
    std::string dedup_key;  ///< the same for an alert and for its end
    std::string rule;
    storage::Severity severity{storage::Severity::info};
    bool ends{false};
    std::string title;   ///< `OAuth Token invalid: acme/zoho_crm`
    std::string reason;  ///< sentences
    std::string link;    ///< where a person acts; empty: nowhere, the reason says what to do
    std::string tenant;
    std::string integration;
    std::string provider;
    std::string status;
    std::uint64_t count{1};
    std::vector<std::string> names;
    Instant at;
};

/// Its link leads to the console if there is one; else, of one connection that needs a person, to its renewal.
[[nodiscard]] AlertMessage message_of(const AlertRules& rules, const AlertLinks& links, const storage::Alert& alert);

/// Title, reason, names and link in lines.
[[nodiscard]] std::string plain_text(const AlertMessage& message);

}  // namespace evergrant::health
