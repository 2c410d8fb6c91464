#pragma once
//
// Refresher: spends a refresh token exactly once and loses nothing. The eleven steps of ARCHITECTURE.md's "A refresh"
// are the functions below, in order. One for each shard; it refreshes the connections whose home that shard is, one
// refresh a connection at a time (broker/token_vendor.h sees to that by single flight).
//
#include "async/deadline.h"
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/app_clients.h"
#include "broker/budgets.h"
#include "broker/provider_calls.h"
#include "broker/refresh_policy.h"
#include "broker/rescue.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <chrono>
#include <string>

namespace evergrant::broker {

struct RefreshTimes {
    std::chrono::milliseconds provider_timeout{20'000};  ///< of one call; well below the lease
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds patience{30'000};  ///< how long to wait for another holder of the lease
};

/// What came of a refresh that did not end in an error of ours.
struct RefreshOutcome {
    storage::Connection connection;                 ///< as it is now; refreshed, or of before with `failure`
    std::optional<oauth::ProviderFailure> failure;  ///< nothing: the token set is new
    std::optional<Instant> next_try_at;             ///< with a failure that may pass
};

class Refresher {
public:
    struct Parts {
        async::Shard& shard;
        storage::Store& store;
        const catalog::Catalog& catalog;
        const AppClients& clients;
        ProviderCalls& calls;
        Budgets& budgets;
        Rescue& rescue;
        const Clock& clock;
        crypto::Random& random;
        Metrics& metrics;
        std::string owner;  ///< names this process in leases and intents
        RefreshPolicy policy;
        RefreshTimes times;
    };

    explicit Refresher(Parts parts) : parts_(std::move(parts)) {}

    /// Refreshes unless somebody has already replaced generation `newer_than`. Errors: no_connection,
    /// missing_app_credentials, store_unavailable (the new token set, if there is one, is safe in memory and is written
    /// as soon as the store allows), rate_limited (the provider's budget for this connection is used up).
    [[nodiscard]] async::Task<Result<RefreshOutcome>> refresh(ConnectionKey key, storage::Generation newer_than);

private:
    /// All that must be known before the intent is written: failing after it would leave a doubt for nothing.
    struct Preparation {
        const catalog::Provider* provider{nullptr};
        oauth::TokenEndpoint endpoint;
        AppClient client;
    };
    async::Task<Result<Preparation>> prepare(storage::Connection* connection);
    async::Task<Result<storage::LeaseAnswer>> take_lease(ConnectionKey key, storage::Generation newer_than);
    async::Task<ProviderAnswer> send(storage::LeaseTaken* taken, Preparation* preparation);
    async::Task<Result<RefreshOutcome>> conclude(storage::LeaseTaken taken, Preparation preparation,
                                                 ProviderAnswer answer);
    async::Task<Result<RefreshOutcome>> write(storage::LeaseTaken taken, const catalog::Provider* provider,
                                              oauth::TokenSet answer);
    async::Task<Result<RefreshOutcome>> record(storage::LeaseTaken taken, oauth::ProviderFailure failure);
    async::Task<Result<RefreshOutcome>> as_it_is_now(ConnectionKey key);
    void count(const ProviderId& provider, std::string_view outcome, std::chrono::steady_clock::time_point begun);

    Parts parts_;
};

}  // namespace evergrant::broker
