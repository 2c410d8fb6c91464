#include "async/sleep.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace evergrant::async {

Task<void> sleep_for(std::chrono::steady_clock::duration pause) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

std::chrono::milliseconds Backoff::pause(unsigned attempt, double dice) const noexcept {
    constexpr unsigned most_doublings = 30;
    const auto grown = first.count() << std::min(attempt, most_doublings);
    const double longest = static_cast<double>(std::min<std::chrono::milliseconds::rep>(grown, cap.count()));
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(longest * (0.5 + dice / 2)));
}

}  // namespace evergrant::async
