#include "async/on_behalf.h"

#include <boost/asio/io_context.hpp>

namespace evergrant::async {

boost::asio::any_io_executor on_behalf_of(std::shared_ptr<const LogContext> context,
                                          boost::asio::any_io_executor executor) {
    if (context == nullptr)
        return executor;
    using Plain = boost::asio::io_context::executor_type;
    if (const auto* plain = executor.target<Plain>())
        return OnBehalf<Plain>(*plain, std::move(context));
    return OnBehalf<boost::asio::any_io_executor>(std::move(executor), std::move(context));
}

}  // namespace evergrant::async
