#pragma once
//
// Shards: one thread and one io_context for each core. An object belongs to one shard and is never locked;
// `run_on` is the bridge between shards. Background work is started by `spawn`, which names it, counts it and logs
// its failure.
//
#include "async/gate.h"
#include "async/one_shot.h"
#include "async/task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace evergrant::async {

/// One thread's world. Thread: everything but `context()` and `run_on` belongs to the shard's own thread.
class Shard {
public:
    explicit Shard(std::size_t index);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return context_.get_executor(); }

    /// Starts background work that outlives its starter. Refused (false) once the shard is closing.
    /// An exception that leaves `work` is logged under `name` and ends only that work.
    bool spawn(std::string_view name, std::function<Task<void>()> work);

    /// How many pieces of spawned work are under way.
    [[nodiscard]] std::size_t work_under_way() const noexcept { return gate_.inside(); }

    /// Stops new work and waits for the old until `deadline`; what is left then is cancelled and waited for briefly.
    [[nodiscard]] Task<bool> drain(Deadline deadline);

private:
    friend class Shards;
    struct Running {
        std::string name;
        boost::asio::cancellation_signal cancel;
    };
    Task<void> run_work(std::string name, std::function<Task<void>()> work, std::shared_ptr<Gate::Pass> pass);

    std::size_t index_;
    boost::asio::io_context context_;
    Gate gate_;
    std::list<Running> running_;
};

/// All shards of the process.
class Shards {
public:
    explicit Shards(std::size_t count);
    ~Shards();
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }
    [[nodiscard]] Shard& operator[](std::size_t index) noexcept { return *shards_[index]; }

    /// The shard that owns what hashes to `hash`.
    [[nodiscard]] Shard& home_of(std::size_t hash) noexcept { return *shards_[hash % shards_.size()]; }

    /// Starts the threads. Each runs until `stop`.
    void start();

    /// Drains every shard until `deadline`, then ends and joins the threads. Idempotent. Call from outside the shards.
    void stop(Deadline deadline);

private:
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
    std::vector<std::thread> threads_;
};

/// Runs `work` on `shard` and waits for its value on the caller's own executor. Runs it in place if the caller is
/// already there. Exceptions come back to the caller. Cancelling the caller cancels the work.
template <class T>
Task<T> run_on(Shard& shard, std::function<Task<T>()> work) {
    const auto here = co_await boost::asio::this_coro::executor;
    if (here == shard.executor()) {
        T value = co_await work();
        co_return value;
    }
    const auto there = shard.executor();
    T value = co_await boost::asio::co_spawn(there, std::move(work), boost::asio::use_awaitable);
    co_return value;
}

}  // namespace evergrant::async
