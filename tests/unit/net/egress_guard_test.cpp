#include "net/egress_guard.h"

#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <string>

namespace evergrant::net {
namespace {

const EgressGuard strict{EgressPolicy{}};
const EgressGuard dev{EgressPolicy{.allow_loopback_http = true}};

/// Asks `guard` about an address written as text.
bool allows(const EgressGuard& guard, const std::string& text, std::string_view host = {}) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (getaddrinfo(text.c_str(), nullptr, &hints, &found) != 0)
        throw std::invalid_argument("not an address: " + text);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    return guard.allows_address(*found->ai_addr, host);
}

struct AddressCase {
    std::string_view name;
    const char* address;
};

void PrintTo(const AddressCase& address_case, std::ostream* out) {
    *out << address_case.address;
}

template <class Case>
std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
    return std::string(info.param.name);
}

class RefusedAddressTest : public ::testing::TestWithParam<AddressCase> {};

TEST_P(RefusedAddressTest, is_refused_in_production) {
    EXPECT_FALSE(allows(strict, GetParam().address));
}

INSTANTIATE_TEST_SUITE_P(
    EgressGuard, RefusedAddressTest,
    ::testing::Values(
        AddressCase{"unspecified", "0.0.0.0"}, AddressCase{"this_network", "0.255.255.255"},
        AddressCase{"private_10_first", "10.0.0.0"}, AddressCase{"private_10_last", "10.255.255.255"},
        AddressCase{"carrier_nat_first", "100.64.0.0"}, AddressCase{"carrier_nat_last", "100.127.255.255"},
        AddressCase{"alibaba_metadata", "100.100.100.200"}, AddressCase{"loopback", "127.0.0.1"},
        AddressCase{"loopback_last", "127.255.255.255"}, AddressCase{"azure_platform", "168.63.129.16"},
        AddressCase{"link_local_first", "169.254.0.0"}, AddressCase{"cloud_metadata", "169.254.169.254"},
        AddressCase{"ecs_metadata", "169.254.170.2"}, AddressCase{"private_172_first", "172.16.0.0"},
        AddressCase{"private_172_last", "172.31.255.255"}, AddressCase{"protocol_assignments", "192.0.0.1"},
        AddressCase{"oracle_metadata", "192.0.0.192"}, AddressCase{"documentation_1", "192.0.2.1"},
        AddressCase{"relay_of_6to4", "192.88.99.1"}, AddressCase{"private_192", "192.168.1.1"},
        AddressCase{"benchmarking_first", "198.18.0.0"}, AddressCase{"benchmarking_last", "198.19.255.255"},
        AddressCase{"documentation_2", "198.51.100.1"}, AddressCase{"documentation_3", "203.0.113.1"},
        AddressCase{"multicast", "224.0.0.1"}, AddressCase{"multicast_last", "239.255.255.255"},
        AddressCase{"reserved", "240.0.0.1"}, AddressCase{"broadcast", "255.255.255.255"},
        AddressCase{"unspecified_v6", "::"}, AddressCase{"loopback_v6", "::1"},
        AddressCase{"mapped_loopback", "::ffff:127.0.0.1"}, AddressCase{"mapped_private", "::ffff:10.0.0.1"},
        AddressCase{"mapped_metadata", "::ffff:a9fe:a9fe"}, AddressCase{"compatible_loopback", "::127.0.0.1"},
        AddressCase{"compatible_public", "::8.8.8.8"}, AddressCase{"nat64_private", "64:ff9b::10.0.0.1"},
        AddressCase{"nat64_loopback", "64:ff9b::127.0.0.1"}, AddressCase{"nat64_metadata", "64:ff9b::169.254.169.254"},
        AddressCase{"nat64_longer_prefix", "64:ff9b::1:8.8.8.8"}, AddressCase{"nat64_local_use", "64:ff9b:1::8.8.8.8"},
        AddressCase{"nat64_local_use_private", "64:ff9b:1:a00:0:100::"}, AddressCase{"discard_only", "100::1"},
        AddressCase{"teredo", "2001::1"}, AddressCase{"teredo_public_inside", "2001:0:4136:e378:8000:63bf:3fff:fdd2"},
        AddressCase{"benchmarking_v6", "2001:2::1"}, AddressCase{"orchid", "2001:10::1"},
        AddressCase{"orchid_2", "2001:20::1"}, AddressCase{"documentation_v6", "2001:db8::1"},
        AddressCase{"documentation_v6_new", "3fff::1"}, AddressCase{"sixtofour_private", "2002:0a00:0001::1"},
        AddressCase{"sixtofour_public", "2002:0808:0808::1"}, AddressCase{"segment_routing", "5f00::1"},
        AddressCase{"unique_local", "fc00::1"}, AddressCase{"aws_metadata_v6", "fd00:ec2::254"},
        AddressCase{"google_metadata_v6", "fd20:ce::254"}, AddressCase{"link_local_v6", "fe80::1"},
        AddressCase{"site_local_v6", "fec0::1"}, AddressCase{"multicast_v6", "ff02::1"}),
    name_of_case<AddressCase>);

