#pragma once
//
// Runs one coroutine to its end on the calling thread; for commands, which do one thing and leave. The server runs its
// coroutines on shards (async/shard.h).
//
#include "async/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace evergrant::app {

/// Exceptions of `task` come back to the caller.
template <class T>
T run_task(boost::asio::io_context& context, async::Task<T> task) {
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception, T value) {
        thrown = std::move(exception);
        if (!thrown)
            result.emplace(std::move(value));
    });
    context.restart();
    while (!result && !thrown && context.run_one() != 0) {}
    if (thrown)
        std::rethrow_exception(thrown);
    if (!result)
        throw std::logic_error("nothing was left to do before the task was done");
    return std::move(*result);
}

}  // namespace evergrant::app
