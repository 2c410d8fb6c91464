#pragma once
//
// Pages for people who have no credentials here: who open this server, who come back from a provider where no console
// is configured, and who were sent a renewal link. Each says the same as JSON to who prefers that. Nothing of a query
// is shown but words of a list of ours. Rows S2 and S3 of docs/security.md.
//
#include "broker/authorizer.h"
#include "broker/renewals.h"
#include "catalog/catalog.h"
#include "net/http_message.h"

#include <string>
#include <string_view>

namespace evergrant::api {

/// Whether to answer in JSON: asked for, and no page is.
[[nodiscard]] bool prefers_json(const net::Request& request);

[[nodiscard]] net::Response front_page(bool as_json);

/// What failed and what to do, in words for a person; `code`: the contract's.
[[nodiscard]] std::string_view words_for_reason(std::string_view code);

/// What the query of a finished authorization says: `oauth`, `provider`, `reason`.
struct OutcomeTold {
    std::string oauth;
    std::string provider;
    std::string reason;
};
[[nodiscard]] net::Response outcome_page(const OutcomeTold& told, const catalog::Catalog& catalog, bool as_json);

/// How the connection of a renewal link stands, and a button if it needs a person.
[[nodiscard]] net::Response renewal_page(const broker::Renewal& renewal, bool as_json);

/// Sends the browser on to the ticket. A page, because a browser holds where a form's redirects lead against the page
/// it was on, and the provider's address is none of that page's.
[[nodiscard]] net::Response way_to_provider(const broker::Renewal& renewal, const broker::AuthorizationStarted& started,
                                            bool as_json);

/// What is asked before an authorization goes on, with a button for yes and one for no.
[[nodiscard]] net::Response question_page(const broker::AuthorizationQuestion& question);

/// Sends the browser on after an answer; a page for the reason given above.
[[nodiscard]] net::Response way_on(const std::string& location, bool as_json);

}  // namespace evergrant::api
