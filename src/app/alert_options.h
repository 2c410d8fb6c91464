#pragma once
//
// From the settings to what src/health/ is given, and what must hold between them.
//
#include "app/configuration.h"
#include "health/alerts.h"
#include "net/egress_guard.h"

#include <functional>
#include <string>

namespace evergrant::app {

[[nodiscard]] health::AlertOptions alert_options(const Configuration& configuration, health::AlertLinks links,
                                                 const net::EgressPolicy& egress);

/// Calls `report` with the setting and what is wrong with it.
void check_alerts(const Configuration& configuration,
                  const std::function<void(const std::string&, const std::string&)>& report);

}  // namespace evergrant::app
