#pragma once
//
// CallMeter: how long a store's calls take, waiting included, how many are under way, and how many it could not answer.
//
#include "async/task.h"
#include "base/error.h"
#include "base/metrics.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace evergrant::storage {

/// A value of handles; of no metrics: measures nothing. Thread-safe.
class CallMeter {
public:
    CallMeter() = default;
    /// `engine`: "sqlite", "postgresql"; `use`: "read", "write".
    CallMeter(Metrics& metrics, std::string_view engine, std::string_view use);

    template <class T>
    [[nodiscard]] async::Task<Result<T>> measured(async::Task<Result<T>> call) const {
        if (duration_ == nullptr)
            co_return co_await std::move(call);
        const UnderWay counted(*under_way_);
        const auto begun = std::chrono::steady_clock::now();
        auto answer = co_await std::move(call);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
        duration_->observe(took.count());
        if (!answer && is_unanswered(answer.error()))
            unanswered_->increment();
        co_return answer;
    }

private:
    [[nodiscard]] static bool is_unanswered(const Error& error) noexcept;

    Histogram* duration_{nullptr};
    Gauge* under_way_{nullptr};
    Counter* unanswered_{nullptr};
};

}  // namespace evergrant::storage
