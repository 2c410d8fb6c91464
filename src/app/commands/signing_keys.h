#pragma once
//
// `evergrant signing-keys …`: the keys that we prove ourselves with at providers, of a running server.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> add_signing_key(CommandContext* context, RemoteServer* server,
                                                    const SigningKeysAdd* order);
[[nodiscard]] async::Task<ExitCode> list_signing_keys(CommandContext* context, RemoteServer* server,
                                                      const SigningKeysList* order);
[[nodiscard]] async::Task<ExitCode> rotate_signing_key(CommandContext* context, RemoteServer* server,
                                                       const SigningKeysRotate* order);
[[nodiscard]] async::Task<ExitCode> remove_signing_key(CommandContext* context, RemoteServer* server,
                                                       const SigningKeysRemove* order);

}  // namespace evergrant::app
