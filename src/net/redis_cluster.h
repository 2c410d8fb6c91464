#pragma once
//
// RedisCluster: the client of a Redis cluster: one connection to each master, and each command to the one that has its
// key. Commands about several keys at a time are not for it.
//
#include "net/redis_client.h"
#include "net/redis_dialer.h"

#include <memory>

namespace evergrant::net {

class RedisCluster final : public RedisClient {
public:
    RedisCluster(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Histogram& durations, Gauge& up);
    ~RedisCluster() override;
    RedisCluster(const RedisCluster&) = delete;
    RedisCluster& operator=(const RedisCluster&) = delete;

    /// Follows up to five redirections.
    [[nodiscard]] async::Task<Result<RedisReply>> command(RedisCommand command, async::Deadline deadline) override;
    [[nodiscard]] async::Task<bool> wait_until_up(async::Deadline deadline) override;

private:
    class Nodes;
    std::shared_ptr<Nodes> nodes_;
};

}  // namespace evergrant::net
