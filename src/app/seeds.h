#pragma once
//
// Seeds: refresh tokens that the environment brings, each for one named tenant, planted once and never again: what the
// provider made of them since is worth more.
//
#include "app/provider_environment.h"
#include "base/clock.h"
#include "storage/store.h"

#include <vector>

namespace evergrant::app {

/// A tenant that does not exist yet is made. A connection that exists is left alone. Errors: store_unavailable.
[[nodiscard]] async::Task<Result<void>> plant_seeds(storage::Store* store, const Clock* clock,
                                                    const std::vector<RefreshTokenSeed>* seeds);

}  // namespace evergrant::app
