#include "broker/renewals.h"

#include "broker/check_plan.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

std::unexpected<Error> not_a_good_link() {
    return failure(Errc::invalid_state, "This link has expired, or it is not whole; ask for a new one.");
}

RenewalState state_of(const storage::ConnectionSummary& connection, const catalog::Provider& provider, Instant now) {
    switch (connection.status) {
        case storage::ConnectionStatus::invalid: return RenewalState::dead;
        case storage::ConnectionStatus::refresh_failed: return RenewalState::failing;
        case storage::ConnectionStatus::healthy: break;
    }
    const bool ending = notice_due(watched(connection, &provider), now) != 0;
    return ending ? RenewalState::ending : RenewalState::fine;
}

/// A grant that was asked for with scopes of its own is not to come back with fewer. What the provider says was granted
/// may lack what it never repeats, such as offline_access: so the provider's own are asked for, too.
std::vector<std::string> scopes_for(const catalog::Provider& provider, const storage::Connection& connection) {
    std::vector<std::string> scopes = provider.scopes;
    for (const std::string& scope : connection.summary.scopes)
        if (std::ranges::find(scopes, scope) == scopes.end() && scope != "launch")  // which an EHR alone can begin
            scopes.push_back(scope);
    return scopes;
}

}  // namespace

std::string_view name_of(RenewalState state) noexcept {
    switch (state) {
        case RenewalState::gone: return "gone";
        case RenewalState::dead: return "invalid";
        case RenewalState::failing: return "refresh_failed";
        case RenewalState::ending: return "expiring";
        case RenewalState::fine: return "healthy";
    }
    std::unreachable();
}

async::Task<Result<Renewals::Found>> Renewals::find(std::string link) {
    const Instant now = parts_.clock.now();
    auto subject = parts_.links == nullptr ? std::nullopt : parts_.links->read(link, now);
    if (!subject)
        co_return not_a_good_link();
    const catalog::Provider* provider = parts_.catalog.find(subject->provider);
    const auto tenant = co_await parts_.store.find_tenant(subject->key.tenant);
    if (!tenant)
        co_return std::unexpected(tenant.error());
    if (!*tenant || provider == nullptr)
        co_return not_a_good_link();
    auto connection = co_await parts_.store.find_connection(subject->key);
    if (!connection)
        co_return std::unexpected(std::move(connection).error());
    if (*connection && (*connection)->summary.provider != subject->provider)
        co_return not_a_good_link();
    Found found;
    found.renewal.provider_name = provider->name;
    found.renewal.state = *connection ? state_of((*connection)->summary, *provider, now) : RenewalState::gone;
    if (found.renewal.state == RenewalState::ending)
        found.renewal.ends = (*connection)->summary.dies_at;
    found.renewal.subject = std::move(*subject);
    found.connection = std::move(*connection);
    co_return found;
}

async::Task<Result<Renewal>> Renewals::look(std::string link) {
    auto found = co_await find(std::move(link));
    if (!found)
        co_return std::unexpected(std::move(found).error());
    co_return std::move(found->renewal);
}

async::Task<Result<Renewals::Begun>> Renewals::begin(std::string link) {
    auto found = co_await find(std::move(link));
    if (!found)
        co_return std::unexpected(std::move(found).error());
    Begun begun;
    begun.renewal = found->renewal;
    if (!begun.renewal.is_needed())
        co_return begun;
    AuthorizationOrder order;
    order.tenant = begun.renewal.subject.key.tenant;
    order.integration = begun.renewal.subject.key.integration;
    order.provider = begun.renewal.subject.provider.str();
    order.started_by = actor;
    order.for_end_user = true;
    if (found->connection) {
        order.scopes = scopes_for(*parts_.catalog.find(begun.renewal.subject.provider), *found->connection);
        order.params = found->connection->params;
    }
    auto started = co_await parts_.authorizer.start(std::move(order));
    if (!started)
        co_return std::unexpected(std::move(started).error());
    begun.started = std::move(*started);
    co_return begun;
}

}  // namespace evergrant::broker
