#pragma once
//
// Names of the environment that look like this server's and are no setting.
//
#include "app/environment.h"

#include <string>
#include <vector>

namespace evergrant::app {

/// Variables that begin with EVERGRANT_ and are no setting: misspelt, most likely. Each with the nearest known name.
/// What an orchestrator sets by itself for a service of that name is passed over.
[[nodiscard]] std::vector<std::string> unknown_names(const Environment& environment);

}  // namespace evergrant::app
