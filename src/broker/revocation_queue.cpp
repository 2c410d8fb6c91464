#include "broker/revocation_queue.h"

#include "async/for_each_index.h"
#include "base/log.h"

#include <functional>
#include <utility>

namespace evergrant::broker {

namespace {

/// As many as are asked for at a time, so that a claim outlasts its turn.
constexpr std::size_t claimed_at_once = 8;
constexpr std::chrono::seconds longest_pause{30};

}  // namespace

void RevocationQueue::start() {
    auto work = [this] { return keep_asking(); };
    parts_.shard.spawn("revocations", work, async::AtDrain::stop);
}

async::Task<void> RevocationQueue::keep_asking() {
    const async::Backoff store_away{.first = parts_.times.look_for_due, .cap = longest_pause};
    unsigned failures = 0;
    for (;;) {
        auto due = co_await parts_.revocations.claim_revocations(parts_.revoker.claim(), claimed_at_once);
        if (!due) {
            log(LogLevel::warning, "revocations_not_claimed", {{"error", due.error().message}});
            co_await async::sleep_for(store_away.pause(failures++, parts_.random.dice()));
            continue;
        }
        failures = 0;
        Revoker& revoker = parts_.revoker;
        auto& claimed = *due;
        auto one = [&revoker, &claimed](std::size_t index) { return revoker.ask_again(std::move(claimed[index])); };
        const std::function<async::Task<void>(std::size_t)> work = one;
        co_await async::for_each_index(claimed.size(), work);
        if (claimed.size() < claimed_at_once) {
            constexpr double shortest = 0.75;
            constexpr double spread = 0.5;
            const std::chrono::duration<double, std::milli> pause =
                parts_.times.look_for_due * (shortest + spread * parts_.random.dice());
            co_await async::sleep_for(std::chrono::ceil<std::chrono::milliseconds>(pause));
        }
    }
}

}  // namespace evergrant::broker
