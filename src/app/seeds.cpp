#include "app/seeds.h"

#include "base/log.h"

#include <utility>

namespace evergrant::app {

namespace {

async::Task<Result<void>> plant(storage::Store* store, const Clock* clock, const RefreshTokenSeed* seed) {
    ConnectionKey key;
    key.tenant = seed->tenant;
    key.integration = IntegrationId(seed->provider.str());
    const auto existing = co_await store->find_connection(key);
    if (!existing)
        co_return std::unexpected(existing.error());
    const auto first = co_await store->first_time("seed " + seed->provider.str() + " " + seed->tenant.str());
    if (!first)
        co_return std::unexpected(first.error());
    if (*existing || !*first)
        co_return Result<void>();

    storage::Tenant tenant;
    tenant.id = seed->tenant;
    tenant.name = seed->tenant.str();
    tenant.created_at = tenant.updated_at = clock->now();
    const auto created = co_await store->create_tenant(std::move(tenant));
    if (!created && created.error().code != Errc::conflict)
        co_return std::unexpected(created.error());

    // Expired from the beginning: the first use, or the next look for due connections, refreshes it.
    storage::NewGrant grant;
    grant.key = key;
    grant.provider = seed->provider;
    grant.tokens.refresh_token = seed->refresh_token.clone();
    grant.tokens.expires_at = clock->now_seconds();
    grant.tokens.lifetime = std::chrono::seconds(1);
    grant.refresh_due_at = clock->now();
    const auto saved = co_await store->save_grant(std::move(grant));
    if (!saved)
        co_return std::unexpected(saved.error());
    std::vector<storage::AuditEvent> events(1);
    events.front() = {.at = clock->now(),
                      .actor = "system",
                      .action = "connection.seed",
                      .tenant = key.tenant.str(),
                      .integration = key.integration.str(),
                      .outcome = "ok"};
    const auto noted = co_await store->append_audit(std::move(events));
    if (!noted)
        co_return std::unexpected(noted.error());
    log(LogLevel::info, "refresh_token_seeded", {{"tenant", key.tenant.str()}, {"provider", seed->provider.str()}});
    co_return Result<void>();
}

}  // namespace

async::Task<Result<void>> plant_seeds(storage::Store* store, const Clock* clock,
                                      const std::vector<RefreshTokenSeed>* seeds) {
    for (const RefreshTokenSeed& seed : *seeds) {
        const auto planted = co_await plant(store, clock, &seed);
        if (!planted)
            co_return planted;
    }
    co_return Result<void>();
}

}  // namespace evergrant::app
