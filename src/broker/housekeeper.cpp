#include "broker/housekeeper.h"

#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::broker {

namespace {

constexpr Instant under_way = Instant::max();
constexpr std::size_t batch = 512;

/// A failure of the provider's is recorded with the time of the next try; one of ours leaves the row due.
bool row_names_next_try(Errc code) {
    return code == Errc::provider_error || code == Errc::provider_timeout || code == Errc::provider_unreachable ||
           code == Errc::provider_misconfigured || code == Errc::reauthorization_required ||
           code == Errc::no_connection;
}

}  // namespace

void Housekeeper::start() {
    auto recover = [this] { return recover_doubtful(); };
    auto due = [this] { return refresh_due(); };
    auto sweeping = [this] { return sweep(); };
    shard_.spawn("recover-doubtful", recover, async::AtDrain::stop);
    if (times_.refresh_ahead)
        shard_.spawn("refresh-ahead", due, async::AtDrain::stop);
    shard_.spawn("sweep-authorizations", sweeping, async::AtDrain::stop);
}

async::Task<void> Housekeeper::recover_doubtful() {
    // One batch at a time: each refresh ends its doubt or gives the connection a time for the next try.
    const auto doubtful = co_await store_.in_doubt_connections(batch);
    if (!doubtful) {
        log(LogLevel::error, "doubtful_not_read", {{"error", doubtful.error().message}});
        co_return;
    }
    for (const ConnectionKey& key : *doubtful) {
        log(LogLevel::warning, "refresh_in_doubt",
            {{"tenant", key.tenant.str()}, {"integration", key.integration.str()}});
        begin(key);
        while (under_way_ >= times_.refreshes_at_once)
            co_await async::sleep_for(std::chrono::milliseconds(20));
    }
}

async::Task<void> Housekeeper::refresh_due() {
    for (;;) {
        co_await async::sleep_for(times_.look_for_due);
        forget_rested();
        if (under_way_ >= times_.refreshes_at_once)
            continue;
        const auto due = co_await store_.due_connections(clock_.now(), batch);
        if (!due) {
            log(LogLevel::warning, "due_connections_not_read", {{"error", due.error().message}});
            continue;
        }
        for (const ConnectionKey& key : *due) {
            if (under_way_ >= times_.refreshes_at_once)
                break;
            begin(key);
        }
    }
}

bool Housekeeper::begin(const ConnectionKey& key) {
    if (!not_before_.try_emplace(key, under_way).second)
        return false;
    ++under_way_;
    auto work = [this, key] { return renew(key); };
    if (shard_.spawn("renew", work))
        return true;
    --under_way_;
    not_before_.erase(key);
    return false;
}

async::Task<void> Housekeeper::renew(ConnectionKey key) {
    bool rest = false;
    try {
        const auto renewed = co_await vendors_.renew(key);
        rest = !renewed && !row_names_next_try(renewed.error().code);
        if (!renewed)
            log(LogLevel::debug, "renewal_failed",
                {{"tenant", key.tenant.str()},
                 {"integration", key.integration.str()},
                 {"error", renewed.error().message}});
    } catch (...) {
        --under_way_;
        not_before_.erase(key);
        throw;
    }
    --under_way_;
    if (rest)
        not_before_[key] = clock_.now() + times_.pause_after_own_failure;
    else
        not_before_.erase(key);
}

void Housekeeper::forget_rested() {
    const Instant now = clock_.now();
    std::erase_if(not_before_, [now](const auto& entry) { return entry.second <= now; });
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
