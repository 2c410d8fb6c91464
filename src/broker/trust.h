#pragma once
//
// Trust: for how long a cached token is served without a look at the store. In a fleet another replica may have
// withdrawn or replaced it, and the message that says so may be lost; then this is the bound. A process that has its
// store for itself trusts without end and pays nothing. What is promised by it: docs/consistency.md.
//
#include "base/clock.h"
#include "cache/news.h"
#include "cache/shared_cache.h"
#include "cache/token_cache.h"

#include <atomic>
#include <chrono>
#include <limits>
#include <optional>

namespace evergrant::broker {

/// Counted from when the store was last asked.
struct TrustTimes {
    std::chrono::seconds with_news{60};     ///< while what others publish is arriving
    std::chrono::seconds without_news{10};  ///< while it is not; at most with_news
};

/// Thread: any; all shards share one.
class Trust {
public:
    /// No `times`: without end. No `news`: none ever arrives.
    Trust(const Clock& clock, std::optional<TrustTimes> times, const cache::NewsChannel* news) noexcept
        : clock_(clock), bounded_(times), times_(times.value_or(TrustTimes())), news_(news) {}

    /// Whether it has a bound at all.
    [[nodiscard]] bool bounded() const noexcept { return bounded_; }

    /// Whether the entry may be served without asking the store.
    [[nodiscard]] bool believes(const cache::CachedToken& token) const noexcept {
        return !bounded_ || believes_now(token);
    }

    /// When the store must have been asked at the latest for this copy to say what it says, by the clock of the replica
    /// that asked and with `clock_slack` for its difference from ours. Nothing: the copy is not to be believed.
    [[nodiscard]] std::optional<std::chrono::milliseconds> asked_for(const cache::SharedCopy& copy) const noexcept;

    /// After a gap in the news: nothing that was asked for until now is believed any more.
    void doubt_all() noexcept { doubted_until_.store(now().count(), std::memory_order_release); }

    /// Steady time.
    [[nodiscard]] std::chrono::milliseconds now() const noexcept { return clock_.steady(); }

    /// How far clocks of replicas may differ without an effect on any bound.
    static constexpr std::chrono::seconds clock_slack{10};

    /// For how long what is known of a withdrawn generation must be remembered: no copy older than this is believed.
    [[nodiscard]] std::chrono::milliseconds copies_matter_for() const noexcept {
        return times_.with_news + clock_slack;
    }

private:
    [[nodiscard]] bool believes_now(const cache::CachedToken& token) const noexcept {
        const auto steady = now();
        return believes_at(token.asked_at(), steady) || steady < token.spared_until();
    }
    [[nodiscard]] bool believes_at(std::chrono::milliseconds asked, std::chrono::milliseconds steady) const noexcept {
        if (asked.count() <= doubted_until_.load(std::memory_order_acquire) || steady - asked >= times_.with_news)
            return false;
        return steady - asked < times_.without_news || (news_ != nullptr && news_->live());
    }

    const Clock& clock_;
    bool bounded_;
    TrustTimes times_;
    const cache::NewsChannel* news_;
    std::atomic<std::chrono::milliseconds::rep> doubted_until_{
        std::numeric_limits<std::chrono::milliseconds::rep>::min()};
};

}  // namespace evergrant::broker
