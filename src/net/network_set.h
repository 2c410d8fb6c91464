#pragma once
//
// A set of IP networks, for asking whether an address is in one of them. Pure.
//
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <span>
#include <string>
#include <vector>

namespace evergrant::net {

class NetworkSet {
public:
    /// Each an address (`10.0.0.7`, `::1`) or a network (`10.0.0.0/8`, `fd00::/8`). Throws std::invalid_argument.
    explicit NetworkSet(std::span<const std::string> texts);

    /// An IPv4-mapped address counts as the IPv4 address it holds.
    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

private:
    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

/// `address` without IPv4 mapping.
[[nodiscard]] boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace evergrant::net
