#pragma once
//
// One run: what one seed makes of a fleet in bad weather.
//
#include "world.h"

#include <cstdint>
#include <string>

namespace evergrant::simulation {

struct Verdict {
    std::string violation;  ///< empty: nothing happened that must not
    std::string trace;      ///< if it was asked for
    std::size_t presentations{0};
};

[[nodiscard]] Verdict run(std::uint64_t seed, Flaw flaw, bool tracing);

}  // namespace evergrant::simulation
