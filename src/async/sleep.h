#pragma once
//
// Waiting on purpose: a pause, and the pauses between tries.
//
#include "async/task.h"

#include <chrono>

namespace evergrant::async {

/// Waits for `pause`. Cancellation: throws system_error(operation_aborted).
Task<void> sleep_for(std::chrono::steady_clock::duration pause);

/// Exponential back-off with jitter: pauses double from `first` up to `cap`, each drawn from its upper half.
struct Backoff {
    std::chrono::milliseconds first{200};
    std::chrono::milliseconds cap{60'000};

    /// The pause before try number `attempt` (0 is the first retry). `dice` in [0, 1). Pure.
    [[nodiscard]] std::chrono::milliseconds pause(unsigned attempt, double dice) const noexcept;
};

}  // namespace evergrant::async