class AllowedAddressTest : public ::testing::TestWithParam<AddressCase> {};

TEST_P(AllowedAddressTest, is_allowed_in_production) {
    EXPECT_TRUE(allows(strict, GetParam().address));
}

INSTANTIATE_TEST_SUITE_P(
    EgressGuard, AllowedAddressTest,
    ::testing::Values(
        AddressCase{"first_public", "1.0.0.0"}, AddressCase{"before_private_10", "9.255.255.255"},
        AddressCase{"after_private_10", "11.0.0.0"}, AddressCase{"before_carrier_nat", "100.63.255.255"},
        AddressCase{"after_carrier_nat", "100.128.0.0"}, AddressCase{"before_loopback", "126.255.255.255"},
        AddressCase{"after_loopback", "128.0.0.1"}, AddressCase{"beside_azure_platform", "168.63.129.17"},
        AddressCase{"before_link_local", "169.253.255.255"}, AddressCase{"after_link_local", "169.255.0.0"},
        AddressCase{"before_private_172", "172.15.255.255"}, AddressCase{"after_private_172", "172.32.0.0"},
        AddressCase{"between_192_ranges", "192.0.1.1"}, AddressCase{"before_private_192", "192.167.255.255"},
        AddressCase{"after_private_192", "192.169.0.0"}, AddressCase{"before_benchmarking", "198.17.255.255"},
        AddressCase{"after_benchmarking", "198.20.0.0"}, AddressCase{"last_unicast", "223.255.255.255"},
        AddressCase{"mapped_public", "::ffff:8.8.8.8"}, AddressCase{"nat64_public", "64:ff9b::8.8.8.8"},
        AddressCase{"public_v6", "2606:4700:4700::1111"}, AddressCase{"after_protocol_assignments", "2001:200::1"},
        AddressCase{"after_documentation", "2001:db9::1"}, AddressCase{"after_6to4", "2003::1"}),
    name_of_case<AddressCase>);

TEST(EgressGuardTest, dev_allows_loopback_in_every_form_of_its_own) {
    EXPECT_TRUE(allows(dev, "127.0.0.1"));
    EXPECT_TRUE(allows(dev, "::1"));
    EXPECT_TRUE(allows(dev, "::ffff:127.0.0.1"));
}

TEST(EgressGuardTest, dev_allows_no_other_network) {
    for (const char* address : {"10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fd00:ec2::254", "64:ff9b::127.0.0.1"})
        EXPECT_FALSE(allows(dev, address)) << address;
}

TEST(EgressGuardTest, an_address_of_another_family_is_refused) {
    sockaddr address{};
    address.sa_family = AF_UNIX;

    EXPECT_FALSE(dev.allows_address(address));
}

