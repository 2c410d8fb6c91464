#pragma once
//
// What the audit log tells of calls at providers' APIs.
//
#include <cstdint>
#include <string_view>

namespace evergrant::connectors {

/// Besides those that are refused, which are always told.
enum class AuditCalls : std::uint8_t { none, writes, all };

/// Whether a call by this method is one to be told of.
[[nodiscard]] constexpr bool tells_of(AuditCalls which, std::string_view method) noexcept {
    const bool reads = method == "GET" || method == "HEAD" || method == "OPTIONS";
    return which == AuditCalls::all || (which == AuditCalls::writes && !reads);
}

}  // namespace evergrant::connectors
