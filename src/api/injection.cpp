#include "api/injection.h"

#include <string_view>

namespace evergrant::api {

void as_injection(net::Request& request) {
    constexpr std::string_view prefix = "/api/oauth/token/";
    if (!request.path.starts_with(prefix) || request.header("x-evergrant-inject").empty())
        return;
    const auto integration = request.path.find('/', prefix.size());
    if (integration == std::string::npos)
        return;
    request.method = net::Method::get;
    request.method_name = "GET";
    // Nothing of what follows is looked at, so no `..` in a call's path leads to another connection's token.
    const auto end = request.path.find('/', integration + 1);
    if (end == std::string::npos)
        return;
    request.path.resize(end);
    request.query.clear();
}

}  // namespace evergrant::api
