#include "api/batch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <exception>
#include <memory>

namespace evergrant::api {

namespace {

struct Batch {
    BatchWork work;
    boost::json::array answers;
    std::size_t next{0};
};

async::Task<void> take_in_turn(std::shared_ptr<Batch> batch) {
    while (batch->next < batch->answers.size()) {
        const std::size_t index = batch->next++;
        boost::json::value answer = co_await batch->work(index);
        batch->answers[index] = std::move(answer);
    }
}

}  // namespace

async::Task<boost::json::array> in_order(std::size_t count, BatchWork work) {
    namespace asio = boost::asio;
    auto batch = std::make_shared<Batch>();
    batch->work = std::move(work);
    batch->answers.resize(count);

    const auto executor = co_await asio::this_coro::executor;
    auto worker = [&] { return asio::co_spawn(executor, take_in_turn(batch), asio::deferred); };
    auto workers = asio::experimental::make_parallel_group(worker(), worker(), worker(), worker(), worker(), worker(),
                                                           worker(), worker());
    const auto [order, e0, e1, e2, e3, e4, e5, e6, e7] =
        co_await workers.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    for (const std::exception_ptr& failed : {e0, e1, e2, e3, e4, e5, e6, e7})
        if (failed)
            std::rethrow_exception(failed);
    co_return std::move(batch->answers);
}

}  // namespace evergrant::api
