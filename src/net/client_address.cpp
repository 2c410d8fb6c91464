#include "net/client_address.h"

#include <boost/beast/core/string.hpp>

namespace evergrant::net {

namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Some proxies write the port too: `192.0.2.1:1234`, `[2001:db8::1]:1234`.
std::string_view without_port(std::string_view text) noexcept {
    if (text.starts_with('['))
        return text.substr(1, text.find(']') - 1);
    const auto colon = text.find(':');
    return colon == text.rfind(':') ? text.substr(0, colon) : text;
}

}  // namespace

std::string_view client_address(const HeaderViews& headers, std::string_view peer, const NetworkSet& trusted) {
    std::string_view client = peer;
    for (std::size_t index = headers.size(); index-- > 0;) {
        auto [name, list] = headers[index];
        if (!boost::beast::iequals(name, "X-Forwarded-For"))
            continue;
        while (!list.empty()) {
            const auto comma = list.rfind(',');
            const auto begin = comma == list.npos ? 0 : comma + 1;
            const std::string_view text = without_port(trimmed(list.substr(begin)));
            boost::system::error_code is_no_address;
            const ip::address address = ip::make_address(text, is_no_address);
            if (is_no_address)
                return client;
            client = text;
            if (!trusted.contains(address))
                return client;
            list = list.substr(0, begin == 0 ? 0 : comma);
        }
    }
    return client;
}

}  // namespace evergrant::net
