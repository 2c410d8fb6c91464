#pragma once
//
// Budgets: how many refreshes a provider bears, as the catalogue says, kept by all replicas together. A replica takes
// parts of a window's budget, from the shared cache if there is one, else from the store, and spends them by itself; so
// a refresh seldom asks anybody. When neither answers, each shard allows itself one part a window.
//
// Windows are fixed, so that at the turn of one, twice the budget may be spent within its length; and when the shared
// cache comes or goes in mid-window, each counts for itself. A provider that says no is waited for as it says.
//
#include "async/shard.h"
#include "async/single_flight.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "broker/refresh_budget.h"
#include "cache/shared_cache.h"
#include "catalog/provider.h"
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace evergrant::broker {

/// One for each shard.
class Budgets {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        cache::SharedCache* shared;  ///< null: none
        const Clock& clock;
        Metrics& metrics;
        std::size_t shards{1};  ///< of this process, each with parts of its own
    };

    explicit Budgets(Parts parts) : parts_(parts), asks_(parts.shard, "budget") {}

    /// Takes one refresh of this connection, by this client id, from all budgets of the provider. Errors: rate_limited,
    /// with retry_after. What was taken before a budget that is used up is lost.
    [[nodiscard]] async::Task<Result<void>> take(const catalog::Provider* provider, ConnectionKey key,
                                                 std::string client_id);

    /// Takes one request that is no refresh from what the app and all may ask of the provider. Errors: as of `take`.
    [[nodiscard]] async::Task<Result<void>> take_request(const catalog::Provider* provider, std::string client_id);

    /// Takes one call of the provider's API from what all connections, and this one, may make. Errors: as of `take`.
    [[nodiscard]] async::Task<Result<void>> take_call(const catalog::Provider* provider, ConnectionKey key);

    /// Gives back what `take` has taken for a refresh that was not begun: another replica had the lease. For this
    /// shard's next one in the same window.
    void give_back(const catalog::Provider& provider, const ConnectionKey& key, const std::string& client_id);

private:
    struct Limit {
        std::string name;
        std::chrono::seconds window{0};
        std::uint64_t limit{0};
        std::uint64_t part{1};  ///< how much is taken at a time
    };
    /// What is left of the part taken last.
    struct Share {
        std::uint64_t left{0};
        bool used_up{false};                ///< there is no more in this window
        std::chrono::milliseconds ends{0};  ///< the window; steady time
    };
    using Wait = std::optional<std::chrono::seconds>;

    async::Task<Wait> take_one(Limit limit);
    void give_one_back(const std::string& name);
    Limit limit_of_connection(const catalog::RefreshBudget& budget, const ConnectionKey& key) const;
    Limit limit_of_app(const catalog::Provider& provider, const std::string& client_id) const;
    Limit limit_of_provider(const catalog::Provider& provider) const;
    async::Task<Share> ask(Limit limit);
    Share* current(const std::string& name);
    std::uint64_t part_of(unsigned requests) const;
    std::unexpected<Error> refused(const ProviderId& provider, std::string_view whose, Wait wait);
    void forget_ended();

    Parts parts_;
    RefreshBudgets of_connections_;
    async::SingleFlight<std::string, Share> asks_;
    std::unordered_map<std::string, Share> shares_;
    std::chrono::milliseconds next_sweep_{0};
};

}  // namespace evergrant::broker