struct UrlCase {
    std::string_view name;
    std::string_view url;
};

void PrintTo(const UrlCase& url_case, std::ostream* out) {
    *out << url_case.url;
}

class RefusedUrlTest : public ::testing::TestWithParam<UrlCase> {};

TEST_P(RefusedUrlTest, is_refused_with_a_message_that_does_not_repeat_it) {
    const auto checked = strict.check_url(GetParam().url);

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::egress_denied);
    EXPECT_FALSE(checked.error().message.contains("s3cret"));
}

INSTANTIATE_TEST_SUITE_P(
    EgressGuard, RefusedUrlTest,
    ::testing::Values(
        UrlCase{"empty", ""}, UrlCase{"no_scheme", "api.example.com/x"}, UrlCase{"no_authority", "https:api.example"},
        UrlCase{"no_host", "https:///path"}, UrlCase{"plain_http", "http://api.example.com/?token=s3cret"},
        UrlCase{"file", "file:///etc/passwd"}, UrlCase{"gopher", "gopher://api.example.com/"},
        UrlCase{"ftp", "ftp://api.example.com/"}, UrlCase{"relative", "//api.example.com/"},
        UrlCase{"user", "https://user@api.example.com/"}, UrlCase{"password", "https://u:s3cret@api.example.com/"},
        UrlCase{"empty_user", "https://@api.example.com/"}, UrlCase{"user_hides_host", "https://ok.com@127.0.0.1/"},
        UrlCase{"backslash", "https://api.example.com\\@127.0.0.1/"}, UrlCase{"space", "https://api.example .com/"},
        UrlCase{"line_break", "https://api.example.com/\r\nX: y"}, UrlCase{"tab", "https://api.exa\tmple.com/"},
        UrlCase{"percent_in_host", "https://%31%32%37.0.0.1/"}, UrlCase{"percent_dot", "https://127%2e0.0.1/"},
        UrlCase{"unicode_host", "https://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1/"},
        UrlCase{"fullwidth_dot",
                "https://127\xe3\x80\x82"
                "0.0.1/"},
        UrlCase{"loopback", "https://127.0.0.1/"}, UrlCase{"loopback_dot", "https://127.0.0.1./"},
        UrlCase{"decimal", "https://2130706433/"}, UrlCase{"hexadecimal", "https://0x7f000001/"},
        UrlCase{"hexadecimal_capital", "https://0X7F000001/"}, UrlCase{"octal", "https://0177.0.0.1/"},
        UrlCase{"octal_all", "https://0177.0000.0000.0001/"}, UrlCase{"short_2", "https://127.1/"},
        UrlCase{"short_3", "https://127.0.1/"}, UrlCase{"hex_part", "https://127.0.0.0x1/"},
        UrlCase{"mixed", "https://0x7f.0.0.1/"}, UrlCase{"overflowing", "https://127.0.0.257/"},
        UrlCase{"zero", "https://0/"}, UrlCase{"public_octal", "https://010.8.8.8/"},
        UrlCase{"unspecified", "https://0.0.0.0/"}, UrlCase{"metadata", "https://169.254.169.254/latest/meta-data/"},
        UrlCase{"metadata_decimal", "https://2852039166/"},
        UrlCase{"metadata_name", "https://metadata.google.internal/"},
        UrlCase{"metadata_v6", "https://[fd00:ec2::254]/"}, UrlCase{"loopback_v6", "https://[::1]/"},
        UrlCase{"loopback_v6_long", "https://[0:0:0:0:0:0:0:1]/"}, UrlCase{"mapped", "https://[::ffff:127.0.0.1]/"},
        UrlCase{"mapped_hex", "https://[::ffff:7f00:1]/"}, UrlCase{"compatible", "https://[::127.0.0.1]/"},
        UrlCase{"nat64", "https://[64:ff9b::a00:1]/"}, UrlCase{"zone", "https://[fe80::1%25eth0]/"},
        UrlCase{"ip_future", "https://[v1.fe80]/"}, UrlCase{"private", "https://10.0.0.1/"},
        UrlCase{"localhost", "https://localhost/"}, UrlCase{"localhost_capital", "https://LocalHost/"},
        UrlCase{"localhost_dot", "https://localhost./"}, UrlCase{"under_localhost", "https://a.localhost/"},
        UrlCase{"mdns", "https://printer.local/"}, UrlCase{"home", "https://router.home.arpa/"},
        UrlCase{"trailing_dot", "https://api.example.com./"}, UrlCase{"double_dot", "https://api..example.com/"},
        UrlCase{"leading_dot", "https://.example.com/"}, UrlCase{"port_0", "https://api.example.com:0/"},
        UrlCase{"port_too_large", "https://api.example.com:65536/"}, UrlCase{"no_port", "https://api.example.com:/"},
        UrlCase{"port_with_a_host", "https://api.example.com:80@127.0.0.1/"}),
    name_of_case<UrlCase>);

