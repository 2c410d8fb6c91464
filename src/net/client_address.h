#pragma once
//
// Whom a request comes from when proxies stand in between. Pure.
//
#include "net/http_message.h"
#include "net/network_set.h"

#include <string_view>

namespace evergrant::net {

/// The client's address as told by X-Forwarded-For, read from its end: the first that is not a trusted proxy, for
/// only a trusted one could have written it there. `peer` if the header is missing or its end is no address.
/// Ask only if `peer` is itself trusted. The result is a part of `headers` or is `peer`.
[[nodiscard]] std::string_view client_address(const HeaderViews& headers, std::string_view peer,
                                              const NetworkSet& trusted);

}  // namespace evergrant::net
