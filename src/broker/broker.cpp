#include "broker/broker.h"

#include "broker/key_usage.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace evergrant::broker {

class BrokerWiring {
public:
    BrokerWiring(Foundations given, BrokerOptions chosen)
        : foundations(std::move(given)),
          options(std::move(chosen)),
          owner(foundations.random.token()),
          clients(foundations.store, options.environment_clients, key_revision, foundations.clock),
          audit(foundations.store, foundations.clock, foundations.metrics, options.audit),
          rescue(foundations.store, foundations.journal, foundations.disk, foundations.random, foundations.metrics),
          master_keys(master_keys_parts()),
          trust(foundations.clock, options.trust, foundations.news),
          news(foundations.news, options.trust.value_or(TrustTimes()), foundations.metrics),
          signing_keys(signing_keys_parts()),
          vendors(foundations.shards, news),
          scheduler(scheduler_parts()) {
        for (std::size_t index = 0; index < foundations.shards.size(); ++index)
            shards.push_back(std::make_unique<BrokerShard>(*this, foundations.shards[index]));
        revocations.emplace(RevocationQueue::Parts{.shard = foundations.shards[0],
                                                   .revocations = storage::revocations_of(foundations.store),
                                                   .revoker = shards.front()->revoker,
                                                   .random = foundations.random,
                                                   .times = options.revocation_times});
    }

    MasterKeys::Parts master_keys_parts();
    SigningKeys::Parts signing_keys_parts();
    Scheduler::Parts scheduler_parts();
    cache::SharedCache* shared_cache(async::Shard& shard);
    Budgets::Parts budgets_parts(async::Shard& shard);
    Refresher::Parts refresher_parts(async::Shard& shard, ProviderCalls& calls, Budgets& budgets);
    TokenVendor& add_vendor(async::Shard& shard, Refresher& refresher);
    Authorizer::Parts authorizer_parts(ProviderCalls& calls, Revoker& revoker, GrantKeeper& keeper, IssuerKeys& keys);
    Renewals::Parts renewals_parts(Authorizer& authorizer);
    Revoker::Parts revoker_parts(async::Shard& shard, ProviderCalls& calls, Budgets& budgets);
    ConnectSessions::Parts connect_sessions_parts(Authorizer& authorizer);
    AppGrants::Parts app_grants_parts(ProviderCalls& calls, TokenVendor& vendor);
    Administration::Parts administration_parts();
    Authenticator::Parts authenticator_parts();

    Foundations foundations;
    BrokerOptions options;
    std::string owner;  // this process, in leases, intents and claims
    KeyRevision key_revision;
    AppClients clients;
    AuditLog audit;
    Rescue rescue;
    MasterKeys master_keys;
    Trust trust;
    FleetNews news;
    SigningKeys signing_keys;
    TokenVendors vendors;
    Scheduler scheduler;
    KnownKeys known_keys{key_revision};
    std::vector<std::unique_ptr<BrokerShard>> shards;
    std::optional<RevocationQueue> revocations;
};

BrokerShard::BrokerShard(BrokerWiring& wiring, async::Shard& shard)
    : audit(wiring.audit),
      http(wiring.foundations.make_http_client(shard)),
      calls(*http, wiring.foundations.clock, wiring.options.endpoint_overrides, &wiring.signing_keys,
            wiring.options.client_certificate),
      issuer_keys(calls, wiring.foundations.clock),
      budgets(wiring.budgets_parts(shard)),
      refresher(wiring.refresher_parts(shard, calls, budgets)),
      tokens(wiring.add_vendor(shard, refresher)),
      revoker(wiring.revoker_parts(shard, calls, budgets)),
      keeper({.store = wiring.foundations.store,
              .catalog = wiring.foundations.catalog,
              .revoker = revoker,
              .patience = wiring.options.grant_patience}),
      authorizer(wiring.authorizer_parts(calls, revoker, keeper, issuer_keys)),
      renewals(wiring.renewals_parts(authorizer)),
      launches({.store = wiring.foundations.store, .catalog = wiring.foundations.catalog, .authorizer = authorizer}),
      connect_sessions(wiring.connect_sessions_parts(authorizer)),
      app_grants(wiring.app_grants_parts(calls, tokens)),
      administration(wiring.administration_parts()),
      authenticator(wiring.authenticator_parts()),
      master_keys(wiring.master_keys),
      signing_keys(wiring.signing_keys) {}

