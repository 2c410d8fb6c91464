#pragma once
//
// RedisLine: one connection to one Redis server, question by question: what logging in and a short question need.
// Many questions at a time over one line are redis_pipeline.h.
//
#include "net/redis_codec.h"
#include "net/redis_stream.h"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace evergrant::net {

/// Always held by shared_ptr, and held by whoever has something under way on it. Thread: one shard's.
class RedisLine : public std::enable_shared_from_this<RedisLine> {
public:
    RedisLine(std::unique_ptr<RedisStream> stream, RedisEndpoint endpoint, std::size_t answer_limit)
        : stream_(std::move(stream)), endpoint_(std::move(endpoint)), reader_(answer_limit) {}

    /// Sends one command and waits for its answer. Nothing else may be under way. Errors: provider_error.
    [[nodiscard]] async::Task<Result<RedisReply>> ask(RedisWords words);

    /// The next answer. Errors: provider_error: the connection ended, or it is not Redis that speaks.
    [[nodiscard]] async::Task<Result<RedisReply>> next();

    [[nodiscard]] RedisStream& stream() noexcept { return *stream_; }

    /// Where it leads.
    [[nodiscard]] const RedisEndpoint& endpoint() const noexcept { return endpoint_; }

    /// Grows with every read that brought something.
    [[nodiscard]] std::size_t reads() const noexcept { return reads_; }

private:
    std::unique_ptr<RedisStream> stream_;
    RedisEndpoint endpoint_;
    RedisReader reader_;
    std::array<char, 16UL * 1024> part_{};
    std::size_t reads_{0};
};

}  // namespace evergrant::net
