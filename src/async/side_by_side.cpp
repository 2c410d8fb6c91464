#include "async/side_by_side.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <vector>

namespace evergrant::async {

Task<void> side_by_side(std::size_t count, std::function<Task<void>()> work) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    using Operation = decltype(asio::co_spawn(executor, work, asio::deferred));
    std::vector<Operation> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(asio::co_spawn(executor, work, asio::deferred));
    if (all.empty())
        co_return;
    auto group = asio::experimental::make_parallel_group(std::move(all));
    const auto [order, thrown] =
        co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    for (const std::size_t index : order) {
        if (thrown[index])
            std::rethrow_exception(thrown[index]);
    }
}

}  // namespace evergrant::async
