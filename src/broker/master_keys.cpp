#include "broker/master_keys.h"

#include "async/sleep.h"
#include "base/crash_point.h"
#include "base/log.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::size_t part_size = 200;
constexpr std::chrono::milliseconds look_around{500};
constexpr std::chrono::seconds between_announcements{10};
constexpr std::chrono::hours between_counts{1};
constexpr std::chrono::minutes pause_after_failure{5};

bool knows(const storage::Replica& replica, const std::string& key) {
    return std::ranges::find(replica.note.master_keys, key) != replica.note.master_keys.end();
}

bool encrypts_under(const storage::Replica& replica, const std::string& key) {
    return !replica.note.master_keys.empty() && replica.note.master_keys.front() == key;
}

bool seals_something(const MasterKeyReport& report, const std::string& key) {
    return std::ranges::find(report.uses, key, &storage::MasterKeyUse::id) != report.uses.end();
}

/// What of the ring may be taken out: it seals nothing, nobody will seal under it, and no journal holds what it sealed.
std::vector<std::string> free_keys(const MasterKeyReport& report) {
    const bool settled = std::ranges::all_of(report.replicas, [&](const storage::Replica& replica) {
        return encrypts_under(replica, report.first) && replica.note.unwritten == 0;
    });
    std::vector<std::string> free;
    for (const std::string& key : report.ring)
        if (settled && key != report.first && !seals_something(report, key))
            free.push_back(key);
    return free;
}

std::string next_step(const MasterKeyReport& report) {
    if (report.running)
        return "The rotation is under way.";
    if (report.remaining != 0)
        return std::to_string(report.remaining) + " data keys are still sealed under another master key; rotate.";
    if (!report.free.empty())
        return "Everything is sealed under the first master key; the others may be taken out of every replica.";
    if (report.ring.size() > 1)
        return "Everything is sealed under the first master key; keep the others until every replica encrypts under it "
               "and no token set waits to be written.";
    return "Everything is sealed under the only master key.";
}

}  // namespace

async::Task<Result<MasterKeyReport>> MasterKeys::report() {
    MasterKeyReport report;
    report.first = parts_.ring.front();
    report.ring = parts_.ring;
    auto uses = co_await parts_.store.master_key_uses();
    if (!uses)
        co_return std::unexpected(std::move(uses).error());
    auto replicas = co_await parts_.store.list_replicas(stale);
    if (!replicas)
        co_return std::unexpected(std::move(replicas).error());
    report.uses = std::move(*uses);
    report.replicas = std::move(*replicas);
    for (const storage::MasterKeyUse& use : report.uses)
        report.remaining += use.id == report.first ? 0 : use.data_keys;
    report.sealed_anew = sealed_anew_;
    report.running = running_;
    report.free = free_keys(report);
    report.message = next_step(report);
    show(report.uses);
    const std::lock_guard lock(mutex_);
    report.failure = failure_;
    co_return report;
}

async::Task<Result<void>> MasterKeys::all_are_ready() {
    const auto replicas = co_await parts_.store.list_replicas(stale);
    if (!replicas)
        co_return std::unexpected(replicas.error());
    const std::string& first = parts_.ring.front();
    for (const storage::Replica& replica : *replicas) {
        if (!knows(replica, first))
            co_return failure(Errc::conflict, "Replica " + replica.note.id + " does not know master key " + first +
                                                  "; restart it with that key in its ring.");
        if (!encrypts_under(replica, first))
            co_return failure(Errc::conflict, "Replica " + replica.note.id + " still encrypts under master key " +
                                                  replica.note.master_keys.front() + "; restart it with " + first +
                                                  " as its first key.");
    }
    co_return Result<void>();
}

async::Task<Result<MasterKeyReport>> MasterKeys::rotate() {
    const auto ready = co_await all_are_ready();
    if (!ready)
        co_return std::unexpected(ready.error());
    const auto noted = co_await parts_.store.hold_rotation(parts_.ring.front(), held);
    if (!noted)
        co_return std::unexpected(noted.error());
    begin();
    co_return co_await report();
}

async::Task<Result<bool>> MasterKeys::take_up() {
    if (running_)
        co_return false;
    const auto ready = co_await all_are_ready();
    if (!ready)
        co_return std::unexpected(ready.error());
    const auto taken = co_await parts_.store.take_up_rotation(parts_.ring.front(), held);
    if (!taken || !*taken)
        co_return taken;
    log(LogLevel::info, "master_key_rotation_taken_up", {{"master_key", parts_.ring.front()}});
    begin();
    co_return true;
}

void MasterKeys::begin() {
    if (running_.exchange(true))
        return;
    async::Shard& shard = parts_.shards[0];
    auto work = [this] { return seal_anew(); };
    boost::asio::post(shard.context(), [this, &shard, work] {
        if (!shard.spawn("rotate-master-key", work, async::AtDrain::stop))
            running_ = false;
    });
}

