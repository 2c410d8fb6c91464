#pragma once
//
// The proxy's route: the one that is answered as a stream, whatever the method, and stands in no table of handlers.
//
#include "api/router.h"
#include "connectors/proxy.h"

#include <span>
#include <string>
#include <string_view>

namespace evergrant::api {

/// What is documented of it: a row for each usual method.
[[nodiscard]] std::span<const Route> streamed_routes();

/// Whether a request's target, as sent, is the proxy's.
[[nodiscard]] bool is_proxied(std::string_view target) noexcept;

/// A target of the proxy's, taken apart.
struct ProxyTarget {
    ConnectionKey key;
    std::string base;    ///< `/api/proxy/acme/zoho_crm`, as sent
    std::string target;  ///< what follows, with the query; `/` if nothing does
};

/// Errors: no_connection for names that no connection can have; invalid_request: they are missing.
[[nodiscard]] Result<ProxyTarget> proxy_target(std::string_view path, std::string_view query);

/// What authenticates the caller: the Authorization header, whose scheme may be a provider's own if an API key follows
/// it, so that a provider's SDK can be pointed at the proxy with a key in place of its token.
[[nodiscard]] std::string caller_credentials(const net::Request& request);

}  // namespace evergrant::api
