#pragma once
//
// Broker: the use cases of one shard, ready to be called, and what all shards share. Wired once at start-up.
//
#include "async/blocking_pool.h"
#include "async/shard.h"
#include "base/metrics.h"
#include "broker/administration.h"
#include "broker/app_clients.h"
#include "broker/app_grants.h"
#include "broker/audit_log.h"
#include "broker/authenticator.h"
#include "broker/authorizer.h"
#include "broker/budgets.h"
#include "broker/connect_sessions.h"
#include "broker/fleet_news.h"
#include "broker/grant_keeper.h"
#include "broker/issuer_keys.h"
#include "broker/launches.h"
#include "broker/master_keys.h"
#include "broker/provider_calls.h"
#include "broker/refresher.h"
#include "broker/renewals.h"
#include "broker/rescue.h"
#include "broker/revocation_queue.h"
#include "broker/revoker.h"
#include "broker/scheduler.h"
#include "broker/signing_keys.h"
#include "broker/token_vendor.h"
#include "broker/trust.h"
#include "cache/news.h"
#include "cache/shared_cache.h"
#include "catalog/catalog.h"
#include "net/http_client.h"
#include "storage/rescue_journal.h"
#include "storage/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace evergrant::broker {

/// What an operator may set.
struct BrokerOptions {
    RefreshPolicy refresh_policy;
    RefreshTimes refresh_times;
    SchedulerTimes scheduler;
    std::optional<TrustTimes> trust;  ///< nothing: this process has the store for itself
    RedirectRules redirects;
    bool confirm_unbound{false};  ///< Authorizer's
    RateLimit limit_per_key;      ///< of the whole process
    EnvironmentClients environment_clients;
    EndpointOverrides endpoint_overrides;
    std::size_t cached_tokens{200'000};
    AuditRules audit{};
    RevocationTimes revocation_times{};
    std::chrono::milliseconds grant_patience{5'000};  ///< GrantKeeper's
    bool client_certificate{false};                   ///< make_http_client's have one to show
};

/// What the broker stands on. All outlive it.
struct Foundations {
    async::Shards& shards;
    storage::Store& store;
    storage::RescueJournal& journal;
    async::BlockingPool& disk;
    const catalog::Catalog& catalog;
    const Clock& clock;
    crypto::Random& random;
    Metrics& metrics;
    JwtSource* jwt;  ///< null: no JWT is accepted
    std::function<std::unique_ptr<net::HttpClient>(async::Shard&)> make_http_client;
    TokenRenderer render_token;
    cache::NewsChannel* news{nullptr};                                 ///< null: none
    std::function<cache::SharedCache*(async::Shard&)> shared_cache{};  ///< of a shard; null, or empty: none
    std::vector<std::string> master_keys{};                            ///< ids of the ring; the first encrypts
    const RenewalLinks* renewal_links{nullptr};                        ///< null: none
};

class BrokerWiring;

/// The use cases as one shard calls them. Thread: that shard's. Later members hold references to earlier ones.
struct BrokerShard {
    BrokerShard(BrokerWiring& wiring, async::Shard& shard);
    BrokerShard(const BrokerShard&) = delete;
    BrokerShard& operator=(const BrokerShard&) = delete;

    AuditDesk audit;
    std::unique_ptr<net::HttpClient> http;
    ProviderCalls calls;
    IssuerKeys issuer_keys;
    Budgets budgets;
    Refresher refresher;
    TokenVendor& tokens;
    Revoker revoker;
    GrantKeeper keeper;
    Authorizer authorizer;
    Renewals renewals;
    Launches launches;
    ConnectSessions connect_sessions;
    AppGrants app_grants;
    Administration administration;
    Authenticator authenticator;
    MasterKeys& master_keys;
    SigningKeys& signing_keys;
};

class Broker {
public:
    Broker(Foundations foundations, BrokerOptions options);
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    [[nodiscard]] BrokerShard& of(const async::Shard& shard) noexcept;

    /// Replays the rescue journal. Before any request is served. Errors: store_unavailable: the journal cannot be read.
    [[nodiscard]] async::Task<Result<void>> recover();

    /// Starts what runs without being asked. After `recover`.
    void start();

    /// Begins no refresh ahead of use any more: the server is to stop. Thread: any.
    void stop_refreshing_ahead() noexcept;

    [[nodiscard]] const Rescue& rescue() const noexcept;

    /// AuditLog::take_vends. Thread: any.
    [[nodiscard]] VendsByCaller take_vends();

    [[nodiscard]] TokenVendors& vendors() noexcept;
    [[nodiscard]] const AppClients& clients() const noexcept;

private:
    std::unique_ptr<BrokerWiring> wiring_;
};

}  // namespace evergrant::broker
