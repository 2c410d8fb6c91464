#include "broker/administration.h"

#include "base/log.h"
#include "broker/secret_list.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::size_t longest_text = 200;

/// The system's own list of time zones; libstdc++ 12 has no tzdb of its own.
bool is_time_zone(const std::string& name) {
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '+' || c == '/';
    });
    if (!plain || name.empty() || name.size() > longest_text || name.front() == '/')
        return false;
    std::error_code ignored;
    const std::filesystem::path zones("/usr/share/zoneinfo");
    return name == "UTC" || !std::filesystem::is_directory(zones, ignored) ||
           std::filesystem::is_regular_file(zones / name, ignored);
}

/// Values that no connection can have would be secrets that nobody ever uses.
Result<void> check_values(const catalog::Provider& provider, const SecretList& given) {
    if (!given.by)
        return {};
    for (const SecretsOfParameter& one : *given.by) {
        const auto rule = std::ranges::find(provider.parameters, one.parameter, &catalog::ValueRule::name);
        const bool known = rule != provider.parameters.end();
        if (!known || !rule->check(one.value))
            return invalid_field(
                "clientSecretsBy." + one.parameter,
                known ? "The parameter \"" + one.parameter + "\" cannot be \"" + one.value + "\"."
                      : "Provider \"" + provider.id.str() + "\" has no parameter \"" + one.parameter + "\".");
    }
    return {};
}

/// What is stored for the same app stays where a change says nothing of it.
SecretList changed(SecretList given, SecretList stored) {
    if (given.usual.empty())
        given.usual = std::move(stored.usual);
    if (!given.by)
        given.by = std::move(stored.by);
    return given;
}

Result<void> apply(storage::Tenant& tenant, TenantChange change) {
    if (change.name) {
        if (change.name->empty() || change.name->size() > longest_text)
            return invalid_field("name", "name must have 1 to 200 bytes.");
        tenant.name = std::move(*change.name);
    }
    if (change.time_zone) {
        if (!change.time_zone->empty() && !is_time_zone(*change.time_zone))
            return invalid_field("timeZone", "timeZone must be an IANA name such as Europe/Berlin.");
        tenant.time_zone = std::move(*change.time_zone);
    }
    if (change.contacts)
        tenant.contacts = std::move(*change.contacts);
    if (change.settings)
        tenant.settings = std::move(*change.settings);
    return {};
}

std::unexpected<Error> no_tenant(const TenantId& id) {
    return failure(Errc::tenant_not_found, "There is no tenant \"" + id.str() + "\".");
}

}  // namespace

async::Task<Result<storage::Tenant>> Administration::create_tenant(TenantId id, TenantChange described) {
    storage::Tenant tenant;
    tenant.id = std::move(id);
    if (!described.name)
        described.name = tenant.id.str();
    const auto applied = apply(tenant, std::move(described));
    if (!applied)
        co_return std::unexpected(applied.error());
    tenant.created_at = tenant.updated_at = parts_.clock.now();
    co_return co_await parts_.store.create_tenant(std::move(tenant));
}

async::Task<Result<storage::Tenant>> Administration::change_tenant(TenantId id, TenantChange change, bool replace) {
    auto found = co_await tenant(id);
    if (!found)
        co_return found;
    if (replace) {
        if (!change.name)
            co_return invalid_field("name", "name is required.");
        found->time_zone.clear();
        found->contacts.clear();
        found->settings.clear();
    }
    const auto applied = apply(*found, std::move(change));
    if (!applied)
        co_return std::unexpected(applied.error());
    found->updated_at = parts_.clock.now();
    co_return co_await parts_.store.update_tenant(std::move(*found));
}

async::Task<Result<storage::Tenant>> Administration::tenant(TenantId id) {
    auto found = co_await parts_.store.find_tenant(id);
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return no_tenant(id);
    co_return std::move(**found);
}

async::Task<Result<storage::Page<storage::Tenant>>> Administration::tenants(std::string cursor, std::size_t limit) {
    co_return co_await parts_.store.list_tenants(std::move(cursor), limit);
}

async::Task<Result<void>> Administration::remove_tenant(TenantId id) {
    // Connections first: their cached tokens must end with them.
    const auto withdrawn = co_await withdraw_all(id);
    if (!withdrawn)
        co_return withdrawn;
    const auto removed = co_await parts_.store.remove_tenant(id);
    if (!removed)
        co_return std::unexpected(removed.error());
    if (!*removed)
        co_return no_tenant(id);
    co_return Result<void>();
}

async::Task<Result<void>> Administration::withdraw_all(TenantId tenant) {
    storage::ConnectionFilter filter;
    filter.tenant = tenant;
    constexpr std::size_t page_size = 200;
    std::string cursor;
    do {
        const auto page = co_await parts_.store.list_connections(filter, cursor, page_size);
        if (!page)
            co_return std::unexpected(page.error());
        for (const auto& connection : page->items) {
            const auto removed = co_await parts_.store.remove_connection(connection.key);
            if (!removed)
                co_return std::unexpected(removed.error());
            const storage::Generation last = *removed ? (*removed)->summary.generation : connection.generation;
            co_await parts_.vendors.removed(connection.key, last);
        }
        cursor = page->next_cursor;
    } while (!cursor.empty());
    co_return Result<void>();
}

