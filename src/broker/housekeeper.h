#pragma once
//
// Housekeeper: what must happen without anybody asking: refreshes ahead of use, refreshes whose answer was lost,
// authorizations that nobody finished. Its cost grows with what is due, never with what is stored. One for the process.
//
#include "async/shard.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "broker/token_vendor.h"
#include "storage/store.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>

namespace evergrant::broker {

struct HousekeepingTimes {
    bool refresh_ahead{true};
    std::chrono::milliseconds look_for_due{1'000};  ///< a tick: every due connection is found within one more
    std::chrono::milliseconds claim{60'000};        ///< also the pause after a refresh that could not even begin
    std::chrono::seconds sweep{60};                 ///< between sweeps of unfinished authorizations
    std::size_t refreshes_at_once{64};
};

/// Lifetime: outlives the shard's drain. Thread: the shard it is started on.
class Housekeeper {
public:
    Housekeeper(async::Shard& shard, storage::Store& store, TokenVendors& vendors, const Clock& clock,
                std::string owner, HousekeepingTimes times)
        : shard_(shard), store_(store), vendors_(vendors), clock_(clock), owner_(std::move(owner)), times_(times) {}

    /// Begins; ends with the shard's drain.
    void start();

private:
    async::Task<void> look_after();
    async::Task<void> recover_doubtful();
    async::Task<void> refresh_due();
    async::Task<void> sweep();
    async::Task<void> renew(ConnectionKey key);
    [[nodiscard]] storage::DueClaim claim() const;
    void begin(const ConnectionKey& key);

    async::Shard& shard_;
    storage::Store& store_;
    TokenVendors& vendors_;
    const Clock& clock_;
    std::string owner_;  ///< names this process in claims
    HousekeepingTimes times_;
    std::unordered_set<ConnectionKey> under_way_;
};

}  // namespace evergrant::broker
