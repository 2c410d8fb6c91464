#pragma once
//
// For tests: runs a coroutine to its end on an io_context of its own and returns its value.
//
#include "async/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace evergrant::testing {

template <class T>
T run_task(boost::asio::io_context& context, async::Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception, T value) {
        failure = exception;
        result.emplace(std::move(value));
    });
    context.restart();
    while (!result && context.run_one() != 0) {}
    if (failure)
        std::rethrow_exception(failure);
    if (!result)
        throw std::logic_error("the coroutine did not finish");
    return std::move(*result);
}

template <class T>
T run_task(async::Task<T> task) {
    boost::asio::io_context context(1);
    return run_task(context, std::move(task));
}

}  // namespace evergrant::testing
