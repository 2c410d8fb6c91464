#pragma once
//
// `evergrant serve`: checks that nothing stands against it, and serves.
//
#include "app/command_context.h"

namespace evergrant::app {

[[nodiscard]] int run_serve(CommandContext& context, const CommandLine& line);

}  // namespace evergrant::app
