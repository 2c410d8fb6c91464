#pragma once
//
// `evergrant revoke`: ends many grants, one after another, no faster than it is told. What is revoked is gone from the
// list, so a run that was cut off goes on where it was when it is begun again.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> revoke_connections(CommandContext* context, RemoteServer* server,
                                                       const Revoke* order);

}  // namespace evergrant::app
