#pragma once
//
// side_by_side: several pieces of work at a time in one shard, for what waits on others more than it computes.
//
#include "async/task.h"

#include <cstddef>
#include <functional>

namespace evergrant::async {

/// Runs `work` `count` times at once on the caller's executor and waits for all. If one throws, the others are
/// cancelled and waited for, and the first exception goes to the caller. Cancelling the caller cancels all. The usual
/// `work` takes the next index from a shared counter until there is none left.
Task<void> side_by_side(std::size_t count, std::function<Task<void>()> work);

}  // namespace evergrant::async
