#pragma once
//
// RedisDialer: finds the server that counts (asking the sentinels if there are any), connects and logs in.
//
#include "net/redis_line.h"

#include <cstddef>
#include <memory>
#include <string>

namespace evergrant::net {

/// Lifetime: outlives its tasks; held by shared_ptr. Thread: one shard's.
class RedisDialer {
public:
    using Line = std::shared_ptr<RedisLine>;

    /// Throws std::runtime_error if the CA file cannot be read.
    explicit RedisDialer(std::shared_ptr<const RedisOptions> options);

    /// A line, logged in, to the server; to the sentinels' master; or to one of the cluster's nodes that were named,
    /// another at each call. Errors: provider_unreachable, with why in `detail`.
    [[nodiscard]] async::Task<Result<Line>> open();

    /// A line, logged in, to that server.
    [[nodiscard]] async::Task<Result<Line>> open_at(RedisEndpoint endpoint);

    /// A line to one of the sentinels, and which master it names. Errors: provider_unreachable or the line's.
    struct Sentinel {
        Line line;
        RedisEndpoint master;
    };
    [[nodiscard]] async::Task<Result<Sentinel>> open_sentinel();
    [[nodiscard]] async::Task<Result<RedisEndpoint>> ask_master(Line sentinel);

    [[nodiscard]] const RedisOptions& options() const noexcept { return *options_; }

private:
    async::Task<Result<Line>> connect(RedisEndpoint endpoint);
    async::Task<Result<Line>> connect_and_log_in(RedisEndpoint endpoint);
    async::Task<Result<Sentinel>> connect_sentinel(RedisEndpoint endpoint);
    async::Task<Result<RedisEndpoint>> question_master(Line sentinel);
    [[nodiscard]] RedisWords login() const;

    std::shared_ptr<const RedisOptions> options_;
    std::shared_ptr<boost::asio::ssl::context> tls_;
    std::size_t turn_{0};  // of the endpoints
};

}  // namespace evergrant::net
