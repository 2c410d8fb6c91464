#pragma once
//
// Names of the environment that the systems before this one used and that this version does not act on. They stay in
// Configuration::environment; here stands what to tell the operator of each.
//
#include "app/environment.h"

#include <string>
#include <vector>

namespace evergrant::app {

/// Names that are set, known, and without effect.
[[nodiscard]] std::vector<std::string> unused_names(const Environment& environment);

/// Variables that begin with EVERGRANT_ and are no setting: misspelt, most likely. Each with the nearest known name.
/// What an orchestrator sets by itself for a service of that name is passed over.
[[nodiscard]] std::vector<std::string> unknown_names(const Environment& environment);

}  // namespace evergrant::app
