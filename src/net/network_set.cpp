#include "net/network_set.h"

#include <algorithm>
#include <stdexcept>

namespace evergrant::net {

namespace ip = boost::asio::ip;

NetworkSet::NetworkSet(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
        const bool is_v6 = text.find(':') != text.npos;
        const bool is_single = text.find('/') == text.npos;
        boost::system::error_code bad;
        if (is_v6)
            v6_.push_back(ip::make_network_v6(is_single ? text + "/128" : text, bad));
        else
            v4_.push_back(ip::make_network_v4(is_single ? text + "/32" : text, bad));
        if (bad)
            throw std::invalid_argument("\"" + text + "\" is neither an IP address nor a network like 10.0.0.0/8");
    }
}

bool NetworkSet::contains(const ip::address& address) const {
    const ip::address plain = unmapped(address);
    if (plain.is_v4()) {
        return std::ranges::any_of(v4_, [host = ip::network_v4(plain.to_v4(), 32)](const ip::network_v4& network) {
            return host == network || host.is_subnet_of(network);
        });
    }
    return std::ranges::any_of(v6_, [host = ip::network_v6(plain.to_v6(), 128)](const ip::network_v6& network) {
        return host == network || host.is_subnet_of(network);
    });
}

ip::address unmapped(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

}  // namespace evergrant::net
