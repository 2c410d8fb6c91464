#pragma once
//
// `evergrant config check` and `evergrant config show`.
//
#include "app/command_context.h"

namespace evergrant::app {

[[nodiscard]] ExitCode run_config_check(CommandContext& context, const CommandLine& line);
[[nodiscard]] ExitCode run_config_show(CommandContext& context, const CommandLine& line, const ConfigShow& order);

}  // namespace evergrant::app
