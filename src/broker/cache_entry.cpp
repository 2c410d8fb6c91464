#include "broker/cache_entry.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr sys_seconds far_future{std::chrono::seconds(std::int64_t{1} << 40)};

std::shared_ptr<cache::CachedToken> entry_with(const oauth::TokenSet& tokens) {
    auto entry = std::make_shared<cache::CachedToken>();
    entry->access_token = tokens.access_token.clone();
    entry->token_type = tokens.token_type;
    entry->expires_at = tokens.expires_at;
    entry->lifetime = tokens.lifetime;
    entry->scopes = tokens.scopes;
    entry->metadata = tokens.metadata;
    entry->serve_until = tokens.expires_at.value_or(far_future);
    return entry;
}

}  // namespace

std::shared_ptr<cache::CachedToken> entry_of(const storage::Connection& connection, const RefreshPolicy& policy,
                                             std::optional<Instant> next_try_at, double dice) {
    const storage::ConnectionSummary& summary = connection.summary;
    auto entry = entry_with(connection.tokens);
    entry->key = summary.key;
    entry->provider = summary.provider;
    entry->generation = summary.generation;

    const sys_seconds dies = entry->serve_until;
    const bool dead = summary.status == storage::ConnectionStatus::invalid;
    if (!dead && summary.renewable)
        entry->serve_until = renewal_time(policy, connection.tokens, dice).value_or(dies);
    if (dead || summary.status == storage::ConnectionStatus::refresh_failed) {
        entry->degraded = true;
        const std::optional<Instant> next = next_try_at ? next_try_at : summary.next_try_at;
        entry->serve_until = dead || !next ? dies : std::min(dies, std::chrono::ceil<std::chrono::seconds>(*next));
    }
    return entry;
}

std::shared_ptr<cache::CachedToken> entry_of(cache::SharedCopy copy, const RefreshPolicy& policy, double dice) {
    auto entry = entry_with(copy.tokens);
    entry->key = std::move(copy.key);
    entry->provider = std::move(copy.provider);
    entry->generation = copy.generation;
    if (copy.renewable)
        entry->serve_until = renewal_time(policy, copy.tokens, dice).value_or(entry->serve_until);
    return entry;
}

std::shared_ptr<cache::CachedToken> degraded_entry(const cache::CachedToken& known, sys_seconds until) {
    auto old = std::make_shared<cache::CachedToken>();
    old->key = known.key;
    old->provider = known.provider;
    old->generation = known.generation;
    old->access_token = known.access_token.clone();
    old->token_type = known.token_type;
    old->expires_at = known.expires_at;
    old->lifetime = known.lifetime;
    old->scopes = known.scopes;
    old->metadata = known.metadata;
    old->degraded = true;
    old->serve_until = known.expires_at ? std::min(until, *known.expires_at) : until;
    old->note_asked(known.asked_at());
    old->spare_until(known.spared_until());
    return old;
}

std::optional<cache::SharedCopy> copy_of(const storage::Connection& connection, Instant read_at) {
    const storage::ConnectionSummary& summary = connection.summary;
    if (summary.status != storage::ConnectionStatus::healthy)
        return std::nullopt;
    cache::SharedCopy copy;
    copy.key = summary.key;
    copy.provider = summary.provider;
    copy.generation = summary.generation;
    copy.tokens = connection.tokens.clone();
    copy.tokens.refresh_token = SecretString();
    copy.renewable = summary.renewable;
    copy.read_at = read_at;
    return copy;
}

}  // namespace evergrant::broker
