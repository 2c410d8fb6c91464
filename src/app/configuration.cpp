#include "app/configuration.h"

namespace evergrant::app {

std::string ListenAddress::to_string() const {
    if (!unix_path.empty())
        return "unix:" + unix_path;
    if (host.empty())
        return {};
    const bool is_ipv6 = host.contains(':');
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string public_url(const Configuration& configuration, std::uint16_t port) {
    if (!configuration.base_url.empty())
        return configuration.base_url;
    if (!configuration.listen.unix_path.empty())
        return "http://localhost";
    return "http://localhost:" + std::to_string(port);
}

}  // namespace evergrant::app