class AllowedUrlTest : public ::testing::TestWithParam<UrlCase> {};

TEST_P(AllowedUrlTest, is_allowed_in_production) {
    EXPECT_TRUE(strict.check_url(GetParam().url));
}

INSTANTIATE_TEST_SUITE_P(EgressGuard, AllowedUrlTest,
                         ::testing::Values(UrlCase{"name", "https://accounts.zoho.com/oauth/v2/token"},
                                           UrlCase{"port_and_query", "https://api.example.com:8443/a/b?c=d&e=f%20g#h"},
                                           UrlCase{"capitals", "HTTPS://API.Example.COM/"},
                                           UrlCase{"punycode", "https://xn--bcher-kva.example/"},
                                           UrlCase{"digits_in_the_name", "https://1password.com/"},
                                           UrlCase{"underscore", "https://a_b.example.com/"},
                                           UrlCase{"at_sign_in_the_path", "https://api.example.com/@user"},
                                           UrlCase{"url_in_the_query", "https://api.example.com/?to=http://127.0.0.1/"},
                                           UrlCase{"public_address", "https://8.8.8.8/"},
                                           UrlCase{"public_v6", "https://[2606:4700::1]:443/"},
                                           UrlCase{"name_that_ends_like_a_local_one", "https://mylocal.example.com/"},
                                           UrlCase{"no_path", "https://api.example.com"}),
                         name_of_case<UrlCase>);

class DevUrlTest : public ::testing::TestWithParam<UrlCase> {};

TEST_P(DevUrlTest, is_allowed_only_in_dev) {
    EXPECT_TRUE(dev.check_url(GetParam().url));
    EXPECT_FALSE(strict.check_url(GetParam().url));
}

INSTANTIATE_TEST_SUITE_P(EgressGuard, DevUrlTest,
                         ::testing::Values(UrlCase{"http_loopback", "http://127.0.0.1:8080/"},
                                           UrlCase{"http_localhost", "http://localhost:8080/"},
                                           UrlCase{"http_v6", "http://[::1]:8080/"},
                                           UrlCase{"https_loopback", "https://127.0.0.1:8443/"},
                                           UrlCase{"https_localhost", "https://idp.localhost/"}),
                         name_of_case<UrlCase>);

TEST(EgressGuardTest, dev_still_refuses_plain_http_to_other_hosts) {
    for (const char* url :
         {"http://api.example.com/", "http://8.8.8.8/", "http://10.0.0.1/", "http://0177.0.0.1/", "http://2130706433/",
          "http://localhost.example.com/", "http://0.0.0.0:22/", "ftp://127.0.0.1/", "https://10.0.0.1/"})
        EXPECT_FALSE(dev.check_url(url)) << url;
}

