#pragma once
//
// Lease renewal: extends a lease for as long as this object lives, so that a slow call or a slow write never lets it
// lapse. The compare-and-swap on the generation still decides whose write wins.
//
#include "async/shard.h"
#include "storage/store.h"

#include <chrono>
#include <functional>
#include <memory>

namespace evergrant::broker {

/// Lifetime: the shard and the store outlive it. Thread: the shard's.
class LeaseRenewal {
public:
    /// Called on the shard, while this object lives, with what each renewal came to and when it was asked for.
    using Heard = std::function<void(bool extended, std::chrono::steady_clock::time_point asked_at)>;

    LeaseRenewal(async::Shard& shard, storage::Store& store, const storage::Lease& lease,
                 std::chrono::milliseconds duration, Heard heard);
    ~LeaseRenewal();
    LeaseRenewal(const LeaseRenewal&) = delete;
    LeaseRenewal& operator=(const LeaseRenewal&) = delete;

private:
    struct State;
    static async::Task<void> renew_until_done(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

}  // namespace evergrant::broker
