#pragma once
//
// Fleet news: what this replica tells the others, and what it does about what they tell. A message is a hint: it makes
// this replica look at the store, or wakes who waits; nothing is believed because a message says so. Without a channel
// nothing happens. Keys of callers are looked up again now and then too, for their news may be lost as well.
//
#include "async/shard.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "broker/authenticator.h"
#include "broker/trust.h"
#include "cache/news.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace evergrant::broker {

class TokenVendors;

/// One for the process. Lifetime: outlives the channel's shard. Thread: telling, any; the rest, the channel's shard.
class FleetNews {
public:
    struct Listeners {
        TokenVendors* vendors{nullptr};
        KeyRevision* keys{nullptr};
        Trust* trust{nullptr};
        /// Wakes those who wait for another replica's refresh of this connection; called on its home shard.
        std::function<void(const ConnectionKey&)> wake;
    };

    /// No channel: null.
    FleetNews(cache::NewsChannel* channel, TrustTimes times, Metrics& metrics);

    /// Tells that the connection has a new token set, or, if `generation` is the one it had, that a refresh has ended.
    void replaced(const ConnectionKey& key, std::uint64_t generation);
    void removed(const ConnectionKey& key, std::uint64_t generation);
    void keys_changed();

    /// Begins to listen, and to look up keys again on `shard`; both end with its drain. Once.
    void start(async::Shard& shard, Listeners listeners);

private:
    void tell(cache::News news);
    void hear(const std::optional<cache::News>& news);
    async::Task<void> look_up_keys_again();

    cache::NewsChannel* channel_;
    TrustTimes times_;
    Counter& told_;
    Counter& heard_;
    Counter& gaps_;
    Listeners listeners_;
};

}  // namespace evergrant::broker
