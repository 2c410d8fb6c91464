#include "broker/housekeeper.h"

#include "async/sleep.h"
#include "base/log.h"

#include <algorithm>
#include <utility>

namespace evergrant::broker {

void Housekeeper::start() {
    auto looking = [this] { return look_after(); };
    auto sweeping = [this] { return sweep(); };
    shard_.spawn("look-after-connections", looking, async::AtDrain::stop);
    shard_.spawn("sweep-authorizations", sweeping, async::AtDrain::stop);
}

async::Task<void> Housekeeper::look_after() {
    for (;;) {
        co_await recover_doubtful();
        if (times_.refresh_ahead)
            co_await refresh_due();
        co_await async::sleep_for(times_.look_for_due);
    }
}

async::Task<void> Housekeeper::recover_doubtful() {
    storage::DueClaim abandoned = claim();
    abandoned.abandoned_only = true;
    const auto doubtful = co_await store_.claim_due_connections(std::move(abandoned));
    if (!doubtful) {
        log(LogLevel::warning, "doubtful_not_read", {{"error", doubtful.error().message}});
        co_return;
    }
    for (const ConnectionKey& key : *doubtful) {
        log(LogLevel::warning, "refresh_in_doubt",
            {{"tenant", key.tenant.str()}, {"integration", key.integration.str()}});
        begin(key);
    }
}

async::Task<void> Housekeeper::refresh_due() {
    const auto due = co_await store_.claim_due_connections(claim());
    if (!due) {
        log(LogLevel::warning, "due_connections_not_read", {{"error", due.error().message}});
        co_return;
    }
    for (const ConnectionKey& key : *due)
        begin(key);
}

/// As many as may be begun now.
storage::DueClaim Housekeeper::claim() const {
    storage::DueClaim claim;
    claim.owner = owner_;
    claim.duration = times_.claim;
    claim.limit = times_.refreshes_at_once - std::min(times_.refreshes_at_once, under_way_.size());
    return claim;
}

void Housekeeper::begin(const ConnectionKey& key) {
    if (!under_way_.insert(key).second)
        return;
    auto work = [this, key] { return renew(key); };
    if (!shard_.spawn("renew", work))
        under_way_.erase(key);
}

async::Task<void> Housekeeper::renew(ConnectionKey key) {
    try {
        const auto renewed = co_await vendors_.renew(key);
        if (!renewed)
            log(LogLevel::debug, "renewal_failed",
                {{"tenant", key.tenant.str()},
                 {"integration", key.integration.str()},
                 {"error", renewed.error().message}});
    } catch (...) {
        under_way_.erase(key);
        throw;
    }
    under_way_.erase(key);
}

async::Task<void> Housekeeper::sweep() {
    for (;;) {
        const auto swept = co_await store_.sweep_authorizations(clock_.now());
        if (!swept)
            log(LogLevel::warning, "authorizations_not_swept", {{"error", swept.error().message}});
        co_await async::sleep_for(times_.sweep);
    }
}

}  // namespace evergrant::broker
