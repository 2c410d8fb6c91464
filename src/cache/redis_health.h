#pragma once
//
// RedisHealth: whether Redis is worth asking. After failures in a row it is left alone for a second; then one caller
// tries. A state machine without I/O; one for each use of each shard. Logs what has changed, never each call.
//
#include "base/error.h"
#include "net/redis_reply.h"

#include <chrono>
#include <string>
#include <string_view>

namespace evergrant::cache {

class RedisHealth {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr unsigned failures_to_rest = 3;  ///< in a row
    static constexpr std::chrono::milliseconds rest{1'000};

    /// `use` is for logs, as `find`.
    explicit RedisHealth(std::string_view use) noexcept : use_(use) {}

    /// Whether to go ahead. Who was told to says how it went, by one of the two below.
    [[nodiscard]] bool ask(time_point now) noexcept;

    /// Takes what Redis answered: an error or no answer is trouble. Whether it was an answer to use.
    bool take(const Result<net::RedisReply>& reply, time_point now);

    /// The caller was cancelled: there is no telling.
    void unknown() noexcept { trial_under_way_ = false; }

private:
    std::string use_;
    unsigned failures_{0};
    time_point rest_ends_{};
    bool trial_under_way_{false};
};

}  // namespace evergrant::cache
