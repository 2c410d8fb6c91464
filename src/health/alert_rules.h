#pragma once
//
// Alert rules on connections: what is told of one whose status changed, or that it is looked at again later. Pure.
// The rules on the server itself are server_rules.h.
//
#include "storage/alerts.h"

#include <chrono>
#include <string>
#include <string_view>

namespace evergrant::health {

namespace rule {
inline constexpr std::string_view connection_dead = "connection_dead";        ///< only a person can renew it
inline constexpr std::string_view connection_failing = "connection_failing";  ///< its refreshes fail for a while
inline constexpr std::string_view renewal_due = "renewal_due";                ///< its grant ends on a known day
inline constexpr std::string_view app_refused = "app_refused";                ///< the provider refuses our client
inline constexpr std::string_view test = "test";                              ///< somebody tries the channels
}  // namespace rule

struct AlertRules {
    std::chrono::minutes failing_after{15};  ///< of failing refreshes; less is a blip and wakes nobody
    unsigned failing_failures{10};           ///< as many in a row are no blip either, when first seen
    std::uint64_t provider_connections{5};   ///< that fail together: the provider's fault, told once
};

/// Whether this failing connection is to be looked at again later instead.
[[nodiscard]] bool is_perhaps_a_blip(const AlertRules& rules, const storage::UntoldConnection& connection);

/// Of a connection that is no blip. `id` as of storage::Telling.
[[nodiscard]] storage::ConnectionTelling telling_of(const storage::UntoldConnection& connection, std::string id);

/// What kind of episode the alert begins when it is sent: many failing connections of one provider are one.
[[nodiscard]] storage::Episode episode_of(const AlertRules& rules, const storage::Alert& alert);

/// As it is routed: an outage of a provider weighs more than one failing connection.
[[nodiscard]] storage::Severity severity_of(const AlertRules& rules, const storage::Alert& alert);

}  // namespace evergrant::health
