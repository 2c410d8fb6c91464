#pragma once
//
// Moving house: `evergrant storage copy`, `migrate`, `backup` and `restore`.
//
#include "app/command_context.h"

namespace evergrant::app {

[[nodiscard]] ExitCode run_storage_copy(CommandContext& context, const CommandLine& line, const StorageCopy& order);
[[nodiscard]] ExitCode run_migrate(CommandContext& context, const CommandLine& line);
[[nodiscard]] ExitCode run_backup(CommandContext& context, const CommandLine& line, const Backup& order);
[[nodiscard]] ExitCode run_restore(CommandContext& context, const CommandLine& line, const Restore& order);

}  // namespace evergrant::app
