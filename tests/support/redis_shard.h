#pragma once
//
// For tests of what speaks with Redis: a shard that the test's own thread runs, and drains at the end.
//
#include "async/shard.h"
#include "async/sleep.h"
#include "net/redis_client.h"
#include "run_task.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace evergrant::testing {

inline net::RedisOptions redis_options(const std::string& url) {
    auto options = net::parse_redis_url(url);
    if (!options)
        throw std::runtime_error(options.error().message);
    return std::move(*options);
}

class RedisShard {
public:
    RedisShard() = default;
    ~RedisShard() { drain(); }
    RedisShard(const RedisShard&) = delete;
    RedisShard& operator=(const RedisShard&) = delete;

    /// Ends all that runs on the shard. What it works for goes after this and before the shard. Idempotent.
    void drain() { run_task(shard_.context(), shard_.drain(async::Deadline::after(std::chrono::seconds(2)))); }

    [[nodiscard]] async::Shard& shard() { return shard_; }

    template <class T>
    T run(async::Task<T> task) {
        return run_task(shard_.context(), std::move(task));
    }

    /// Runs the shard until `condition` holds; false if it does not within ten seconds.
    bool run_until(const std::function<bool()>& condition) {
        const auto deadline = async::Deadline::after(std::chrono::seconds(10));
        shard_.context().restart();
        while (!condition()) {
            if (deadline.passed())
                return false;
            shard_.context().run_one_for(std::chrono::milliseconds(20));
        }
        return true;
    }

    /// The answer to one command; an error's text too.
    Result<net::RedisReply> ask(net::RedisClient& client, net::RedisWords words, std::string key = {},
                                std::chrono::milliseconds patience = std::chrono::seconds(5)) {
        net::RedisCommand command{.words = std::move(words), .key = std::move(key)};
        return run(client.command(std::move(command), async::Deadline::after(patience)));
    }

    std::shared_ptr<net::RedisClient> client(net::RedisOptions options) {
        return net::make_redis_client(shard_, std::make_shared<const net::RedisOptions>(std::move(options)), metrics_,
                                      "test");
    }

    /// One that is up.
    std::shared_ptr<net::RedisClient> connected(net::RedisOptions options) {
        auto made = client(std::move(options));
        if (!is_up(*made))
            throw std::runtime_error("Redis does not come up");
        return made;
    }

    bool is_up(net::RedisClient& client, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
        return run(client.wait_until_up(async::Deadline::after(patience)));
    }

    [[nodiscard]] Metrics& metrics() { return metrics_; }

private:
    Metrics metrics_;
    async::Shard shard_{0};
};

}  // namespace evergrant::testing
