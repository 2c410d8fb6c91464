#pragma once
//
// Serve: runs the server until it is told to stop. The only place where all parts are put together.
//
#include "app/configuration.h"

namespace evergrant::app {

/// Returns the process's exit status. The configuration has passed missing_for_store.
int serve(const Configuration& configuration);

}  // namespace evergrant::app
