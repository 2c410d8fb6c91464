#include "health/setup.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace evergrant::health {

namespace {

using storage::HealthStatus;

constexpr std::size_t page_size = 200;

std::string name_of(const storage::ConnectionSummary& connection) {
    return "\"" + connection.key.integration.str() + "\" at " + connection.provider.str();
}

/// What a person has to do about it; nothing: nobody has to do anything.
std::optional<std::string> issue_of(const storage::HealthReport& report) {
    const storage::ConnectionSummary& connection = report.connection;
    switch (report.status) {
        case HealthStatus::healthy: return std::nullopt;
        case HealthStatus::expiring:
            if (connection.renewable)
                return std::nullopt;
            return "The connection " + name_of(connection) +
                   " ends soon and the provider gave no refresh token: authorize it again.";
        case HealthStatus::refresh_failed:
            return "The connection " + name_of(connection) + " could not be refreshed: " + connection.last_error;
        case HealthStatus::invalid:
            return "The connection " + name_of(connection) + " is dead, authorize it again: " + connection.last_error;
    }
    std::unreachable();
}

bool is_healthy(HealthStatus status) {
    return status == HealthStatus::healthy || status == HealthStatus::expiring;
}

void add(SetupState& state, const storage::HealthReport& report) {
    auto [place, first] = state.token_health.emplace(report.connection.provider, report.status);
    place->second = std::max(place->second, report.status);
    if (auto issue = issue_of(report))
        state.issues.push_back(std::move(*issue));
}

}  // namespace

SetupState Setup::of_nobody(const TenantId& tenant) {
    SetupState state;
    state.issues.push_back("There is no tenant \"" + tenant.str() + "\": create it by POST /api/tenants.");
    return state;
}

async::Task<Result<SetupState>> Setup::of(TenantId tenant) {
    const auto exists = co_await parts_.store.find_tenant(tenant);
    if (!exists)
        co_return std::unexpected(exists.error());
    if (!*exists)
        co_return of_nobody(tenant);
    SetupState state;
    state.tenant_exists = true;
    auto read = co_await read_health(&state, tenant);
    if (read)
        read = co_await read_credentials(&state, tenant);
    if (!read)
        co_return std::unexpected(std::move(read).error());
    state.connected = !state.token_health.empty();
    state.tokens_healthy = state.connected && std::ranges::all_of(state.token_health, [](const auto& entry) {
                               return is_healthy(entry.second);
                           });
    if (!state.connected)
        state.issues.push_back("The tenant has no connection: authorize one by GET /api/oauth/authorize/" +
                               tenant.str() + ".");
    co_return state;
}

async::Task<Result<void>> Setup::read_health(SetupState* state, TenantId tenant) {
    storage::HealthFilter filter;
    filter.tenant = std::move(tenant);
    std::string cursor;
    do {
        auto page = co_await parts_.store.list_health(filter, cursor, page_size);
        if (!page)
            co_return std::unexpected(std::move(page).error());
        for (const storage::HealthReport& report : page->items)
            add(*state, report);
        cursor = std::move(page->next_cursor);
    } while (!cursor.empty());
    co_return Result<void>();
}

async::Task<Result<void>> Setup::read_credentials(SetupState* state, TenantId tenant) {
    std::vector<ProviderId> used;
    for (const auto& [provider, status] : state->token_health)
        used.push_back(provider);
    const bool any_will_do = used.empty();
    if (any_will_do)
        for (const catalog::Provider* provider : parts_.catalog.all())
            used.push_back(provider->id);
    std::vector<std::string> missing;
    for (const ProviderId& provider : used) {
        const auto client = co_await parts_.clients.find(tenant, provider);
        if (!client && client.error().code != Errc::missing_app_credentials)
            co_return std::unexpected(client.error());
        if (client && any_will_do) {
            state->app_credentials = true;
            co_return Result<void>();
        }
        if (!client)
            missing.push_back("There are no app credentials for " + provider.str() + ": " + client.error().message);
    }
    state->app_credentials = missing.empty();
    if (any_will_do)
        state->issues.emplace_back("There are no app credentials for any provider: PUT /api/credentials/<provider>.");
    else
        std::ranges::move(missing, std::back_inserter(state->issues));
    co_return Result<void>();
}

}  // namespace evergrant::health
