#pragma once
//
// Token vendor: gives a working access token, from the cache where that serves, else by one load or one refresh that
// everybody who asks meanwhile joins. One for each shard; a connection's home shard loads and refreshes it, the others
// keep a copy.
//
#include "async/shard.h"
#include "async/single_flight.h"
#include "base/clock.h"
#include "broker/refresher.h"
#include "cache/token_cache.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::broker {

struct TokenQuery {
    ConnectionKey key;
    std::chrono::seconds min_ttl{0};
    bool force_refresh{false};
};

/// Writes the answer that a read of this token gets; called once for each token set.
using TokenRenderer = std::function<cache::RenderedAnswer(const cache::CachedToken&)>;

class TokenVendors;

class TokenVendor {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        Refresher& refresher;
        const Clock& clock;
        crypto::Random& random;
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
        if (token == nullptr || !(*token)->serves(now, min_ttl))
            return nullptr;
        return token->get();
    }

    /// Errors: no_connection; reauthorization_required; and, when the token held has expired, what kept it from being
    /// renewed: provider_error, provider_timeout, provider_unreachable, provider_misconfigured, rate_limited,
    /// missing_app_credentials, store_unavailable.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> token(TokenQuery query);

    /// Refreshes ahead of use. Errors as of `token`. Thread: the connection's home shard.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> renew_at_home(ConnectionKey key);

    [[nodiscard]] async::Task<Result<cache::SharedToken>> token_at_home(TokenQuery query);

    /// Ends the cached token in every shard. Thread: the connection's home shard.
    [[nodiscard]] async::Task<bool> withdraw_at_home(ConnectionKey key);

private:
    using Flight = async::SingleFlight<ConnectionKey, Result<cache::SharedToken>>;

    async::Task<Result<cache::SharedToken>> known_at_home(ConnectionKey key);
    async::Task<Result<cache::SharedToken>> refreshed_at_home(cache::SharedToken known, std::chrono::seconds asked_ttl);
    async::Task<Result<cache::SharedToken>> load(ConnectionKey key);
    async::Task<Result<cache::SharedToken>> refresh(ConnectionKey key, cache::SharedToken known,
                                                    std::chrono::seconds asked_ttl);
    async::Task<Result<cache::SharedToken>> join(Flight* flights, ConnectionKey key, Flight::Work work);
    cache::SharedToken keep(std::shared_ptr<cache::CachedToken> token, std::uint64_t withdrawals_before);
    std::shared_ptr<cache::CachedToken> token_of(const storage::Connection& connection,
                                                 std::optional<Instant> next_try_at);
    Result<cache::SharedToken> serve_old(const cache::SharedToken& known, Error error);

    Parts parts_;
    TokenVendors& all_;
    cache::TokenCache cache_;
    Flight loads_;
    Flight refreshes_;
    std::uint64_t withdrawals_{0};
};

/// The vendors of all shards.
class TokenVendors {
public:
    explicit TokenVendors(async::Shards& shards) : shards_(shards) {}

    void add(std::unique_ptr<TokenVendor> vendor) { vendors_.push_back(std::move(vendor)); }
    [[nodiscard]] TokenVendor& of(const async::Shard& shard) noexcept { return *vendors_[shard.index()]; }
    [[nodiscard]] async::Shard& home_of(const ConnectionKey& key) noexcept {
        return shards_.home_of(std::hash<ConnectionKey>{}(key));
    }
    /// From any shard: ends the cached token everywhere before it returns.
    [[nodiscard]] async::Task<void> withdraw(ConnectionKey key);

    /// From any shard: refreshes ahead of use.
    [[nodiscard]] async::Task<Result<cache::SharedToken>> renew(ConnectionKey key);

private:
    async::Shards& shards_;
    std::vector<std::unique_ptr<TokenVendor>> vendors_;
};

}  // namespace evergrant::broker
