#pragma once
//
// Completion scripts for shells, made from the tree of commands: what a command or flag is called stands there alone.
//
#include "app/command.h"

#include <string>

namespace evergrant::app {

[[nodiscard]] std::string completion_script(Shell shell);

}  // namespace evergrant::app
