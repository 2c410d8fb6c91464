#pragma once
//
// `evergrant token`: prints a working access token of a connection.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> print_token(CommandContext* context, RemoteServer* server, const Token* order);

}  // namespace evergrant::app
