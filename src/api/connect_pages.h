#pragma once
//
// The connect page: what an end user sees, from the choice of a provider to how it ended. Written here in full, so that
// it works without a script; everything is escaped, nothing is loaded from elsewhere. Row S3 of docs/security.md.
//
#include "base/error.h"
#include "broker/connect_sessions.h"
#include "catalog/provider.h"
#include "net/http_message.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::api {

/// What stands in a provider's form, and what is wrong with it.
struct ConnectForm {
    const catalog::Provider* provider{nullptr};
    catalog::Parameters given{};
    std::vector<broker::ConnectProblem> problems{};
    std::string_view failed{};  ///< the contract's code of why it could not begin; empty: it was not tried
};

/// The name under which a form sends a parameter.
[[nodiscard]] std::string form_name_of(const catalog::ValueRule& rule);

[[nodiscard]] net::Response choose_provider_page(const broker::ConnectView& view);

/// Whom and what is connected, what is asked for, and the button that begins it.
[[nodiscard]] net::Response consent_page(const broker::ConnectView& view, const ConnectForm& form);

/// Sends the browser on to the ticket. A page, because a browser holds where a form's redirects lead against the page
/// it was on, and the provider's address is none of that page's.
[[nodiscard]] net::Response on_to_provider_page(const catalog::Provider& provider, std::string_view url);

/// Of a session that is connected or has failed.
[[nodiscard]] net::Response connect_done_page(const broker::ConnectView& view);

[[nodiscard]] net::Response connect_error_page(const Error& error, std::string_view request_id);

}  // namespace evergrant::api
