#include "net/redis_client.h"

#include "net/redis_cluster.h"
#include "net/redis_connection.h"

#include <string>
#include <utility>

namespace evergrant::net {

std::shared_ptr<RedisClient> make_redis_client(async::Shard& shard, std::shared_ptr<const RedisOptions> options,
                                               Metrics& metrics, std::string_view purpose) {
    const auto topology = options->topology;
    const auto dialer = std::make_shared<RedisDialer>(std::move(options));
    Histogram& durations = metrics.histogram("evergrant_redis_command_duration_seconds",
                                             "How long commands to Redis took, those without an answer included.");
    Gauge& up = metrics.gauge("evergrant_redis_up", "1 while Redis can be spoken with, else 0.",
                              {{"for", std::string(purpose)}, {"shard", std::to_string(shard.index())}});
    if (topology == RedisOptions::Topology::cluster)
        return std::make_shared<RedisCluster>(shard, dialer, durations, up);
    RedisConnection::Use use{.name = std::string(purpose),
                             .endpoint = std::nullopt,
                             .durations = &durations,
                             .on_change = [&up](bool is_up) { up.set(is_up ? 1 : 0); }};
    return std::make_shared<RedisConnection>(shard, dialer, std::move(use));
}

}  // namespace evergrant::net
