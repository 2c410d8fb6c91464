#pragma once
//
// Deadlines: a point in time that is passed down, never a duration; and `within`, the one way to bound an await.
//
#include "async/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace evergrant::async {

/// A moment of the steady clock by which something must be done.
class Deadline {
public:
    using clock = std::chrono::steady_clock;

    explicit Deadline(clock::time_point at) noexcept : at_(at) {}
    [[nodiscard]] static Deadline after(clock::duration budget) noexcept { return Deadline(clock::now() + budget); }
    [[nodiscard]] static Deadline never() noexcept { return Deadline(clock::time_point::max()); }

    [[nodiscard]] clock::time_point at() const noexcept { return at_; }
    [[nodiscard]] bool passed() const noexcept { return clock::now() >= at_; }

    /// What is left, never negative.
    [[nodiscard]] clock::duration left() const noexcept {
        const auto now = clock::now();
        return at_ > now ? at_ - now : clock::duration::zero();
    }

    [[nodiscard]] Deadline sooner(Deadline other) const noexcept { return at_ < other.at_ ? *this : other; }

private:
    clock::time_point at_;
};

/// Runs `operation` on the caller's executor. When `deadline` passes first the operation is cancelled, waited for, and
/// the answer is Errc::cancelled; a value that it has all the same is returned, for it may be a grant just received.
/// An exception of the operation passes through. Cancelling the caller cancels the operation. T has a default.
template <class T>
Task<Result<T>> within(Deadline deadline, Task<Result<T>> operation) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, deadline.at());
    auto running = asio::co_spawn(executor, std::move(operation), asio::deferred);
    auto waiting = timer.async_wait(asio::deferred);
    auto race = asio::experimental::make_parallel_group(std::move(running), std::move(waiting));
    auto [order, exception, value, expiry] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    const bool expired = order[0] == 1 && !expiry;
    if (expired && (exception || !value))
        co_return failure(Errc::cancelled, "The deadline passed before there was an answer.");
    if (exception)
        std::rethrow_exception(exception);
    co_return std::move(value);
}

}  // namespace evergrant::async
