#pragma once
//
// RedisLink: keeps a line to Redis open. It opens one, hands it over to be used, and when that ends begins anew after a
// pause that grows. Where sentinels name the master it asks them every second, and leaves one that is it no longer.
// What the line is for is redis_connection.h and redis_subscription.h.
//
#include "async/shard.h"
#include "net/redis_dialer.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace evergrant::net {

/// Thread: the shard's. Begins when made; ends when it goes, or with the shard's drain.
class RedisLink {
public:
    using Line = RedisDialer::Line;

    struct Use {
        std::string name;                                     ///< for logs
        std::optional<RedisEndpoint> endpoint;                ///< nothing: whatever the dialer finds
        std::function<async::Task<std::string>(Line)> serve;  ///< until the line ends; says why it did
    };

    RedisLink(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use);
    ~RedisLink();
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

private:
    struct State;
    static async::Task<void> keep(std::shared_ptr<State> state);
    static async::Task<std::string> serve_one(std::shared_ptr<State> state);
    static async::Task<void> watch_master(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace evergrant::net
