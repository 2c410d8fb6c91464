#pragma once
//
// The rows of the table of settings that say who hears of what, and how.
//
#include "app/setting.h"

#include <vector>

namespace evergrant::app {

[[nodiscard]] std::vector<Setting> alert_settings();

}  // namespace evergrant::app
