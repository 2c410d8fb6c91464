#include "storage/connection.h"

#include <array>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr std::array<std::pair<ConnectionStatus, std::string_view>, 3> names{{
    {ConnectionStatus::healthy, "healthy"},
    {ConnectionStatus::refresh_failed, "refresh_failed"},
    {ConnectionStatus::invalid, "invalid"},
}};

}  // namespace

std::string_view name_of(ConnectionStatus status) noexcept {
    for (const auto& [value, name] : names)
        if (value == status)
            return name;
    return {};
}

std::optional<ConnectionStatus> parse_connection_status(std::string_view text) noexcept {
    for (const auto& [value, name] : names)
        if (name == text)
            return value;
    return std::nullopt;
}

}  // namespace evergrant::storage
