#pragma once
//
// Vend rates: who takes far more tokens than before. Pure: counts and their time come in, who stands out goes out.
//
// Counts fall into windows that follow each other. Of each caller two numbers are kept: the average of its windows,
// older ones weighing less, and the most of one window, which fades too. A window stands out that exceeds a floor, the
// average by far and the most, which a job that runs once a night has set the night before. Windows that stand out
// raise the average, so that a new level is usual after some hours, and the most only when they are over.
//
#include "broker/audit_log.h"
#include "health/server_rules.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace evergrant::health {

struct VendRateLimits {
    std::chrono::milliseconds window{300'000};
    double floor{1'000};                              ///< tokens in a window; fewer say nothing
    double times_average{10};                         ///< so many of them stand out, if also
    double times_most{2};                             ///< so many of the most
    std::chrono::milliseconds half_life{86'400'000};  ///< of a window's weight in the average
    std::chrono::milliseconds most_half_life{604'800'000};
    std::chrono::milliseconds learning{3'600'000};  ///< after the beginning, when nothing is known yet
    std::size_t callers{10'000};                    ///< more are not watched
};

struct UnusualCaller {
    std::string caller;
    double tokens{0};   ///< in the window that stood out
    double average{0};  ///< of those before it
};

/// What is told of it, as long as it is so. `name`: the API key's; empty: it is none.
[[nodiscard]] Condition unusual_vends(const UnusualCaller& caller, const std::string& name);

class VendRates {
public:
    explicit VendRates(VendRateLimits limits = {}) : limits_(limits) {}

    /// Adds what was counted since the last call to the window at hand; `now` is of a steady clock. Those that stand
    /// out in it, or stood out in the one before.
    [[nodiscard]] std::vector<UnusualCaller> judge(const broker::VendsByCaller& counted, std::chrono::milliseconds now);

private:
    struct Caller {
        double tokens{0};  ///< in the window at hand
        double sum{0};     ///< of windows by their weight
        double most{0};
        double most_unusual{0};  ///< of windows that stood out since one did not
        std::optional<UnusualCaller> unusual{};
        bool stands_out{false};  ///< the window at hand
    };
    void close_windows(std::chrono::milliseconds now);
    void close_window(Caller& caller) const;
    void forget_the_least();
    void look_at(const std::string& name, Caller& caller) const;
    [[nodiscard]] double average_of(const Caller& caller) const;

    VendRateLimits limits_;
    std::unordered_map<std::string, Caller> callers_;
    std::optional<std::chrono::milliseconds> begun_;
    std::chrono::milliseconds window_begun_{0};
    double weight_{0};  ///< of all closed windows together
};

}  // namespace evergrant::health
