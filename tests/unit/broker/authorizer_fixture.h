#pragma once
//
// For tests of authorizations: a tenant with app credentials, links for it, and browsers that come back.
//
#include "oauth/authorization_request.h"
#include "stage.h"

#include <boost/url/parse.hpp>

#include <algorithm>

namespace evergrant::broker {

inline std::string query_value(const std::string& url, std::string_view name) {
    const auto parsed = boost::urls::parse_uri(url);
    const auto found = parsed->params().find(name);
    return found == parsed->params().end() ? "" : std::string((*found).value);
}

class AuthorizerTest : public Stage {
protected:
    void SetUp() override { add_tenant(); }

    static AuthorizationOrder order() {
        AuthorizationOrder order;
        order.tenant = acme_demo.tenant;
        order.provider = "demo";
        return order;
    }
    AuthorizationStarted started(AuthorizationOrder wanted = order()) {
        return run(use_cases().authorizer.start(std::move(wanted))).value();
    }
    Errc refusal(AuthorizationOrder wanted) {
        return run(use_cases().authorizer.start(std::move(wanted))).error().code;
    }

    /// The shards' drain waits for it; nothing can be run after.
    void let_background_work_end() { shards_.stop(async::Deadline::after(std::chrono::seconds(20))); }
    [[nodiscard]] std::size_t count_revocations() const {
        return static_cast<std::size_t>(std::ranges::count(provider_.urls(), "https://accounts.example.com/revoke"));
    }

    Result<AuthorizationFinished> come_back(const std::string& query, std::string browser_secret = {},
                                            const std::string& path = "/api/oauth/callback") {
        CallbackReceived received;
        received.path = path;
        received.query = query;
        received.browser_secret = SecretString(std::move(browser_secret));
        return run(use_cases().authorizer.finish(std::move(received)));
    }
};

}  // namespace evergrant::broker
