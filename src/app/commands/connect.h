#pragma once
//
// `evergrant connect`: prints a link that connects a tenant, and waits until someone has used it.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> connect_tenant(CommandContext* context, RemoteServer* server, const Connect* order);

}  // namespace evergrant::app
