#include "app/connector_shards.h"

#include "broker/broker.h"
#include "net/curl_streams.h"

#include <utility>

namespace evergrant::app {

namespace {

constexpr std::size_t most_streams = 1024;  // of a shard
constexpr std::size_t most_streams_of_a_host = 256;

/// Proxied calls are many, and some last.
net::CurlOptions stream_options(net::CurlOptions options) {
    options.max_connections = most_streams;
    options.max_per_host = most_streams_of_a_host;
    return options;
}

}  // namespace

ConnectorShards::ConnectorShards(const Parts& parts, const ConnectorCalls& calls) : crm_desks_(parts.shards) {
    for (std::size_t index = 0; index < parts.shards.size(); ++index) {
        async::Shard& shard = parts.shards[index];
        const connectors::ApiGrants::Parts grants{.broker = parts.broker.of(shard),
                                                  .catalog = parts.catalog,
                                                  .store = parts.store,
                                                  .health = parts.health,
                                                  .clock = parts.clock,
                                                  .fallback_keys = parts.fallback_keys};
        connectors::ConnectorShard::Outside outside{
            .streams = std::make_unique<net::CurlStreams>(shard.context(), stream_options(calls.client_options())),
            .random = parts.random,
            .metrics = parts.metrics,
            .shard = shard,
            .crm_desks = crm_desks_,
            .proxy_times = calls.times};
        all_.push_back(std::make_unique<connectors::ConnectorShard>(grants, std::move(outside)));
    }
}

}  // namespace evergrant::app
