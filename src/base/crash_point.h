#pragma once
//
// Named points of the refresh protocol at which tests/fault kills or stops the process. Nothing in a normal build.
//
#include <string_view>

namespace evergrant {

#ifdef EVERGRANT_CRASH_POINTS
/// Ends the process by SIGKILL if EVERGRANT_CRASH_AT names this point and its countdown has run out:
/// `EVERGRANT_CRASH_AT=after_intent:3` dies when the point is passed for the third time. `stop:after_intent`
/// raises SIGSTOP instead: the process sleeps there until it is sent SIGCONT.
void crash_point(std::string_view name) noexcept;
#else
inline void crash_point(std::string_view) noexcept {}
#endif

}  // namespace evergrant
