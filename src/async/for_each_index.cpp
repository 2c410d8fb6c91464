#include "async/for_each_index.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace evergrant::async {

namespace {

struct Indices {
    std::size_t count{0};
    std::function<Task<void>(std::size_t)> work;
    std::size_t next{0};
};

Task<void> take_in_turn(std::shared_ptr<Indices> indices) {
    while (indices->next < indices->count) {
        const std::size_t index = indices->next++;
        co_await indices->work(index);
    }
}

}  // namespace

Task<void> for_each_index(std::size_t count, std::function<Task<void>(std::size_t)> work) {
    namespace asio = boost::asio;
    auto indices = std::make_shared<Indices>();
    indices->count = count;
    indices->work = std::move(work);
    const auto executor = co_await asio::this_coro::executor;
    auto worker = [&] { return asio::co_spawn(executor, take_in_turn(indices), asio::deferred); };
    auto workers = asio::experimental::make_parallel_group(worker(), worker(), worker(), worker(), worker(), worker(),
                                                           worker(), worker());
    const auto [order, e0, e1, e2, e3, e4, e5, e6, e7] =
        co_await workers.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    for (const std::exception_ptr& failed : {e0, e1, e2, e3, e4, e5, e6, e7}) {
        if (failed)
            std::rethrow_exception(failed);
    }
}

}  // namespace evergrant::async