TEST(EgressGuardTest, published_forgeries_are_refused_unless_they_name_a_public_https_host) {
    std::ifstream list(EVERGRANT_SOURCE_DIR "/../shared/data/ssrf-urls.txt");
    if (!list)
        GTEST_SKIP() << "The published list of forged URLs does not lie beside the checkout.";

    for (std::string url; std::getline(list, url);) {
        const bool names_a_public_host = url.starts_with("https://307.r3dir.me/") ||
                                         url.starts_with("https://portswigger.net/") ||
                                         url.starts_with("https://web.archive.org/");

        EXPECT_EQ(strict.check_url(url).has_value(), names_a_public_host) << url;
    }
}

const EgressGuard inside{EgressPolicy{.private_targets = {"EHR.hospital.internal", "10.20.0.0/16", "fd12:3456::/32"}}};

TEST(PrivateTargetTest, opens_the_private_addresses_it_names_and_no_others) {
    EXPECT_TRUE(allows(inside, "10.20.1.2"));
    EXPECT_TRUE(allows(inside, "::ffff:10.20.1.2"));
    EXPECT_TRUE(allows(inside, "fd12:3456::1"));
    EXPECT_FALSE(allows(inside, "10.21.0.1"));
    EXPECT_FALSE(allows(inside, "192.168.1.1"));
    EXPECT_TRUE(allows(inside, "8.8.8.8"));
    EXPECT_TRUE(inside.check_url("https://10.20.1.2/token"));
    EXPECT_FALSE(inside.check_url("https://10.21.0.1/token"));
    EXPECT_FALSE(inside.check_url("http://10.20.1.2/token"));
}

TEST(PrivateTargetTest, a_host_is_open_at_every_private_address_it_has) {
    EXPECT_TRUE(inside.check_url("https://ehr.hospital.internal/token"));
    EXPECT_FALSE(inside.check_url("https://other.hospital.internal/token"));
    EXPECT_TRUE(allows(inside, "192.168.1.1", "ehr.hospital.internal"));
    EXPECT_FALSE(allows(inside, "192.168.1.1", "other.hospital.internal"));
    EXPECT_FALSE(allows(inside, "127.0.0.1", "ehr.hospital.internal"));
    EXPECT_FALSE(allows(inside, "169.254.169.254", "ehr.hospital.internal"));
}

TEST(PrivateTargetTest, opens_neither_this_host_nor_metadata_however_wide) {
    const EgressGuard wide{EgressPolicy{.private_targets = {"0.0.0.0/0", "::/0"}}};

    for (const char* address :
         {"127.0.0.1", "::1", "0.0.0.0", "169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16",
          "fd00:ec2::254", "fd20:ce::254", "fe80::1", "::ffff:169.254.169.254", "224.0.0.1", "64:ff9b::10.0.0.1"})
        EXPECT_FALSE(allows(wide, address)) << address;
    EXPECT_TRUE(allows(wide, "10.0.0.1"));
}

TEST(PrivateTargetTest, is_a_host_an_address_or_a_network) {
    for (const char* good : {"ehr.example.com", "ehr", "10.0.0.1", "10.0.0.0/8", "fd00::/8", "fd00::1"})
        EXPECT_TRUE(is_private_target(good)) << good;
    for (const char* bad : {"", "10.0.0.0/40", "10.0.0", "https://ehr.example.com", "ehr.example.com:443", "a b", "*"})
        EXPECT_FALSE(is_private_target(bad)) << bad;
}

TEST(OperatorsOwnServerTest, may_be_anywhere_and_speak_plain_http) {
    const EgressGuard own{EgressPolicy{.operators_own_server = true}};

    for (const char* url : {"http://10.0.0.5:3000/", "http://evergrant.internal/", "http://localhost:3000/"})
        EXPECT_TRUE(own.check_url(url)) << url;
    EXPECT_TRUE(allows(own, "10.0.0.5"));
    EXPECT_FALSE(own.check_url("file:///etc/passwd"));
}

}  // namespace
}  // namespace evergrant::net
