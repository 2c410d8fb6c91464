#include "broker/lease_renewal.h"

#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace evergrant::broker {

struct LeaseRenewal::State {
    State(async::Shard& shard, storage::Store& owning_store, const storage::Lease& held,
          std::chrono::milliseconds length, Heard listener)
        : store(owning_store), lease(held), duration(length), heard(std::move(listener)), timer(shard.context()) {}

    storage::Store& store;
    storage::Lease lease;
    std::chrono::milliseconds duration;
    Heard heard;
    boost::asio::steady_timer timer;
    bool done{false};
};

LeaseRenewal::LeaseRenewal(async::Shard& shard, storage::Store& store, const storage::Lease& lease,
                           std::chrono::milliseconds duration, Heard heard)
    : state_(std::make_shared<State>(shard, store, lease, duration, std::move(heard))) {
    auto work = [state = state_] { return renew_until_done(state); };
    // A shard that is closing refuses: then the lease simply runs out.
    static_cast<void>(shard.spawn("lease-renewal", std::move(work), async::AtDrain::stop));
}

LeaseRenewal::~LeaseRenewal() {
    state_->done = true;
    state_->timer.cancel();
}

async::Task<void> LeaseRenewal::renew_until_done(std::shared_ptr<State> state) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    constexpr int renewals_in_a_lease = 3;
    while (!state->done) {
        state->timer.expires_after(state->duration / renewals_in_a_lease);
        co_await state->timer.async_wait(no_throw);
        if (state->done)
            break;
        const auto asked_at = std::chrono::steady_clock::now();
        const auto renewed = co_await state->store.renew_lease(state->lease, state->duration);
        if (state->done)
            break;
        state->heard(renewed && *renewed, asked_at);
        if (renewed && !*renewed) {
            log(LogLevel::warning, "lease_lost",
                {{"tenant", state->lease.key.tenant.str()}, {"integration", state->lease.key.integration.str()}});
            break;
        }
    }
}

}  // namespace evergrant::broker
