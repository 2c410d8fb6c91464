#include "broker/rescue.h"

#include "async/sleep.h"
#include "base/log.h"

#include <utility>

namespace evergrant::broker {

namespace {

constexpr async::Backoff between_writes{.first = std::chrono::milliseconds(100), .cap = std::chrono::seconds(5)};

}  // namespace

Rescue::Rescue(storage::Store& store, storage::RescueJournal& journal, async::BlockingPool& disk,
               crypto::Random& random, Metrics& metrics)
    : store_(store),
      journal_(journal),
      disk_(disk),
      random_(random),
      waiting_gauge_(
          metrics.gauge("evergrant_rescue_waiting", "Refreshed token sets that the store has not taken yet")) {}

async::Task<bool> Rescue::keep(async::Shard* shard, storage::RefreshedGrant refreshed) {
    const ConnectionKey key = refreshed.lease.key;
    auto kept = std::make_shared<const storage::RefreshedGrant>(std::move(refreshed));
    const bool started = wait_for_store(*shard, kept);

    auto append = [this, kept] { return journal_.append(*kept); };
    const std::function<Result<void>()> to_disk = append;
    const auto journalled = co_await disk_.run<void>(to_disk);
    if (!journalled)
        log(LogLevel::error, "rescue_journal_refused",
            {{"tenant", key.tenant.str()},
             {"integration", key.integration.str()},
             {"error", journalled.error().message}});
    else
        log(LogLevel::warning, "token_set_rescued",
            {{"tenant", key.tenant.str()}, {"integration", key.integration.str()}, {"writing", started}});
    co_return journalled.has_value();
}

bool Rescue::wait_for_store(async::Shard& shard, std::shared_ptr<const storage::RefreshedGrant> refreshed) {
    {
        const std::lock_guard lock(mutex_);
        ++waiting_[refreshed->lease.key];
        waiting_gauge_.set(static_cast<double>(waiting_.size()));
    }
    auto write = [this, refreshed = std::move(refreshed)] { return write_until_in(refreshed); };
    return shard.spawn("rescue-write", std::move(write));
}

bool Rescue::waits(const ConnectionKey& key) const {
    const std::lock_guard lock(mutex_);
    return waiting_.contains(key);
}

std::size_t Rescue::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

async::Task<void> Rescue::write_until_in(std::shared_ptr<const storage::RefreshedGrant> refreshed) {
    for (unsigned attempt = 0;; ++attempt) {
        co_await async::sleep_for(between_writes.pause(attempt, random_.dice()));
        const auto written = co_await store_.complete_refresh(refreshed->clone());
        if (!written)
            continue;
        const bool wanted = co_await still_wanted(refreshed->lease);
        if (!*written && wanted)
            continue;
        log(LogLevel::info, "rescued_token_set_written",
            {{"tenant", refreshed->lease.key.tenant.str()},
             {"integration", refreshed->lease.key.integration.str()},
             {"superseded", !*written}});
        break;
    }
    co_await settle(refreshed->lease);
}

/// Whether nothing newer stands: a refused write alone may mean that another holds the lease.
async::Task<bool> Rescue::still_wanted(storage::Lease lease) {
    const auto found = co_await store_.find_connection(lease.key);
    co_return !found || (*found && (*found)->summary.generation <= lease.generation);
}

async::Task<void> Rescue::settle(storage::Lease lease) {
    {
        const std::lock_guard lock(mutex_);
        const auto entry = waiting_.find(lease.key);
        if (entry != waiting_.end() && --entry->second == 0)
            waiting_.erase(entry);
        waiting_gauge_.set(static_cast<double>(waiting_.size()));
    }
    co_await forget(std::move(lease));
}

async::Task<void> Rescue::forget(storage::Lease lease) {
    std::vector<storage::Lease> settled;
    settled.push_back(std::move(lease));
    auto remove = [this, settled] { return journal_.remove(settled); };
    const std::function<Result<void>()> on_disk = remove;
    const auto removed = co_await disk_.run<void>(on_disk);
    if (!removed)
        log(LogLevel::warning, "rescue_journal_not_emptied", {{"error", removed.error().message}});
}

async::Task<Result<void>> Rescue::replay(async::Shard* shard) {
    auto read = [this] { return journal_.read_all(); };
    const std::function<Result<std::vector<storage::RefreshedGrant>>()> from_disk = read;
    auto rescued = co_await disk_.run<std::vector<storage::RefreshedGrant>>(from_disk);
    if (!rescued)
        co_return std::unexpected(std::move(rescued).error());

    std::int64_t written = 0;
    std::int64_t waiting = 0;
    for (auto& one : *rescued) {
        const auto taken = co_await store_.complete_refresh(one.clone());
        const bool wanted = co_await still_wanted(one.lease);
        if ((!taken || !*taken) && wanted) {
            ++waiting;
            wait_for_store(*shard, std::make_shared<const storage::RefreshedGrant>(std::move(one)));
            continue;
        }
        ++written;
        co_await forget(one.lease);
    }
    if (written + waiting > 0)
        log(LogLevel::info, "rescue_journal_replayed", {{"token_sets", written}, {"waiting", waiting}});
    co_return Result<void>();
}

}  // namespace evergrant::broker
