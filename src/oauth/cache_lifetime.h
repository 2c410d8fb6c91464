#pragma once
//
// For how long what an issuer publishes about itself may be kept. Pure.
//
#include <chrono>
#include <string_view>

namespace evergrant::oauth {

inline constexpr std::chrono::seconds shortest_kept{60};
inline constexpr std::chrono::seconds longest_kept{86'400};
inline constexpr std::chrono::seconds usually_kept{3'600};

/// By `Cache-Control` (RFC 9111 5.2.2): its max-age, from a minute to a day; a minute if it is not to be kept at all;
/// an hour if it says nothing that can be read.
[[nodiscard]] std::chrono::seconds kept_for(std::string_view cache_control) noexcept;

}  // namespace evergrant::oauth
