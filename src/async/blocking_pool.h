#pragma once
//
// BlockingPool: the threads on which what blocks is done (SQLite reads, RSA, name resolution, files), so that no
// shard ever waits.
//
#include "async/one_shot.h"
#include "async/task.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <utility>
#include <variant>

namespace evergrant::async {

/// Lifetime: ends, by its destructor, before the shards that call it do; declare it after them.
class BlockingPool {
public:
    explicit BlockingPool(std::size_t threads, std::size_t queue_limit = 10'000)
        : queue_limit_(queue_limit), pool_(threads) {}
    ~BlockingPool() { pool_.join(); }
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// Runs `work` on a pool thread; the caller's shard goes on meanwhile. Exceptions come back to the caller.
    /// Errc::overloaded when `queue_limit` pieces of work wait or run.
    /// Cancellation: the caller leaves at once, the work still runs; it must own all it touches.
    template <class T>
    Task<Result<T>> run(std::function<Result<T>()> work) {
        if (waiting_.load(std::memory_order_relaxed) >= queue_limit_)
            co_return failure(Errc::overloaded, "Too much is waiting for the disk; try again shortly.");
        const auto executor = co_await boost::asio::this_coro::executor;
        const OneShot<Outcome<T>> outcome(executor);
        ++waiting_;
        boost::asio::post(pool_, [this, outcome, work = std::move(work)] {
            Outcome<T> done;
            try {
                done.template emplace<Result<T>>(work());
            } catch (...) {
                done = std::current_exception();
            }
            --waiting_;
            outcome.send(std::move(done));
        });
        Outcome<T> done = co_await outcome.receive();
        if (const auto* thrown = std::get_if<std::exception_ptr>(&done))
            std::rethrow_exception(*thrown);
        co_return std::get<Result<T>>(std::move(done));
    }

private:
    template <class T>
    using Outcome = std::variant<std::exception_ptr, Result<T>>;

    std::size_t queue_limit_;
    std::atomic<std::size_t> waiting_{0};
    boost::asio::thread_pool pool_;
};

}  // namespace evergrant::async
