#include "storage/postgres/blocking.h"

#include "storage/store_exception.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace evergrant::storage::postgres {

PoolOptions patient_options(std::string url) {
    PoolOptions options;
    options.url = std::move(url);
    options.connections = 1;
    options.answer_timeout = std::chrono::seconds(60);
    return options;
}

Result<void> with_pool(PoolOptions options, std::function<async::Task<Result<void>>(Pool*)> work) {
    boost::asio::io_context context(1);
    Pool pool(context, std::move(options));
    std::optional<Result<void>> answer;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, work(&pool), [&](std::exception_ptr exception, Result<void> value) {
        thrown = std::move(exception);
        answer.emplace(std::move(value));
    });
    while (!answer && context.run_one() != 0) {}
    try {
        if (thrown)
            std::rethrow_exception(thrown);
        return std::move(answer).value();
    } catch (...) {
        return std::unexpected(error_of_current_exception());
    }
}

}  // namespace evergrant::storage::postgres
