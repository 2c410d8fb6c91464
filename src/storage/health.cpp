#include "storage/health.h"

#include <utility>

namespace evergrant::storage {

namespace {

constexpr std::array<std::pair<HealthStatus, std::string_view>, health_statuses> names{{
    {HealthStatus::healthy, "healthy"},
    {HealthStatus::expiring, "expiring"},
    {HealthStatus::refresh_failed, "refresh_failed"},
    {HealthStatus::invalid, "invalid"},
}};

}  // namespace

std::string_view name_of(HealthStatus status) noexcept {
    for (const auto& [value, name] : names)
        if (value == status)
            return name;
    return {};
}

std::optional<HealthStatus> parse_health_status(std::string_view text) noexcept {
    for (const auto& [value, name] : names)
        if (name == text)
            return value;
    return std::nullopt;
}

}  // namespace evergrant::storage