async::Task<Result<storage::AppCredentials>> Administration::save_credentials(CredentialsGiven given) {
    const auto provider = parts_.catalog.get(given.provider);
    if (!provider)
        co_return std::unexpected(provider.error());
    if (given.client_id.empty() || given.client_id.size() > 1024)
        co_return invalid_field("clientId", "clientId must have 1 to 1,024 bytes.");
    SecretList secrets = SecretList::read(std::move(given.client_secrets));
    const auto possible = check_values(**provider, secrets);
    if (!possible)
        co_return std::unexpected(possible.error());
    if (given.tenant) {
        const auto exists = co_await tenant(*given.tenant);
        if (!exists)
            co_return std::unexpected(exists.error());
    }
    storage::AppCredentials credentials;
    credentials.tenant = given.tenant;
    credentials.provider = (*provider)->id;
    credentials.client_id = std::move(given.client_id);
    credentials.params = std::move(given.params);
    credentials.updated_at = parts_.clock.now();
    if (secrets.usual.empty() || !secrets.by) {
        auto stored = co_await parts_.store.find_app_credentials(given.tenant, credentials.provider);
        if (!stored)
            co_return std::unexpected(std::move(stored).error());
        if (*stored && (*stored)->client_id == credentials.client_id)
            secrets = changed(std::move(secrets), SecretList::read(std::move((*stored)->client_secrets)));
    }
    if (secrets.by && secrets.by->empty())
        secrets.by.reset();
    credentials.client_secrets = std::move(secrets).written();
    const auto saved = co_await parts_.store.save_app_credentials(credentials.clone());
    if (!saved)
        co_return std::unexpected(saved.error());
    parts_.key_revision.changed();
    parts_.news.keys_changed();
    log(LogLevel::info, "app_credentials_saved", {{"provider", credentials.provider.str()}});
    co_return credentials;
}

async::Task<Result<storage::AppCredentials>> Administration::credentials(std::optional<TenantId> tenant,
                                                                         std::string provider) {
    const auto known = parts_.catalog.get(provider);
    if (!known)
        co_return std::unexpected(known.error());
    auto stored = co_await parts_.store.find_app_credentials(tenant, (*known)->id);
    if (!stored)
        co_return std::unexpected(std::move(stored).error());
    if (!*stored)
        co_return failure(Errc::not_found, "No app credentials are stored for provider \"" + provider + "\" here.");
    co_return std::move(**stored);
}

async::Task<Result<void>> Administration::remove_credentials(std::optional<TenantId> tenant, std::string provider) {
    const auto known = parts_.catalog.get(provider);
    if (!known)
        co_return std::unexpected(known.error());
    const auto removed = co_await parts_.store.remove_app_credentials(tenant, (*known)->id);
    if (!removed)
        co_return std::unexpected(removed.error());
    if (!*removed)
        co_return failure(Errc::not_found, "No app credentials are stored for provider \"" + provider + "\" here.");
    parts_.key_revision.changed();
    parts_.news.keys_changed();
    co_return Result<void>();
}

async::Task<Result<MintedKey>> Administration::create_key(storage::ApiKey described) {
    if (described.name.empty() || described.name.size() > longest_text)
        co_return invalid_field("name", "name must have 1 to 200 bytes.");
    if (described.expires_at && *described.expires_at <= parts_.clock.now_seconds())
        co_return invalid_field("expiresAt", "expiresAt must lie in the future.");
    for (const ProviderId& provider : described.providers) {
        const auto known = parts_.catalog.get(provider.str());
        if (!known)
            co_return std::unexpected(known.error());
    }
    MintedKey minted = mint_api_key(std::move(described), parts_.random, parts_.clock.now());
    const auto saved = co_await parts_.store.save_api_key(minted.key);
    if (!saved)
        co_return std::unexpected(saved.error());
    parts_.key_revision.changed();
    parts_.news.keys_changed();
    log(LogLevel::info, "api_key_created", {{"key", minted.key.id}, {"role", storage::name_of(minted.key.role)}});
    co_return minted;
}

async::Task<Result<std::vector<storage::ApiKey>>> Administration::keys() {
    co_return co_await parts_.store.list_api_keys();
}

async::Task<Result<void>> Administration::revoke_key(std::string id) {
    const auto revoked = co_await parts_.store.revoke_api_key(id, parts_.clock.now_seconds());
    if (!revoked)
        co_return std::unexpected(revoked.error());
    if (!*revoked)
        co_return failure(Errc::not_found, "There is no API key with this id.");
    parts_.key_revision.changed();
    parts_.known_keys.forget(id);
    parts_.news.keys_changed();
    log(LogLevel::info, "api_key_revoked", {{"key", id}});
    co_return Result<void>();
}

}  // namespace evergrant::broker
