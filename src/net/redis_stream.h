#pragma once
//
// The bytes between us and one Redis server: TCP or a Unix socket, plain or in TLS. What they mean is redis_codec.h.
//
#include "async/task.h"
#include "net/redis_options.h"

#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace evergrant::net {

/// Lifetime: whoever reads or writes holds the stream until that has ended. Thread: one shard's.
class RedisStream {
public:
    virtual ~RedisStream() = default;

    /// At least one byte. Errors: provider_error: the stream has ended.
    [[nodiscard]] virtual async::Task<Result<std::size_t>> read_some(std::span<char> into) = 0;

    /// Writes all of `bytes`, which stay until `done` says whether that succeeded. One at a time.
    virtual void write(std::string_view bytes, std::function<void(bool)> done) = 0;

    /// Ends what is under way. Idempotent.
    virtual void close() noexcept = 0;
};

/// Throws std::runtime_error if the CA file cannot be read.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_redis_tls(const RedisOptions& options);

/// Connects to `endpoint`; with TLS if `tls` is not null. Errors: provider_unreachable.
[[nodiscard]] async::Task<Result<std::unique_ptr<RedisStream>>> connect_redis(
    RedisEndpoint endpoint, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace evergrant::net
