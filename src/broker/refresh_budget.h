#pragma once
//
// Refresh budget: how often one connection may be refreshed in a window, as the catalogue says (Zoho: 10 in 10
// minutes). Counted in memory by the connection's home shard. No clock: times come in.
//
#include "base/ids.h"
#include "catalog/provider.h"

#include <chrono>
#include <deque>
#include <optional>
#include <unordered_map>

namespace evergrant::broker {

class RefreshBudgets {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Takes one refresh from the connection's budget. Nothing: taken; else how long until there is one again.
    [[nodiscard]] std::optional<std::chrono::seconds> take(const ConnectionKey& key,
                                                           const catalog::RefreshBudget& budget, time_point now);

    /// Gives back the one taken last.
    void give_back(const ConnectionKey& key);

    [[nodiscard]] std::size_t size() const noexcept { return taken_.size(); }

private:
    void forget_old(time_point now, std::chrono::seconds window);

    std::unordered_map<ConnectionKey, std::deque<time_point>> taken_;
    time_point next_sweep_{};
};

}  // namespace evergrant::broker
