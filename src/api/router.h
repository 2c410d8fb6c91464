#pragma once
//
// Router: the route table of the HTTP contract, and finding the row that answers a request. Who may call is part of the
// row, so that no handler forgets to ask.
//
#include "api/call.h"
#include "net/http_message.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::api {

/// Who may call a route. Admins may call every one.
enum class Access : std::uint8_t {
    anyone,  ///< no credentials are read
    admin,
    app,      ///< applications, for what they are bound to
    calls,    ///< the same for calls of providers' APIs; all that a key with limits of its own may
    auditor,  ///< reads of health, status and metrics
    signed_in,
};

using Handler = async::Task<Result<net::Response>> (*)(Call call);

struct Route {
    net::Method method;
    std::string_view pattern;  ///< `/api/oauth/token/:tenant/:integration`
    Access access;
    Handler handler;
    std::string_view action{};  ///< what the audit log calls it; empty: the use case tells it, or it changes nothing
};

/// Every route, in the order of the contract.
[[nodiscard]] std::span<const Route> routes();

struct RouteMatch {
    const Route* route;
    std::map<std::string, std::string, std::less<>> path_parameters;  ///< decoded
};

/// HEAD finds what GET answers. Errors: not_found; method_not_allowed when the path is known under another method;
/// invalid_request when the path is badly encoded.
[[nodiscard]] Result<RouteMatch> find_route(net::Method method, std::string_view path);

/// The methods that `path` answers to, for an `Allow` header.
[[nodiscard]] std::string allowed_methods(std::string_view path);

}  // namespace evergrant::api
