#pragma once
//
// Proxy headers: what passes between a caller and a provider's API, and what does not. Pure. Hop-by-hop headers
// (RFC 9110 7.6.1), cookies and credentials end here in both directions.
//
#include "net/headers.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::connectors {

/// Of a request, names in lower case. `credential_header`: the one that will carry the provider's token.
[[nodiscard]] net::Headers headers_for_provider(const net::Headers& given, std::string_view credential_header);

/// Of an answer, names in lower case. A `Location` at the API's own place leads back through the proxy.
[[nodiscard]] net::Headers headers_for_caller(const net::Headers& given, std::string_view api_base,
                                              std::string_view proxy_base);

/// The length of a body that a head tells; nothing: it does not, or not once and clearly.
[[nodiscard]] std::optional<std::uint64_t> body_length_of(const net::Headers& headers);

/// Whether a request's head says that a body follows.
[[nodiscard]] bool announces_body(const net::Headers& headers);

/// What a caller asks of the proxy itself, by headers that go no further.
struct ProxyWishes {
    unsigned retries{0};               ///< X-Evergrant-Retries, 0 to 5: of requests that may be repeated
    std::chrono::seconds max_wait{0};  ///< X-Evergrant-Max-Wait, 0 to 60: for a provider that asks for a pause
};

/// Nothing: one of them is not a number in its range.
[[nodiscard]] std::optional<ProxyWishes> wishes_of(const net::Headers& headers);

}  // namespace evergrant::connectors
