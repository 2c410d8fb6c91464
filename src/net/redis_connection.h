#pragma once
//
// RedisConnection: the client of one Redis server, or of whichever server is the sentinels' master. Keeps one
// pipelined connection. Several masters at a time are redis_cluster.h.
//
#include "net/redis_client.h"
#include "net/redis_dialer.h"
#include "net/redis_link.h"
#include "net/redis_pipeline.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace evergrant::net {

class RedisConnection final : public RedisClient {
public:
    struct Use {
        std::string name;                       ///< for logs
        std::optional<RedisEndpoint> endpoint;  ///< nothing: whatever the dialer finds
        Histogram* durations;                   ///< of commands
        std::function<void(bool)> on_change;    ///< told whether it is up
    };

    RedisConnection(async::Shard& shard, std::shared_ptr<RedisDialer> dialer, Use use);

    [[nodiscard]] async::Task<Result<RedisReply>> command(RedisCommand command, async::Deadline deadline) override;
    [[nodiscard]] async::Task<bool> wait_until_up(async::Deadline deadline) override;

    /// The command, for a key that the node is only about to own.
    [[nodiscard]] async::Task<Result<RedisReply>> command_asking(RedisCommand command, async::Deadline deadline);

    [[nodiscard]] bool up() const noexcept;

private:
    struct State;
    static async::Task<Result<RedisReply>> exchange(std::shared_ptr<State> state, RedisCommand command,
                                                    async::Deadline deadline, bool asking);
    static async::Task<bool> wait(std::shared_ptr<State> state, async::Deadline deadline);
    static async::Task<std::string> serve(std::shared_ptr<State> state, RedisLink::Line line);

    std::shared_ptr<State> state_;
    RedisLink link_;
};

}  // namespace evergrant::net
