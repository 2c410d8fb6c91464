#pragma once
//
// Many pieces of work of one kind at a time, a bounded number of them under way, on the caller's executor.
//
#include "async/task.h"

#include <cstddef>
#include <functional>

namespace evergrant::async {

/// Calls `work` for 0 to count − 1, in that order, and waits for all; at most eight are under way. An exception of one
/// cancels the others and is the exception of all.
/// Cancellation: what is under way is cancelled, and system_error(operation_aborted) is thrown.
[[nodiscard]] Task<void> for_each_index(std::size_t count, std::function<Task<void>(std::size_t)> work);

}  // namespace evergrant::async
