#include "broker/circuit_breaker.h"

#include <algorithm>

namespace evergrant::broker {

std::optional<std::chrono::milliseconds> CircuitBreaker::rest(time_point now) const noexcept {
    if (!open() || now >= rest_ends_)
        return std::nullopt;
    return trial_under_way_ ? policy_.first_rest : std::chrono::ceil<std::chrono::milliseconds>(rest_ends_ - now);
}

std::optional<std::chrono::milliseconds> CircuitBreaker::ask(time_point now) noexcept {
    const auto wait = rest(now);
    if (wait || !open())
        return wait;
    // A trial that never reports must not close the way for good: after the longest rest there is another.
    trial_under_way_ = true;
    rest_ends_ = now + policy_.longest_rest;
    return std::nullopt;
}

void CircuitBreaker::succeeded() noexcept {
    failures_ = 0;
    rest_ = {};
    trial_under_way_ = false;
}

void CircuitBreaker::failed(time_point now) noexcept {
    if (!open()) {
        if (++failures_ < policy_.failures_to_open)
            return;
        rest_ = policy_.first_rest;
    } else if (trial_under_way_) {
        rest_ = std::min(rest_ * 2, policy_.longest_rest);
    }
    trial_under_way_ = false;
    rest_ends_ = now + rest_;
}

}  // namespace evergrant::broker
