#include "broker/token_vendor.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

/// A token this young is the freshest there is: asking for a fresher one gets it.
constexpr std::chrono::seconds brand_new{5};
/// How long a token of before is served while our own store or credentials keep it from being renewed.
constexpr std::chrono::seconds pause_after_own_failure{5};
constexpr sys_seconds far_future{std::chrono::seconds(std::int64_t{1} << 40)};

bool brand_new_at(const cache::CachedToken& token, sys_seconds now) {
    return token.expires_at && token.lifetime.count() > 0 && *token.expires_at - token.lifetime + brand_new > now;
}

Error reauthorization_error(const storage::ConnectionSummary& connection) {
    Error error{.code = Errc::reauthorization_required, .message = connection.last_error};
    if (error.message.empty())
        error.message = "The access token has expired and the provider gave no refresh token; authorize again.";
    return error;
}

}  // namespace

TokenVendor::TokenVendor(Parts parts, TokenVendors& all)
    : parts_(std::move(parts)),
      all_(all),
      cache_(parts_.cache_capacity),
      loads_(parts_.shard, "load"),
      refreshes_(parts_.shard, "refresh") {}

async::Task<Result<cache::SharedToken>> TokenVendor::token(TokenQuery query) {
    async::Shard& home = all_.home_of(query.key);
    TokenVendor& vendor = all_.of(home);
    if (&vendor == this)
        co_return co_await token_at_home(std::move(query));
    auto ask = [&vendor, query = std::move(query)] { return vendor.token_at_home(query); };
    const std::function<async::Task<Result<cache::SharedToken>>()> work = std::move(ask);
    auto token = co_await async::run_on<Result<cache::SharedToken>>(home, work);
    if (token)
        cache_.put(*token);
    co_return token;
}

async::Task<Result<cache::SharedToken>> TokenVendor::token_at_home(TokenQuery query) {
    const auto known = co_await known_at_home(query.key);
    if (!known)
        co_return known;
    const sys_seconds now = parts_.clock.now_seconds();
    const bool wanted_new = query.force_refresh && !brand_new_at(**known, now);
    if (!wanted_new && (*known)->serves(now, query.min_ttl))
        co_return known;
    co_return co_await refreshed_at_home(*known, query.min_ttl);
}

async::Task<Result<cache::SharedToken>> TokenVendor::renew_at_home(ConnectionKey key) {
    const auto known = co_await known_at_home(std::move(key));
    if (!known)
        co_return known;
    co_return co_await refreshed_at_home(*known, std::chrono::seconds(0));
}

async::Task<Result<cache::SharedToken>> TokenVendor::known_at_home(ConnectionKey key) {
    if (const auto* found = cache_.find(key.tenant.str(), key.integration.str()))
        co_return *found;
    auto work = [this, key] { return load(key); };
    co_return co_await join(&loads_, key, std::move(work));
}

async::Task<Result<cache::SharedToken>> TokenVendor::refreshed_at_home(cache::SharedToken known,
                                                                       std::chrono::seconds asked_ttl) {
    auto work = [this, known, asked_ttl] { return refresh(known->key, known, asked_ttl); };
    co_return co_await join(&refreshes_, known->key, std::move(work));
}

async::Task<Result<cache::SharedToken>> TokenVendor::join(Flight* flights, ConnectionKey key, Flight::Work work) {
    auto landed = co_await flights->run(std::move(key), std::move(work));
    if (!landed)
        co_return failure(Errc::shutting_down, "The server is shutting down; ask another replica.");
    co_return std::move(*landed);
}

async::Task<Result<cache::SharedToken>> TokenVendor::load(ConnectionKey key) {
    const std::uint64_t withdrawals_before = withdrawals_;
    auto found = co_await parts_.store.find_connection(key);
    if (!found)
        co_return std::unexpected(std::move(found).error());
    if (!*found)
        co_return failure(Errc::no_connection,
                          "There is no connection \"" + key.integration.str() + "\" for this tenant.");
    co_return keep(token_of(**found, std::nullopt), withdrawals_before);
}

