#pragma once
//
// `evergrant crm`: asks a tenant's CRM.
//
#include "app/command_context.h"

namespace evergrant::app {

/// Lifetime: what is pointed to outlives the coroutine.
[[nodiscard]] async::Task<ExitCode> find_customers(CommandContext* context, RemoteServer* server, const CrmFind* order);

}  // namespace evergrant::app
