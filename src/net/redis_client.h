#pragma once
//
// Redis (or Valkey) as the rest of the program sees it: commands and answers. Which server, how many of them, and
// whether they are there is the client's own business.
//
#include "async/deadline.h"
#include "async/shard.h"
#include "base/metrics.h"
#include "net/redis_options.h"
#include "net/redis_reply.h"

#include <memory>
#include <string_view>

namespace evergrant::net {

/// Commands of many coroutines go over one connection, pipelined, and are never queued for a server that is away.
/// An error that Redis answers is an answer (RedisReply::is_error); an Error means that there is none.
/// Errors: cancelled: no answer by the deadline, but the command may have been carried out; overloaded: too many wait;
/// store_unavailable: no server there, at once.
/// Cancellation: throws system_error(operation_aborted); the command may be carried out.
/// Thread: one shard's.
class RedisClient {
public:
    virtual ~RedisClient() = default;

    [[nodiscard]] virtual async::Task<Result<RedisReply>> command(RedisCommand command, async::Deadline deadline) = 0;

    /// Waits until there is a server to speak with; false if there is none by the deadline.
    [[nodiscard]] virtual async::Task<bool> wait_until_up(async::Deadline deadline) = 0;
};

/// The client for `options`; begins to connect at once, and goes on until it or the shard's drain ends it.
/// `purpose` names it in logs and in evergrant_redis_up, as `cache`. Throws std::runtime_error if the CA file cannot be
/// read.
[[nodiscard]] std::shared_ptr<RedisClient> make_redis_client(async::Shard& shard,
                                                             std::shared_ptr<const RedisOptions> options,
                                                             Metrics& metrics, std::string_view purpose);

}  // namespace evergrant::net
