#pragma once
//
// `evergrant call`: one call of a provider's API, made by the server with the connection's token.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Prints the answer's body as it came, whatever its status. Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> call_api(CommandContext* context, RemoteServer* server, const ApiCall* order);

}  // namespace evergrant::app
