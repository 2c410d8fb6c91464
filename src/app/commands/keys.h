#pragma once
//
// `evergrant keys`: asks the running server if one is named, else opens the data folder itself.
//
#include "app/command_context.h"

namespace evergrant::app {

[[nodiscard]] ExitCode run_keys_create(CommandContext& context, const CommandLine& line, const KeysCreate& order);
[[nodiscard]] ExitCode run_keys_list(CommandContext& context, const CommandLine& line, const KeysList& order);
[[nodiscard]] ExitCode run_keys_revoke(CommandContext& context, const CommandLine& line, const KeysRevoke& order);

}  // namespace evergrant::app
