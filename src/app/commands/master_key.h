#pragma once
//
// Rotation of a running fleet's master key.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Begins it, and waits until nothing is left. Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> rotate_master_key(CommandContext* context, RemoteServer* server,
                                                      const KeysRotateMaster* order);

}  // namespace evergrant::app
