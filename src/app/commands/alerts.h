#pragma once
//
// `evergrant alerts test`: has a running server send a test through each of its channels.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Fails if one was not delivered, or there is none. Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> test_alerts(CommandContext* context, RemoteServer* server, const AlertsTest* order);

}  // namespace evergrant::app
