#pragma once
//
// For tests of the calendar: zones by name, and local times as one writes them.
//
#include "connectors/calendar/time_zone.h"

#include <chrono>
#include <stdexcept>
#include <string>

namespace evergrant::testing {

inline const connectors::TimeZone& zone(const std::string& name) {
    static connectors::TimeZones zones;
    const auto found = zones.find(name);
    if (!found)
        throw std::runtime_error("no zone " + name);
    return **found;
}

inline std::chrono::local_days day(int year, unsigned month, unsigned of_month) {
    return std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(of_month));
}

inline sys_seconds utc(int year, unsigned month, unsigned of_month, int hour = 0, int minute = 0) {
    return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(of_month)) +
           std::chrono::hours(hour) + std::chrono::minutes(minute);
}

}  // namespace evergrant::testing
