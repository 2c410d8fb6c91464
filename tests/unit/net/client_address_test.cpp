#include "net/client_address.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace evergrant::net {
namespace {

const NetworkSet& proxies() {
    static const NetworkSet networks(std::array<std::string, 3>{"10.0.0.0/8", "fd00::/8", "192.0.2.7"});
    return networks;
}

/// A request that came from 10.0.0.1 with these values of X-Forwarded-For.
std::string client_of(const std::vector<std::string>& values) {
    std::string text;
    std::vector<HeaderPlace> places;
    for (const std::string& value : values) {
        constexpr std::string_view name = "x-forwarded-FOR";
        const auto at = static_cast<std::uint32_t>(text.size());
        const auto name_size = static_cast<std::uint32_t>(name.size());
        text.append(name).append(value);
        places.push_back({at, name_size, at + name_size, static_cast<std::uint32_t>(value.size())});
    }
    return std::string(client_address(HeaderViews(text.data(), places), "10.0.0.1", proxies()));
}

struct Case {
    std::string_view name;
    std::vector<std::string> values;
    std::string_view client;
};

class ClientAddressTest : public ::testing::TestWithParam<Case> {};

TEST_P(ClientAddressTest, is_what_the_last_trusted_proxy_saw) {
    EXPECT_EQ(client_of(GetParam().values), GetParam().client);
}

INSTANTIATE_TEST_SUITE_P(
    Chains, ClientAddressTest,
    ::testing::Values(Case{"no_header", {}, "10.0.0.1"}, Case{"one", {"203.0.113.9"}, "203.0.113.9"},
                      Case{"through_a_second_proxy", {"203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
                      Case{"what_the_client_claims_itself", {"198.51.100.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
                      Case{"over_two_headers", {"198.51.100.1, 203.0.113.9", "10.1.2.3"}, "203.0.113.9"},
                      Case{"only_proxies", {"10.2.2.2, 10.1.2.3"}, "10.2.2.2"}, Case{"empty", {""}, "10.0.0.1"},
                      Case{"no_address", {"203.0.113.9, unknown"}, "10.0.0.1"},
                      Case{"port", {"203.0.113.9:4711"}, "203.0.113.9"},
                      Case{"v6", {"2001:db8::1, fd00::2"}, "2001:db8::1"},
                      Case{"v6_with_port", {"[2001:db8::1]:4711"}, "2001:db8::1"},
                      Case{"mapped_proxy", {"203.0.113.9, ::ffff:10.1.1.1"}, "203.0.113.9"},
                      Case{"single_trusted_address", {"203.0.113.9, 192.0.2.7"}, "203.0.113.9"},
                      Case{"its_neighbour", {"203.0.113.9, 192.0.2.8"}, "192.0.2.8"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace evergrant::net
