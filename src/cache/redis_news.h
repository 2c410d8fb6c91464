#pragma once
//
// RedisNews: the news between replicas over one channel of Redis. One for the process, on one shard; a connection to
// listen and one to tell.
//
// A message is lines: who tells, then a piece of news in each (news.h), or `gap` where some were dropped untold.
//
#include "base/metrics.h"
#include "cache/news.h"
#include "crypto/random.h"
#include "net/redis_options.h"

#include <memory>

namespace evergrant::async {
class Shard;
}

namespace evergrant::cache {

/// Lifetime: goes after the shard has drained. The constructor may be called before the shard's thread starts.
class RedisNews final : public NewsChannel {
public:
    /// Throws std::runtime_error if the CA file cannot be read.
    RedisNews(async::Shard& shard, std::shared_ptr<const net::RedisOptions> options, crypto::Random& random,
              Metrics& metrics);
    ~RedisNews() override;
    RedisNews(const RedisNews&) = delete;
    RedisNews& operator=(const RedisNews&) = delete;

    void start(Listener listener) override;

    /// While Redis is away up to 10,000 pieces wait; when there are more, they are dropped and the others are told of
    /// a gap.
    void publish(News news) override;

    [[nodiscard]] bool live() const noexcept override;

private:
    class Channel;
    std::shared_ptr<Channel> channel_;
};

}  // namespace evergrant::cache
