#pragma once
//
// RedisSubscription: listens to one channel of Redis over a connection of its own, and subscribes again whenever that
// was lost. In a cluster any node will do: what is published reaches them all.
//
#include "net/redis_dialer.h"
#include "net/redis_link.h"

#include <functional>
#include <memory>
#include <string>

namespace evergrant::net {

/// Thread: the shard's. Ends when it goes, or with the shard's drain.
class RedisSubscription {
public:
    struct Use {
        std::string name;  ///< for logs
        std::string channel;
        std::function<void()> on_subscribed;  ///< from now on messages come; before, any may be missed
        std::function<void()> on_lost;        ///< follows on_subscribed, always
        std::function<void(const std::string&)> on_message;
    };

    RedisSubscription(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use);

private:
    RedisLink link_;
};

}  // namespace evergrant::net
