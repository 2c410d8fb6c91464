#pragma once
//
// run_on: the bridge between shards. Not for blocking work, which belongs to a BlockingPool.
// co_spawn with a completion token does the same in one thread; across threads Boost 1.81 lets a cancellation reach a
// signal that the caller has already destroyed, so the signal here is shared and used on the far side alone.
//
#include "async/on_behalf.h"
#include "async/task.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace evergrant::async {

/// How work on another executor is begun, told to stop, and how its end comes back.
template <class T>
class RemoteWork {
public:
    using Signature = void(std::exception_ptr, T);

    RemoteWork(boost::asio::any_io_executor here, boost::asio::any_io_executor there, std::function<Task<T>()> work)
        : here_(boost::asio::prefer(std::move(here), boost::asio::execution::outstanding_work.tracked)),
          there_(on_behalf_of(LogScope::current(), std::move(there))),
          work_(std::move(work)) {}

    /// An Asio initiation: `handler` is called on the caller's executor.
    template <class Handler>
    void operator()(Handler&& handler) {
        auto cancel = std::make_shared<boost::asio::cancellation_signal>();
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([cancel, there = there_](boost::asio::cancellation_type type) {
                boost::asio::post(there, [cancel, type] { cancel->emit(type); });
            });
        }
        auto come_back = [here = here_, cancel, handler = std::forward<Handler>(handler)](std::exception_ptr thrown,
                                                                                          T value) mutable {
            auto resume = [handler = std::move(handler), thrown, value = std::move(value)]() mutable {
                std::move(handler)(thrown, std::move(value));
            };
            boost::asio::post(here, std::move(resume));
        };
        auto begin = [there = there_, cancel, work = std::move(work_), come_back = std::move(come_back)]() mutable {
            boost::asio::co_spawn(there, std::move(work),
                                  boost::asio::bind_cancellation_slot(cancel->slot(), std::move(come_back)));
        };
        boost::asio::post(there_, std::move(begin));
    }

private:
    boost::asio::any_io_executor here_;
    boost::asio::any_io_executor there_;
    std::function<Task<T>()> work_;
};

/// Runs `work` on `there` and waits for its value on the caller's own executor. Runs it in place if the caller is
/// already there. Exceptions come back to the caller. T has a default.
/// Cancellation: the work is told to stop and is waited for: it may refer to what the caller holds.
/// Lifetime: the caller's io_context outlives the thread of `there`, as it does among shards; a test declares its own
/// io_context before its Shards.
template <class T>
Task<T> run_on(boost::asio::any_io_executor there, std::function<Task<T>()> work) {
    const boost::asio::any_io_executor here = co_await boost::asio::this_coro::executor;
    if (&here.context() == &there.context())
        co_return co_await work();
    RemoteWork<T> remote(here, std::move(there), std::move(work));
    constexpr auto token = boost::asio::use_awaitable;
    co_return co_await boost::asio::async_initiate<decltype(token), typename RemoteWork<T>::Signature>(
        std::move(remote), token);
}

/// The same for work without a value.
Task<void> run_on(boost::asio::any_io_executor there, std::function<Task<void>()> work);

}  // namespace evergrant::async
