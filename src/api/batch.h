#pragma once
//
// Batch: many answers at a time, in the order of the questions, a bounded number under way.
//
#include "async/task.h"

#include <boost/json/array.hpp>

#include <cstddef>
#include <functional>

namespace evergrant::api {

using BatchWork = std::function<async::Task<boost::json::value>(std::size_t index)>;

/// Calls `work` for 0 to count − 1 and returns the answers by index. An exception of one is the exception of all.
/// Cancellation: throws system_error(operation_aborted); what is under way is cancelled.
[[nodiscard]] async::Task<boost::json::array> in_order(std::size_t count, BatchWork work);

}  // namespace evergrant::api
