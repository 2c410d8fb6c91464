#pragma once
//
// Task<T>: what every coroutine of the project returns.
// House rule: in a statement that contains co_await there is no `{`, no `?`, no capture list, and it is not a
// condition (g++ 12 destroys such temporaries twice). Parameters of coroutines are taken by value.
//
#include "base/error.h"

#include <boost/asio/awaitable.hpp>

namespace evergrant::async {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace evergrant::async
