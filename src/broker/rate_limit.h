#pragma once
//
// Token bucket: how often somebody may ask. Pure: times come in. One shard's.
//
#include <algorithm>
#include <chrono>
#include <optional>

namespace evergrant::broker {

/// `per_second` on average, `burst` at once. Zero per second: no limit.
struct RateLimit {
    double per_second{0};
    double burst{0};
};

class TokenBucket {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Nothing: go ahead; else how long until there is a place again.
    [[nodiscard]] std::optional<std::chrono::seconds> take(const RateLimit& limit, time_point now) noexcept {
        if (limit.per_second <= 0)
            return std::nullopt;
        const std::chrono::duration<double> passed = now - last_;
        last_ = now;
        level_ = std::max(0.0, level_ - passed.count() * limit.per_second);
        if (level_ + 1 > limit.burst) {
            const std::chrono::duration<double> wait((level_ + 1 - limit.burst) / limit.per_second);
            return std::chrono::ceil<std::chrono::seconds>(wait);
        }
        level_ += 1;
        return std::nullopt;
    }

    /// Counts more that one who was let in takes; whoever comes next waits for it.
    void charge(const RateLimit& limit, double more) noexcept {
        if (limit.per_second > 0)
            level_ += more;
    }

    [[nodiscard]] time_point last_asked() const noexcept { return last_; }

private:
    double level_{0};
    time_point last_{};
};

}  // namespace evergrant::broker
