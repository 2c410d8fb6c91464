#pragma once
//
// RedisScript: a Lua script that Redis runs as one step, with one key, so that a cluster knows where. Sent by its
// digest; in full only to a server that does not know it yet.
//
#include "net/redis_client.h"

#include <string>
#include <string_view>

namespace evergrant::net {

class RedisScript {
public:
    explicit RedisScript(std::string_view source);

    /// `arguments` are ARGV, `key` is KEYS[1]. Errors as RedisClient's. Lifetime: the script and the client outlive
    /// the task.
    [[nodiscard]] async::Task<Result<RedisReply>> run(RedisClient* client, std::string key, RedisWords arguments,
                                                      async::Deadline deadline) const;

private:
    std::string source_;
    std::string digest_;  // SHA-1, in hex, as EVALSHA wants it
};

}  // namespace evergrant::net
