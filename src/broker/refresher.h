#pragma once
//
// Refresher: performs what the refresh protocol decides (broker/refresh_protocol.h): asks store and provider, waits,
// logs and counts. One for each shard; it refreshes the connections whose home that shard is, one refresh a connection
// at a time (broker/token_vendor.h sees to that by single flight).
//
#include "async/deadline.h"
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace_context.h"
#include "broker/app_clients.h"
#include "broker/audit_log.h"
#include "broker/budgets.h"
#include "broker/provider_calls.h"
#include "broker/refresh_protocol.h"
#include "broker/rescue.h"
#include "catalog/catalog.h"
#include "crypto/random.h"
#include "storage/store.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace evergrant::broker {

/// Asks for a refresh, unless somebody has already replaced generation `newer_than`.
struct RefreshOrder {
    ConnectionKey key;
    storage::Generation newer_than{0};
    bool claimed{false};  ///< the store has offered the connection as due, and no pause of ours is kept
    std::optional<TraceContext> trace{};
    bool refused{false};  ///< somebody reports that the provider does not take the token that is held
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
        AuditLog& audit;
        std::function<void(storage::Connection)> revoke_orphan;  ///< a grant that has no row any more
        std::string owner;                                       ///< names this process in leases and intents
        RefreshPolicy policy;
        RefreshTimes times;
    };

    explicit Refresher(Parts parts);

    /// Errors: no_connection,
    /// missing_app_credentials, store_unavailable (the new token set, if there is one, is safe in memory and is written
    /// as soon as the store allows), rate_limited (the provider's budget for this connection is used up),
    /// provider_timeout (another replica holds the lease for too long).
    [[nodiscard]] async::Task<Result<RefreshOutcome>> refresh(RefreshOrder order);

    /// There is news of the connection from another replica: whoever waits for that replica's lease looks at once.
    void heard(const ConnectionKey& key);

private:
    struct Run;
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Look* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Prepare* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::TakeLease* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Wait* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Send* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Complete* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Keep* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::RecordFailure* action);
    async::Task<RefreshEvent> perform(Run* run, refresh_action::Done* action);

    async::Task<Result<catalog::RefreshPolicy>> prepare(Run* run);
    [[nodiscard]] oauth::BackChannelRequest request_for(Run& run, const SecretString& refresh_token);
    /// One request, and what it brought. Called again with another of our secrets, nothing having been spent.
    async::Task<std::expected<oauth::TokenSet, oauth::ProviderFailure>> present(Run* run,
                                                                                const SecretString* refresh_token,
                                                                                async::Deadline deadline);
    void note_doubt(const Run& run);
    void plan_checks(const Run& run, storage::RefreshedGrant& refreshed);
    [[nodiscard]] Moment moment();
    void conclude(const Run& run, const Result<RefreshOutcome>& outcome);

    Parts parts_;
    Gauge& under_way_;
    Counter& lease_waits_;
    LeaseOwner owner_;
    std::unordered_multimap<ConnectionKey, boost::asio::steady_timer*> waiting_;  // for another's lease
};

}  // namespace evergrant::broker