MasterKeys::Parts BrokerWiring::master_keys_parts() {
    return {.shards = foundations.shards,
            .store = foundations.store,
            .rescue = rescue,
            .metrics = foundations.metrics,
            .owner = owner,
            .ring = foundations.master_keys};
}

SigningKeys::Parts BrokerWiring::signing_keys_parts() {
    return {.store = storage::signing_keys_of(foundations.store),
            .revision = key_revision,
            .clock = foundations.clock,
            .pool = foundations.disk,
            .tell_change = [this] {
                key_revision.changed();
                news.keys_changed();
            }};
}

Scheduler::Parts BrokerWiring::scheduler_parts() {
    return {.shard = foundations.shards[0],
            .store = foundations.store,
            .vendors = vendors,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .owner = owner,
            .claim = options.refresh_times.lease + options.refresh_times.provider_timeout,
            .times = options.scheduler};
}

cache::SharedCache* BrokerWiring::shared_cache(async::Shard& shard) {
    return foundations.shared_cache ? foundations.shared_cache(shard) : nullptr;
}

Budgets::Parts BrokerWiring::budgets_parts(async::Shard& shard) {
    return {.shard = shard,
            .store = foundations.store,
            .shared = shared_cache(shard),
            .clock = foundations.clock,
            .metrics = foundations.metrics,
            .shards = foundations.shards.size()};
}

Refresher::Parts BrokerWiring::refresher_parts(async::Shard& shard, ProviderCalls& calls, Budgets& budgets) {
    return {
        .shard = shard,
        .store = foundations.store,
        .catalog = foundations.catalog,
        .clients = clients,
        .calls = calls,
        .budgets = budgets,
        .rescue = rescue,
        .clock = foundations.clock,
        .random = foundations.random,
        .metrics = foundations.metrics,
        .audit = audit,
        .revoke_orphan = [this, index = shard.index()](
                             storage::Connection orphan) { shards[index]->revoker.revoke_orphan(std::move(orphan)); },
        .owner = owner,
        .policy = options.refresh_policy,
        .times = options.refresh_times};
}

TokenVendor& BrokerWiring::add_vendor(async::Shard& shard, Refresher& refresher) {
    TokenVendor::Parts parts{.shard = shard,
                             .store = foundations.store,
                             .refresher = refresher,
                             .clients = clients,
                             .trust = trust,
                             .news = news,
                             .copies = options.trust ? shared_cache(shard) : nullptr,
                             .clock = foundations.clock,
                             .random = foundations.random,
                             .metrics = foundations.metrics,
                             .policy = options.refresh_policy,
                             .render = foundations.render_token,
                             .cache_capacity = options.cached_tokens};
    vendors.add(std::make_unique<TokenVendor>(std::move(parts), vendors));
    return vendors.of(shard);
}

AppGrants::Parts BrokerWiring::app_grants_parts(ProviderCalls& calls, TokenVendor& vendor) {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .vendors = vendors,
            .vendor = vendor,
            .clock = foundations.clock,
            .provider_timeout = options.refresh_times.provider_timeout};
}

Authorizer::Parts BrokerWiring::authorizer_parts(ProviderCalls& calls, Revoker& revoker, GrantKeeper& keeper,
                                                 IssuerKeys& keys) {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .vendors = vendors,
            .revoker = revoker,
            .keeper = keeper,
            .keys = keys,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .audit = audit,
            .redirects = options.redirects,
            .policy = options.refresh_policy,
            .provider_timeout = options.refresh_times.provider_timeout,
            .confirm_unbound = options.confirm_unbound};
}

Renewals::Parts BrokerWiring::renewals_parts(Authorizer& authorizer) {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .authorizer = authorizer,
            .clock = foundations.clock,
            .links = foundations.renewal_links};
}

