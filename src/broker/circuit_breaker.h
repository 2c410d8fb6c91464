#pragma once
//
// Circuit breaker: keeps us from calling a provider that is away. A state machine without I/O; one for each provider
// and shard.
//
#include <chrono>
#include <cstdint>
#include <optional>

namespace evergrant::broker {

struct BreakerPolicy {
    unsigned failures_to_open{5};                    ///< in a row
    std::chrono::milliseconds first_rest{1'000};     ///< how long it stays open at first
    std::chrono::milliseconds longest_rest{30'000};  ///< it doubles up to this
};

class CircuitBreaker {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit CircuitBreaker(BreakerPolicy policy = {}) noexcept : policy_(policy) {}

    /// Nothing: go ahead, and report how it went. Else how long to stay away. When the rest is over one caller is let
    /// through to try; the others wait for what it reports.
    [[nodiscard]] std::optional<std::chrono::milliseconds> ask(time_point now) noexcept;

    /// How long `ask` would say to stay away, without asking. Nothing: it would let one through.
    [[nodiscard]] std::optional<std::chrono::milliseconds> rest(time_point now) const noexcept;

    /// The provider answered, whatever it said.
    void succeeded() noexcept;

    /// The provider was away: no answer, or none of its own.
    void failed(time_point now) noexcept;

    [[nodiscard]] bool open() const noexcept { return failures_ >= policy_.failures_to_open; }

private:
    BreakerPolicy policy_;
    unsigned failures_{0};
    std::chrono::milliseconds rest_{0};
    time_point rest_ends_{};
    bool trial_under_way_{false};
};

}  // namespace evergrant::broker
