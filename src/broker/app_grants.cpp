#include "broker/app_grants.h"

#include "base/log.h"
#include "oauth/grant_type.h"
#include "oauth/smart_scopes.h"

#include <utility>

namespace evergrant::broker {

namespace {

/// Whoever began it sees to it now; a scheduler only if that one is gone.
constexpr std::chrono::seconds before_others_see_to_it{60};

bool is_what_was_ordered(const storage::Connection& standing, const storage::NewGrant& ordered) {
    return standing.summary.provider == ordered.provider && standing.summary.grant_type == ordered.grant_type &&
           standing.params == ordered.params && standing.asked_scopes == ordered.asked_scopes;
}

/// A refusal leaves the name free again. What failed on our side may have brought a token set all the same.
bool leaves_nothing(Errc why) {
    return why != Errc::store_unavailable && why != Errc::shutting_down;
}

std::unexpected<Error> another_stands(const storage::Connection& standing) {
    const storage::ConnectionSummary& summary = standing.summary;
    return failure(Errc::conflict, "The connection \"" + summary.key.integration.str() +
                                       "\" stands already, granted by provider \"" + summary.provider.str() + "\" by " +
                                       std::string(oauth::name_of(summary.grant_type)) +
                                       ", or with other scopes or parameters: revoke it first, or give another "
                                       "integrationId.");
}

}  // namespace

async::Task<Result<AppGrantObtained>> AppGrants::obtain(AppGrantOrder order) {
    TokenQuery query;
    query.trace = order.trace;
    auto ordered = co_await plan(std::move(order));
    if (!ordered)
        co_return std::unexpected(std::move(ordered).error());
    storage::NewGrant beginning = ordered->clone();
    const auto begun = co_await parts_.store.begin_grant(std::move(beginning));
    if (!begun)
        co_return std::unexpected(begun.error());
    if (!is_what_was_ordered(*begun, *ordered))
        co_return another_stands(*begun);

    query.key = ordered->key;
    const auto token = co_await parts_.vendor.token(std::move(query));
    if (!token) {
        co_await abandon(&*begun, token.error().code);
        co_return std::unexpected(token.error());
    }
    AppGrantObtained obtained;
    obtained.integration = ordered->key.integration;
    obtained.expires_at = (*token)->expires_at;
    co_return obtained;
}

async::Task<Result<storage::NewGrant>> AppGrants::plan(AppGrantOrder order) {
    const auto tenant = co_await parts_.store.find_tenant(order.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!*tenant)
        co_return failure(Errc::tenant_not_found, "There is no tenant \"" + order.tenant.str() + "\".");
    const auto provider = parts_.catalog.get(order.provider);
    if (!provider)
        co_return std::unexpected(provider.error());
    if (!(*provider)->grants(order.type))
        co_return invalid_field("provider", "Provider \"" + order.provider + "\" has no " +
                                                std::string(oauth::name_of(order.type)) +
                                                " grant: nothing is granted to the app by itself that way.");
    const auto deadline = async::Deadline::after(parts_.provider_timeout);
    GrantQuery query;
    query.provider = *provider;
    query.tenant = order.tenant;
    query.params = std::move(order.params);
    query.type = order.type;
    query.giver = order.giver;
    const auto planned = co_await plan_grant(&parts_.clients, &parts_.calls, &parts_.store, std::move(query), deadline);
    if (!planned)
        co_return std::unexpected(planned.error());

    storage::NewGrant grant;
    grant.key.tenant = order.tenant;
    grant.key.integration = order.integration.value_or(IntegrationId((*provider)->id.str()));
    grant.provider = (*provider)->id;
    grant.params = planned->params;
    grant.grant_type = order.type;
    grant.asked_scopes = oauth::smart_scopes_for(planned->endpoints.capabilities, std::move(order.scopes));
    grant.tokens.scopes = grant.asked_scopes;
    // There is no token yet: it has ended.
    grant.tokens.expires_at = parts_.clock.now_seconds();
    grant.tokens.lifetime = std::chrono::seconds(1);
    grant.refresh_due_at = parts_.clock.now() + before_others_see_to_it;
    co_return grant;
}

async::Task<void> AppGrants::abandon(const storage::Connection* begun, Errc why) {
    if (!begun->tokens.access_token.empty() || !leaves_nothing(why))
        co_return;
    const ConnectionKey& key = begun->summary.key;
    const auto abandoned = co_await parts_.store.abandon_grant(key, begun->summary.generation);
    if (!abandoned) {
        log(LogLevel::warning, "grant_not_abandoned",
            {{"tenant", key.tenant.str()},
             {"integration", key.integration.str()},
             {"error", abandoned.error().message}});
        co_return;
    }
    if (*abandoned)
        co_await parts_.vendors.removed(key, begun->summary.generation);
}

}  // namespace evergrant::broker
