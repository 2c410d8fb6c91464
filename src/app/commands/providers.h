#pragma once
//
// `evergrant providers`: the catalogue as this configuration has it.
//
#include "app/command_context.h"

namespace evergrant::app {

[[nodiscard]] ExitCode run_providers_list(CommandContext& context, const CommandLine& line, const ProvidersList& order);
[[nodiscard]] ExitCode run_providers_show(CommandContext& context, const CommandLine& line, const ProvidersShow& order);
[[nodiscard]] ExitCode run_providers_check(CommandContext& context, const CommandLine& line,
                                           const ProvidersCheck& order);

}  // namespace evergrant::app
