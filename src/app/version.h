#pragma once
//
// The version of this program, as CMakeLists.txt has it.
//
#include <string_view>

namespace evergrant::app {

inline constexpr std::string_view version = "0.1.0";

}  // namespace evergrant::app
