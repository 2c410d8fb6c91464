#pragma once
//
// For tests of a fleet in one process: news that a test may lose, and shared copies and counts that a test may read,
// replace or take away.
//
#include "async/shard.h"
#include "cache/news.h"
#include "cache/shared_cache.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::testing {

/// One replica's end of the way that news travel. Thread-safe.
class FakeNews final : public cache::NewsChannel {
public:
    explicit FakeNews(async::Shard& shard) : shard_(shard) {}

    void connect(FakeNews& other) { others_.push_back(&other); }
    void start(Listener listener) override { listener_ = std::move(listener); }
    void publish(cache::News news) override {
        for (FakeNews* other : others_)
            if (other->live() && !other->loses)
                other->deliver(news);
    }
    [[nodiscard]] bool live() const noexcept override { return alive; }

    void deliver(std::optional<cache::News> news) {
        boost::asio::post(shard_.context(), [this, news = std::move(news)] {
            if (listener_)
                listener_(news);
        });
    }

    std::atomic<bool> alive{true};
    std::atomic<bool> loses{false};  ///< what is told to this replica

private:
    async::Shard& shard_;
    Listener listener_;
    std::vector<FakeNews*> others_;
};

/// What replicas keep together; each sees it whole. Thread-safe.
class FakeSharedCache final : public cache::SharedCache {
public:
    async::Task<std::optional<cache::SharedCopy>> find(ConnectionKey key) override {
        const std::lock_guard lock(mutex_);
        ++asked_;
        const auto found = copies_.find(key);
        if (found == copies_.end())
            co_return std::nullopt;
        co_return clone(found->second);
    }

    void put(cache::SharedCopy copy) override {
        const std::lock_guard lock(mutex_);
        const auto known = copies_.find(copy.key);
        if (copy.generation <= removed_[copy.key] ||
            (known != copies_.end() && known->second.generation > copy.generation))
            return;
        copies_.insert_or_assign(copy.key, std::move(copy));
    }

    void remove(ConnectionKey key, std::uint64_t generation) override {
        const std::lock_guard lock(mutex_);
        removed_[key] = std::max(removed_[key], generation);
        const auto known = copies_.find(key);
        if (known != copies_.end() && (generation == 0 || known->second.generation <= generation))
            copies_.erase(known);
    }

    async::Task<std::optional<Count>> take(std::string name, std::chrono::seconds window, std::uint64_t limit,
                                           std::uint64_t wanted) override {
        const std::lock_guard lock(mutex_);
        if (!counts)
            co_return std::nullopt;
        std::uint64_t& taken = taken_[name];
        const std::uint64_t granted = std::min(wanted, limit - std::min(limit, taken));
        taken += granted;
        co_return Count{.granted = granted, .window_left = window};
    }

    /// A cache that lies: the copy is there, whatever was removed.
    void forge(cache::SharedCopy copy) {
        const std::lock_guard lock(mutex_);
        copies_.insert_or_assign(copy.key, std::move(copy));
    }
    [[nodiscard]] std::optional<cache::SharedCopy> held(const ConnectionKey& key) const {
        const std::lock_guard lock(mutex_);
        const auto found = copies_.find(key);
        return found == copies_.end() ? std::nullopt : std::optional(clone(found->second));
    }
    [[nodiscard]] std::size_t asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    std::atomic<bool> counts{true};

private:
    static cache::SharedCopy clone(const cache::SharedCopy& copy) {
        return {copy.key, copy.provider, copy.generation, copy.tokens.clone(), copy.renewable, copy.read_at};
    }

    mutable std::mutex mutex_;
    std::map<ConnectionKey, cache::SharedCopy> copies_;
    std::map<ConnectionKey, std::uint64_t> removed_;
    std::map<std::string, std::uint64_t> taken_;
    std::size_t asked_{0};
};

}  // namespace evergrant::testing
