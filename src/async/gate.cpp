#include "async/gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace evergrant::async {

Task<bool> Gate::wait_until_empty(Deadline deadline) {
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (inside_ != 0) {
        emptied_.expires_at(deadline.at());
        co_await emptied_.async_wait(no_throw);
    }
    co_return inside_ == 0;
}

}  // namespace evergrant::async
