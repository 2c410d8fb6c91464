#pragma once
//
// OneShot<T>: one value handed from any thread to one coroutine that waits for it. Bridges worker threads and shards.
// For many waiters on one result see single_flight.h.
//
#include "async/task.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace evergrant::async {

/// Copies share one slot. Thread: `send` from any thread, once; `receive` once, on the executor given.
/// Lifetime: the slot lives as long as either side; a receiver that was cancelled leaves the value unread.
template <class T>
class OneShot {
public:
    explicit OneShot(const boost::asio::any_io_executor& executor) : state_(std::make_shared<State>(executor)) {}

    void send(T value) const {
        boost::asio::post(state_->arrival.get_executor(), [state = state_, value = std::move(value)]() mutable {
            state->value.emplace(std::move(value));
            state->arrival.cancel();
        });
    }

    /// Cancellation: throws system_error(operation_aborted).
    [[nodiscard]] Task<T> receive() const { return receive_from(state_); }

private:
    struct State {
        explicit State(const boost::asio::any_io_executor& executor)
            : arrival(executor, boost::asio::steady_timer::time_point::max()) {}
        boost::asio::steady_timer arrival;
        std::optional<T> value;
    };

    static Task<T> receive_from(std::shared_ptr<State> state) {
        constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
        if (!state->value)
            co_await state->arrival.async_wait(no_throw);
        std::optional<T> value = std::exchange(state->value, std::nullopt);
        if (!value)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
        co_return std::move(*value);
    }

    std::shared_ptr<State> state_;
};

}  // namespace evergrant::async
