#pragma once
//
// From a Command to its doing.
//
#include "app/command_context.h"

#include <string>
#include <vector>

namespace evergrant::app {

/// The whole program but for main's own: parses, runs, and returns the exit status.
[[nodiscard]] int run_command_line(CommandContext& context, const std::vector<std::string>& arguments);

}  // namespace evergrant::app