async::Task<Result<cache::SharedToken>> TokenVendor::refresh(ConnectionKey key, cache::SharedToken known,
                                                             std::chrono::seconds asked_ttl) {
    const std::uint64_t withdrawals_before = withdrawals_;
    auto outcome = co_await parts_.refresher.refresh(key, known->generation);
    if (!outcome)
        co_return serve_old(known, std::move(outcome).error());

    const storage::ConnectionSummary& summary = outcome->connection.summary;
    const bool still_valid = !summary.expires_at || *summary.expires_at > parts_.clock.now_seconds();
    auto token = token_of(outcome->connection, outcome->next_try_at);
    token->asked_ttl = asked_ttl;
    auto kept = keep(std::move(token), withdrawals_before);
    if (still_valid)
        co_return kept;
    if (outcome->failure)
        co_return std::unexpected(error_of(*outcome->failure, summary));
    co_return std::unexpected(reauthorization_error(summary));
}

/// A failure of ours must not fail a read while the token held is valid.
Result<cache::SharedToken> TokenVendor::serve_old(const cache::SharedToken& known, Error error) {
    const sys_seconds now = parts_.clock.now_seconds();
    const bool gone = error.code == Errc::no_connection || error.code == Errc::tenant_not_found;
    if (gone || (known->expires_at && *known->expires_at <= now))
        return std::unexpected(std::move(error));
    auto old = std::make_shared<cache::CachedToken>();
    old->key = known->key;
    old->provider = known->provider;
    old->generation = known->generation;
    old->access_token = known->access_token.clone();
    old->token_type = known->token_type;
    old->expires_at = known->expires_at;
    old->lifetime = known->lifetime;
    old->scopes = known->scopes;
    old->metadata = known->metadata;
    old->degraded = true;
    old->serve_until = now + pause_after_own_failure;
    if (known->expires_at)
        old->serve_until = std::min(old->serve_until, *known->expires_at);
    old->rendered = parts_.render(*old);
    return keep(std::move(old), withdrawals_);
}

std::shared_ptr<cache::CachedToken> TokenVendor::token_of(const storage::Connection& connection,
                                                          std::optional<Instant> next_try_at) {
    const storage::ConnectionSummary& summary = connection.summary;
    auto token = std::make_shared<cache::CachedToken>();
    token->key = summary.key;
    token->provider = summary.provider;
    token->generation = summary.generation;
    token->access_token = connection.tokens.access_token.clone();
    token->token_type = connection.tokens.token_type;
    token->expires_at = connection.tokens.expires_at;
    token->lifetime = connection.tokens.lifetime;
    token->scopes = connection.tokens.scopes;
    token->metadata = connection.tokens.metadata;

    const sys_seconds dies = token->expires_at.value_or(far_future);
    const bool dead = summary.status == storage::ConnectionStatus::invalid;
    token->serve_until = dies;
    if (!dead && summary.has_refresh_token)
        token->serve_until = renewal_time(parts_.policy, connection.tokens, parts_.random.dice()).value_or(dies);
    if (dead || summary.status == storage::ConnectionStatus::refresh_failed) {
        token->degraded = true;
        const std::optional<Instant> next = next_try_at ? next_try_at : summary.next_try_at;
        token->serve_until = dead || !next ? dies : std::min(dies, std::chrono::ceil<std::chrono::seconds>(*next));
    }
    token->rendered = parts_.render(*token);
    return token;
}

cache::SharedToken TokenVendor::keep(std::shared_ptr<cache::CachedToken> token, std::uint64_t withdrawals_before) {
    // What was read while something was withdrawn may be that very thing: it is handed out, and kept by nobody.
    if (withdrawals_ != withdrawals_before)
        token->withdraw();
    else
        cache_.put(token);
    return token;
}

async::Task<bool> TokenVendor::withdraw_at_home(ConnectionKey key) {
    ++withdrawals_;
    cache_.remove(key);
    co_return true;
}

async::Task<void> TokenVendors::withdraw(ConnectionKey key) {
    async::Shard& home = home_of(key);
    auto end = [this, &home, key] { return of(home).withdraw_at_home(key); };
    const std::function<async::Task<bool>()> work = end;
    co_await async::run_on<bool>(home, work);
}

async::Task<Result<cache::SharedToken>> TokenVendors::renew(ConnectionKey key) {
    async::Shard& home = home_of(key);
    auto ask = [this, &home, key] { return of(home).renew_at_home(key); };
    const std::function<async::Task<Result<cache::SharedToken>>()> work = ask;
    co_return co_await async::run_on<Result<cache::SharedToken>>(home, work);
}

}  // namespace evergrant::broker
