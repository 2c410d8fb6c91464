#pragma once
//
// Token vendor: gives a working access token, from the cache where that serves, else by one look at the store or one
// refresh that everybody who asks meanwhile joins. One for each shard; a connection's home shard loads and refreshes
// it, the others keep a copy. For how long a cached token is served without a look at the store is trust.h's.
//
#include "async/shard.h"
#include "async/single_flight.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace_context.h"
#include "broker/fleet_news.h"
#include "broker/generation_floors.h"
#include "broker/provider_rests.h"
#include "broker/refresher.h"
#include "broker/trust.h"
#include "cache/shared_cache.h"
#include "cache/token_cache.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

struct TokenQuery {
    ConnectionKey key;
    std::chrono::seconds min_ttl{0};
    bool force_refresh{false};
    std::vector<ProviderId> providers{};  ///< those the caller may use; empty: all
    std::optional<TraceContext> trace{};  ///< of the request that asks
};

/// Writes the answer that a read of this token gets; called once for each token set.
using TokenRenderer = std::function<SecretString(const cache::CachedToken&)>;

class TokenVendors;

class TokenVendor {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        Refresher& refresher;
        const AppClients& clients;
        const Trust& trust;
        FleetNews& news;
        cache::SharedCache* copies;  ///< null: none
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        RefreshPolicy policy;
        TokenRenderer render;
        std::size_t cache_capacity{200'000};
    };

    TokenVendor(Parts parts, TokenVendors& all);

    /// The token if this shard can serve it now; else null: then ask `token`. Valid until the next call. No lock, no
    /// allocation.
    [[nodiscard]] const cache::CachedToken* cached(std::string_view tenant, std::string_view integration,
                                                   sys_seconds now, std::chrono::seconds min_ttl) {
        const cache::SharedToken* token = cache_.find(tenant, integration);
        if (token == nullptr || !(*token)->serves(now, min_ttl) || !parts_.trust.believes(**token))
            return nullptr;
        return token->get();
    }

    /// Errors: no_connection; forbidden when the connection's provider is none of the query's, and then nothing was
    /// refreshed; reauthorization_required; and, when the token held has expired, what kept it from being
    /// renewed: provider_error, provider_timeout, provider_unreachable, provider_misconfigured, rate_limited,
    /// missing_app_credentials, store_unavailable.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> token(TokenQuery query);

    // What follows belongs to the connection's home shard.

    /// Refreshes ahead of use what a claim has offered, unless a newer generation is known. Errors as of `token`;
    /// rate_limited also while the provider has asked the app to wait.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> renew_at_home(storage::DueConnection due);

    [[nodiscard]] async::Task<Result<cache::SharedToken>> token_at_home(TokenQuery query);

    /// Ends what is cached in every shard, and the shared copy; nothing below `generation` is kept again.
    [[nodiscard]] async::Task<bool> end_at_home(ConnectionKey key, storage::Generation generation);

    /// What another replica tells of a connection.
    void hear_at_home(const cache::News& news);

private:
    using Flight = async::SingleFlight<ConnectionKey, Result<cache::SharedToken>>;
    /// What a refresh is wanted for.
    struct Wanted {
        std::chrono::seconds asked_ttl{0};
        std::optional<storage::Generation> claimed{};  ///< a claim says that this one is due; nothing: a reader asks
        std::optional<TraceContext> trace{};
        bool refused{false};  ///< the provider does not take the one that is held
    };
    /// What was known before the store was asked.
    struct Before {
        std::chrono::milliseconds asked_at;  ///< steady time
        storage::Generation floor;
        std::uint64_t withdrawals;
    };

    void withdraw_at_home(const ConnectionKey& key, storage::Generation generation);
    Before before(const ConnectionKey& key) const;
    async::Task<Result<cache::SharedToken>> known_at_home(ConnectionKey key);
    async::Task<Result<cache::SharedToken>> refreshed_at_home(cache::SharedToken known, Wanted wanted);
    async::Task<Result<cache::SharedToken>> look(ConnectionKey key, cache::SharedToken held);
    async::Task<Result<cache::SharedToken>> ask_store(ConnectionKey key, cache::SharedToken held);
    async::Task<cache::SharedToken> copied(ConnectionKey key);
    async::Task<Result<cache::SharedToken>> refresh(ConnectionKey key, cache::SharedToken known, Wanted wanted);
    async::Task<void> make_way(storage::DueConnection due, Error why);
    async::Task<Result<cache::SharedToken>> join(Flight* flights, ConnectionKey key, Flight::Work work);
    async::Task<Result<std::optional<storage::Connection>>> find(ConnectionKey key, bool patient);
    cache::SharedToken still_stands(const cache::SharedToken& held, const storage::ConnectionSummary& row,
                                    const Before& before);
    async::Task<std::optional<std::chrono::seconds>> app_rests(cache::SharedToken known);
    async::Task<void> let_app_rest(cache::SharedToken known, std::chrono::seconds wait);
    std::optional<storage::Generation> outlived_generation(const Result<RefreshOutcome>& outcome,
                                                           storage::Generation known) const;
    cache::SharedToken held_now(const ConnectionKey& key, const cache::SharedToken& held);
    cache::SharedToken keep(std::shared_ptr<cache::CachedToken> token, const Before& before);
    void copy_to_others(const storage::Connection& connection, const Before& before);
    void tell_others(const RefreshOutcome& outcome, storage::Generation known, const Before& before);
    Result<cache::SharedToken> serve_old(const cache::SharedToken& known, Error error);
    void count_check(std::string_view outcome);

    Parts parts_;
    TokenVendors& all_;
    cache::TokenCache cache_;
    Flight looks_;
    Flight refreshes_;
    GenerationFloors floors_;
    ProviderRests rests_;
    std::uint64_t withdrawals_of_unknown_{0};  // of generations that no floor tells of
};

/// The vendors of all shards.
class TokenVendors {
public:
    TokenVendors(async::Shards& shards, FleetNews& news) : shards_(shards), news_(news) {}

    void add(std::unique_ptr<TokenVendor> vendor) { vendors_.push_back(std::move(vendor)); }
    [[nodiscard]] TokenVendor& of(const async::Shard& shard) noexcept { return *vendors_[shard.index()]; }
    [[nodiscard]] async::Shard& home_of(const ConnectionKey& key) noexcept {
        return shards_.home_of(std::hash<ConnectionKey>{}(key));
    }
    /// From any shard, after the change is in the store: ends the cached token of a connection that was removed, or
    /// has a new token set of this generation, in every shard before it returns, and tells the other replicas.
    /// `generation` of a removed one is its last, or 0 if that is not known.
    [[nodiscard]] async::Task<void> removed(ConnectionKey key, storage::Generation generation);
    [[nodiscard]] async::Task<void> replaced(ConnectionKey key, storage::Generation generation);

    /// From any shard: what another replica tells; `wake` is called on the connection's home shard. Does not wait.
    void heard(const cache::News& news, const std::function<void(const ConnectionKey&)>& wake);

    /// From any shard: `TokenVendor::renew_at_home`.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> renew(storage::DueConnection due);

private:
    async::Task<void> withdraw(ConnectionKey key, storage::Generation generation);

    async::Shards& shards_;
    FleetNews& news_;
    std::vector<std::unique_ptr<TokenVendor>> vendors_;
};

}  // namespace evergrant::broker