async::Task<void> MasterKeys::seal_anew() {
    struct Ended {
        std::atomic<bool>& running;
        ~Ended() { running = false; }
    };
    const Ended ended(running_);
    log(LogLevel::info, "master_key_rotation_begun", {{"master_key", parts_.ring.front()}});
    const auto sealed = co_await seal_parts();
    const auto left = co_await leave(sealed.has_value());
    if (!left)  // it is taken up once more, and what was done is done
        log(LogLevel::warning, "master_key_rotation_not_left", {{"error", left.error().message}});
    const auto uses = co_await parts_.store.master_key_uses();
    if (uses)
        show(*uses);
    {
        const std::lock_guard lock(mutex_);
        failure_ = sealed ? "" : sealed.error().message;
    }
    const auto count = static_cast<std::int64_t>(sealed_anew_.load());
    if (sealed)
        log(LogLevel::info, "master_key_rotated", {{"master_key", parts_.ring.front()}, {"data_keys", count}});
    else
        log(LogLevel::error, "master_key_rotation_stopped", {{"error", sealed.error().message}, {"data_keys", count}});
}

/// One that cannot go on is tried again after a pause, by whoever looks first.
async::Task<Result<void>> MasterKeys::leave(bool done) {
    if (done)
        co_return co_await parts_.store.end_rotation(parts_.ring.front());
    co_return co_await parts_.store.hold_rotation(parts_.ring.front(), pause_after_failure);
}

async::Task<Result<void>> MasterKeys::seal_parts() {
    Counter& counter = parts_.metrics.counter("evergrant_data_keys_sealed_anew_total",
                                              "Data keys sealed anew under another master key");
    std::size_t part = 1;
    for (std::uint64_t parts = 0; part != 0; ++parts) {
        const std::size_t size = parts == 0 ? 1 : part_size;
        const auto sealed = co_await parts_.store.rewrap_data_keys(size);
        crash_point("after_part_sealed_anew");
        if (!sealed)
            co_return std::unexpected(sealed.error());
        part = *sealed;
        sealed_anew_ += part;
        counter.increment(part);
        const auto held_on = co_await parts_.store.hold_rotation(parts_.ring.front(), held);
        if (!held_on)
            co_return held_on;
        // Since the first part nobody starts who lacks the key; who had started before it is known by now.
        const auto ready = co_await all_are_ready();
        if (!ready)
            co_return ready;
    }
    co_return Result<void>();
}

async::Task<Result<void>> MasterKeys::announce() {
    storage::ReplicaNote note;
    note.id = parts_.owner;
    note.master_keys = parts_.ring;
    note.unwritten = parts_.rescue.waiting();
    co_return co_await parts_.store.announce_replica(std::move(note));
}

async::Task<void> MasterKeys::keep_announcing(async::Shard* shard) {
    using Clock = std::chrono::steady_clock;
    auto announced_at = Clock::time_point();
    auto counted_at = Clock::time_point();
    while (!shard->closing()) {
        const auto now = Clock::now();
        if (now - announced_at >= between_announcements) {
            const auto announced = co_await announce();
            if (!announced)
                log(LogLevel::warning, "replica_not_announced", {{"error", announced.error().message}});
            const auto taken_up = co_await take_up();
            if (!taken_up && taken_up.error().code != Errc::conflict)
                log(LogLevel::warning, "master_key_rotation_not_looked_for", {{"error", taken_up.error().message}});
            announced_at = now;
        }
        if (now - counted_at >= between_counts) {
            const auto uses = co_await parts_.store.master_key_uses();
            if (uses)
                show(*uses);
            counted_at = now;
        }
        co_await async::sleep_for(look_around);
    }
    co_await take_back_announcement();
}

/// Else a rotation waits until it is stale. A store that has just come back may refuse the first try.
async::Task<void> MasterKeys::take_back_announcement() {
    constexpr int most_tries = 8;
    for (int tries = 0; tries < most_tries; ++tries) {
        const auto forgotten = co_await parts_.store.forget_replica(parts_.owner);
        if (forgotten)
            co_return;
        co_await async::sleep_for(look_around);
    }
    log(LogLevel::warning, "replica_not_taken_back", {{"replica", parts_.owner}});
}

void MasterKeys::show(std::vector<storage::MasterKeyUse> uses) {
    // Of a key under which nothing stands any more the store tells nothing.
    for (const std::string& key : parts_.ring)
        if (std::ranges::find(uses, key, &storage::MasterKeyUse::id) == uses.end())
            uses.push_back({.id = key, .data_keys = 0, .seals = 0});
    for (const storage::MasterKeyUse& use : uses) {
        parts_.metrics
            .gauge("evergrant_master_key_data_keys", "Data keys sealed under each master key, as last counted",
                   {{"master_key", use.id}})
            .set(static_cast<double>(use.data_keys));
        parts_.metrics
            .gauge("evergrant_master_key_seals", "Encryptions granted under the data keys of each master key",
                   {{"master_key", use.id}})
            .set(static_cast<double>(use.seals));
    }
}

}  // namespace evergrant::broker
