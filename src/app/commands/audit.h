#pragma once
//
// The audit log of a running server.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> tail_audit(CommandContext* context, RemoteServer* server, const AuditTail* order);
[[nodiscard]] async::Task<ExitCode> export_audit(CommandContext* context, RemoteServer* server,
                                                 const AuditExport* order);
[[nodiscard]] async::Task<ExitCode> verify_audit(CommandContext* context, RemoteServer* server,
                                                 const AuditVerify* order);
[[nodiscard]] async::Task<ExitCode> print_checkpoint(CommandContext* context, RemoteServer* server);

}  // namespace evergrant::app
