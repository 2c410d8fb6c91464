#include "broker/refresh_budget.h"

namespace evergrant::broker {

std::optional<std::chrono::seconds> RefreshBudgets::take(const ConnectionKey& key, const catalog::RefreshBudget& budget,
                                                         time_point now) {
    forget_old(now, budget.window);
    auto& times = taken_[key];
    while (!times.empty() && now - times.front() >= budget.window)
        times.pop_front();
    if (times.size() >= budget.tokens)
        return std::chrono::ceil<std::chrono::seconds>(times.front() + budget.window - now);
    times.push_back(now);
    return std::nullopt;
}

void RefreshBudgets::give_back(const ConnectionKey& key) {
    const auto taken = taken_.find(key);
    if (taken != taken_.end() && !taken->second.empty())
        taken->second.pop_back();
}

void RefreshBudgets::forget_old(time_point now, std::chrono::seconds window) {
    if (now < next_sweep_)
        return;
    next_sweep_ = now + window;
    std::erase_if(taken_,
                  [&](const auto& entry) { return entry.second.empty() || now - entry.second.back() >= window; });
}

}  // namespace evergrant::broker
