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
          clients(foundations.store, options.environment_clients),
          rescue(foundations.store, foundations.journal, foundations.disk, foundations.random, foundations.metrics),
          vendors(foundations.shards),
          housekeeper(foundations.shards[0], foundations.store, vendors, foundations.clock, options.housekeeping) {
        for (std::size_t index = 0; index < foundations.shards.size(); ++index)
            shards.push_back(std::make_unique<BrokerShard>(*this, foundations.shards[index]));
    }

    Refresher::Parts refresher_parts(async::Shard& shard, ProviderCalls& calls);
    TokenVendor& add_vendor(async::Shard& shard, Refresher& refresher);
    Authorizer::Parts authorizer_parts(ProviderCalls& calls, Revoker& revoker);
    Revoker::Parts revoker_parts(async::Shard& shard, ProviderCalls& calls);
    Administration::Parts administration_parts();
    Authenticator::Parts authenticator_parts();

    Foundations foundations;
    BrokerOptions options;
    std::string owner;  // this process, in leases and intents
    AppClients clients;
    Rescue rescue;
    TokenVendors vendors;
    KeyRevision key_revision;
    KnownKeys known_keys{key_revision};
    Housekeeper housekeeper;
    std::vector<std::unique_ptr<BrokerShard>> shards;
};

BrokerShard::BrokerShard(BrokerWiring& wiring, async::Shard& shard)
    : http(wiring.foundations.make_http_client(shard)),
      calls(*http, wiring.foundations.clock, wiring.options.endpoint_overrides),
      refresher(wiring.refresher_parts(shard, calls)),
      tokens(wiring.add_vendor(shard, refresher)),
      revoker(wiring.revoker_parts(shard, calls)),
      authorizer(wiring.authorizer_parts(calls, revoker)),
      administration(wiring.administration_parts()),
      authenticator(wiring.authenticator_parts()) {}

Refresher::Parts BrokerWiring::refresher_parts(async::Shard& shard, ProviderCalls& calls) {
    return {.shard = shard,
            .store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .rescue = rescue,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .owner = owner,
            .policy = options.refresh_policy,
            .times = options.refresh_times};
}

TokenVendor& BrokerWiring::add_vendor(async::Shard& shard, Refresher& refresher) {
    TokenVendor::Parts parts{.shard = shard,
                             .store = foundations.store,
                             .refresher = refresher,
                             .clock = foundations.clock,
                             .random = foundations.random,
                             .policy = options.refresh_policy,
                             .render = foundations.render_token,
                             .cache_capacity = options.cached_tokens};
    vendors.add(std::make_unique<TokenVendor>(std::move(parts), vendors));
    return vendors.of(shard);
}

Authorizer::Parts BrokerWiring::authorizer_parts(ProviderCalls& calls, Revoker& revoker) {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .vendors = vendors,
            .revoker = revoker,
            .clock = foundations.clock,
            .random = foundations.random,
            .metrics = foundations.metrics,
            .redirects = options.redirects,
            .policy = options.refresh_policy,
            .provider_timeout = options.refresh_times.provider_timeout};
}

Revoker::Parts BrokerWiring::revoker_parts(async::Shard& shard, ProviderCalls& calls) {
    return {.shard = shard,
            .store = foundations.store,
            .catalog = foundations.catalog,
            .clients = clients,
            .calls = calls,
            .vendors = vendors,
            .provider_timeout = options.refresh_times.provider_timeout};
}

Administration::Parts BrokerWiring::administration_parts() {
    return {.store = foundations.store,
            .catalog = foundations.catalog,
            .vendors = vendors,
            .key_revision = key_revision,
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
    const auto replayed = co_await wiring_->rescue.replay();
    if (!replayed)
        co_return std::unexpected(replayed.error());
    co_return Result<void>();
}

void Broker::start() {
    BrokerWiring& wiring = *wiring_;
    for (std::size_t index = 0; index < wiring.foundations.shards.size(); ++index) {
        async::Shard& shard = wiring.foundations.shards[index];
        auto note = [&wiring, index] {
            return note_key_usage(&wiring.shards[index]->authenticator, &wiring.foundations.store);
        };
        boost::asio::post(shard.context(), [&shard, note] { shard.spawn("key-usage", note, async::AtDrain::stop); });
    }
    boost::asio::post(wiring.foundations.shards[0].context(), [&wiring] { wiring.housekeeper.start(); });
}

const Rescue& Broker::rescue() const noexcept {
    return wiring_->rescue;
}

}  // namespace evergrant::broker
