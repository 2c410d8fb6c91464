#pragma once
//
// What the store knows of connections' health, and what checks ask of it and tell it, as values.
//
#include "storage/connection.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::storage {

/// What a report says of a connection. `expiring` is derived when it is asked for, never stored: a healthy one whose
/// access token ends within an hour, or within a quarter of its life if that is less.
enum class HealthStatus : std::uint8_t { healthy, expiring, refresh_failed, invalid };
inline constexpr std::size_t health_statuses = 4;

[[nodiscard]] std::string_view name_of(HealthStatus status) noexcept;
[[nodiscard]] std::optional<HealthStatus> parse_health_status(std::string_view text) noexcept;

struct HealthFilter {
    std::optional<TenantId> tenant;
    std::optional<ProviderId> provider;
    std::optional<HealthStatus> status;
};

struct HealthReport {
    ConnectionSummary connection;
    HealthStatus status{HealthStatus::healthy};
};

/// How long a database server may count them.
inline constexpr std::chrono::seconds longest_count{4};

/// How many connections there are, by status.
using HealthCounts = std::array<std::uint64_t, health_statuses>;

/// How long until the first access token of connections of a status ends; negative: it has. Nothing: none has an end.
struct NextExpiries {
    std::optional<std::chrono::seconds> healthy;
    std::optional<std::chrono::seconds> refresh_failed;
};

/// Asks for connections that are to be looked at.
struct CheckClaim {
    std::chrono::milliseconds duration{0};  ///< for which nobody else is offered them
    std::size_t limit{0};
};

/// Asks that a provider's connections be looked at which are planned to be looked at not at all, or not soon.
struct CheckDemand {
    ProviderId provider;
    std::chrono::milliseconds beyond{0};  ///< what is planned for within so long stays as it is
    std::chrono::milliseconds spread{0};  ///< the others are looked at within so long, each at a moment of its own; > 0
    std::size_t limit{0};
};

/// A connection offered by a claim.
struct DueCheck {
    Instant now;  ///< by the store's clock
    ConnectionSummary connection;
};

/// What a look has shown of a connection.
enum class CheckVerdict : std::uint8_t {
    unseen,   ///< nothing: only the calendar has moved
    works,    ///< its token was taken: a healthy one's last error is over
    unclear,  ///< something is wrong that is no death: noted on a healthy one, whose status stays
    dead,     ///< only a person can renew it
};

/// What a check has found of one generation.
struct CheckFinding {
    ConnectionKey key;
    Generation generation{0};
    CheckVerdict verdict{CheckVerdict::unseen};
    std::string error;                     ///< one sentence, no secret; of `unclear` and `dead`
    bool token_ended{false};               ///< with `dead`: the access token is refused, whatever its expiry says
    unsigned renewal_notice{0};            ///< as it shall stand; 0 if it was over when a refresh last put the end off
    std::optional<Instant> next_check_at;  ///< of a connection that lives
};

}  // namespace evergrant::storage
