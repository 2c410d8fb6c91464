#pragma once
//
// API keys of a running server.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> create_key_on_server(CommandContext* context, RemoteServer* server,
                                                         const KeysCreate* order);
[[nodiscard]] async::Task<ExitCode> list_keys_on_server(CommandContext* context, RemoteServer* server, bool as_json);
[[nodiscard]] async::Task<ExitCode> revoke_key_on_server(CommandContext* context, RemoteServer* server, std::string id);

/// Prints a new key, the one time it can be seen.
void print_new_key(CommandContext& context, std::string_view id, std::string_view text);

}  // namespace evergrant::app