ConnectSessions::Parts BrokerWiring::connect_sessions_parts(Authorizer& authorizer) {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .authorizer = authorizer,
            .clock = foundations.clock,
            .random = foundations.random,
            .redirects = options.redirects};
}

Revoker::Parts BrokerWiring::revoker_parts(async::Shard& shard, ProviderCalls& calls, Budgets& budgets) {
    return {.shard = shard,
            .revocations = storage::revocations_of(foundations.store),
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .budgets = budgets,
            .vendors = vendors,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .provider_timeout = options.refresh_times.provider_timeout,
            .times = options.revocation_times};
}

Administration::Parts BrokerWiring::administration_parts() {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .vendors = vendors,
            .key_revision = key_revision,
            .news = news,
            .known_keys = known_keys,
            .clock = foundations.clock,
            .random = foundations.random};
}

Authenticator::Parts BrokerWiring::authenticator_parts() {
    RateLimit share = options.limit_per_key;
    share.per_second /= static_cast<double>(foundations.shards.size());
    return {.look_up = [this](std::string id) { return foundations.store.find_api_key(std::move(id)); },
            .clock = foundations.clock,
            .revision = key_revision,
            .known = known_keys,
            .jwt = foundations.jwt,
            .limit_per_key = share};
}

Broker::Broker(Foundations foundations, BrokerOptions options)
    : wiring_(std::make_unique<BrokerWiring>(std::move(foundations), std::move(options))) {}

Broker::~Broker() = default;

BrokerShard& Broker::of(const async::Shard& shard) noexcept {
    return *wiring_->shards[shard.index()];
}

async::Task<Result<void>> Broker::recover() {
    const auto replayed = co_await wiring_->rescue.replay(&wiring_->foundations.shards[0]);
    if (!replayed)
        co_return replayed;
    co_return co_await wiring_->master_keys.announce();
}

void Broker::start() {
    BrokerWiring& wiring = *wiring_;
    for (std::size_t index = 0; index < wiring.foundations.shards.size(); ++index) {
        async::Shard& shard = wiring.foundations.shards[index];
        auto note = [&wiring, index] {
            return note_key_usage(&wiring.shards[index]->authenticator, &wiring.foundations.store);
        };
        boost::asio::post(shard.context(), [&shard, note] { shard.spawn("key-usage", note, async::AtDrain::stop); });
        auto keep = [&wiring, &shard, index] {
            return keep_audit(&shard, &wiring.shards[index]->audit, wiring.foundations.shards.size());
        };
        boost::asio::post(shard.context(), [&shard, keep] { shard.spawn("audit", keep, async::AtDrain::finish); });
    }
    auto shorten = [&wiring] { return keep_audit_short(&wiring.audit); };
    boost::asio::post(wiring.foundations.shards[0].context(), [&wiring, shorten] {
        wiring.foundations.shards[0].spawn("audit-retention", shorten, async::AtDrain::stop);
    });
    boost::asio::post(wiring.foundations.shards[0].context(), [&wiring] {
        const auto wake = [&wiring](const ConnectionKey& key) {
            wiring.shards[wiring.vendors.home_of(key).index()]->refresher.heard(key);
        };
        wiring.news.start(
            wiring.foundations.shards[0],
            {.vendors = &wiring.vendors, .keys = &wiring.key_revision, .trust = &wiring.trust, .wake = wake});
        wiring.scheduler.start();
        wiring.revocations->start();
        auto announce = [&wiring] { return wiring.master_keys.keep_announcing(&wiring.foundations.shards[0]); };
        wiring.foundations.shards[0].spawn("replica", announce, async::AtDrain::finish);
    });
}

void Broker::stop_refreshing_ahead() noexcept {
    wiring_->scheduler.stop_claiming();
}

const Rescue& Broker::rescue() const noexcept {
    return wiring_->rescue;
}

VendsByCaller Broker::take_vends() {
    return wiring_->audit.take_vends();
}

TokenVendors& Broker::vendors() noexcept {
    return wiring_->vendors;
}

const AppClients& Broker::clients() const noexcept {
    return wiring_->clients;
}

}  // namespace evergrant::broker
