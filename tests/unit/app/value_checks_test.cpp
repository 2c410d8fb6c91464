#include "app/value_checks.h"

#include <gtest/gtest.h>

#include <array>

namespace evergrant::app {
namespace {

template <class T>
std::string error_of(const Parsed<T>& parsed) {
    return parsed ? "no error" : parsed.error();
}

TEST(ValueChecksTest, a_whole_number_is_digits_within_its_range) {
    struct Case {
        std::string_view name;
        std::string text;
        std::string error;
    };
    const std::array cases{
        Case{"least", "1", "no error"},
        Case{"most", "60", "no error"},
        Case{"below", "0", "must be a whole number from 1 to 60, and is \"0\""},
        Case{"above", "61", "must be a whole number from 1 to 60, and is \"61\""},
        Case{"negative", "-1", "must be a whole number from 1 to 60, and is \"-1\""},
        Case{"unit", "20s", "must be a whole number from 1 to 60, and is \"20s\""},
        Case{"fraction", "1.5", "must be a whole number from 1 to 60, and is \"1.5\""},
        Case{"empty", "", "must be a whole number from 1 to 60, and is \"\""},
        Case{"too long for any type", "99999999999999999999",
             "must be a whole number from 1 to 60, and is \"99999999999999999999\""},
    };
    for (const Case& c : cases)
        EXPECT_EQ(error_of(parse_whole_number(c.text, {1, 60})), c.error) << c.name;
}

TEST(ValueChecksTest, a_listen_address_is_a_host_and_a_port_or_a_port_alone) {
    struct Case {
        std::string text;
        std::string read;
    };
    const std::array cases{
        Case{"127.0.0.1:3000", "127.0.0.1:3000"},
        Case{"0.0.0.0:0", "0.0.0.0:0"},
        Case{"[::1]:8080", "[::1]:8080"},
        Case{"evergrant.internal:65535", "evergrant.internal:65535"},
    };
    for (const Case& c : cases) {
        const auto address = parse_listen_address(c.text);
        ASSERT_TRUE(address) << c.text;
        EXPECT_EQ(address->to_string(), c.read);
    }

    const auto port_alone = parse_listen_address("8080");

    ASSERT_TRUE(port_alone);
    EXPECT_EQ(port_alone->host, "");
    EXPECT_EQ(port_alone->port, 8080);
}

TEST(ValueChecksTest, what_is_no_listen_address_is_refused) {
    for (const std::string text : {"", ":", ":3000", "host:", "host:65536", "host:-1", "::1:3000", "[::1]", "[::1:3000",
                                   "[nonsense]:3000", "a b:3000", "http://host:3000", "host:3000/path"})
        EXPECT_EQ(error_of(parse_listen_address(text)),
                  "must be HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH, and is \"" + text + "\"");
}

TEST(ValueChecksTest, a_url_loses_its_slashes_at_the_end) {
    EXPECT_EQ(parse_url("https://grants.example.com/"), "https://grants.example.com");
    EXPECT_EQ(parse_url("http://localhost:3000/base//"), "http://localhost:3000/base");
}

TEST(ValueChecksTest, what_is_no_web_url_is_refused) {
    for (const std::string text :
         {"", "grants.example.com", "ftp://example.com", "javascript:alert(1)", "https://", "https://user@example.com",
          "https://user:pass@example.com", "https://example.com?a=b", "https://example.com#top", "https://example.com:",
          "https://example.com:0", "https://example.com:99999", "https://exa mple.com", "//example.com"})
        EXPECT_EQ(error_of(parse_url(text)),
                  "must be an http or https URL without user name, query and fragment, and is \"" + text + "\"");
}

TEST(ValueChecksTest, an_origin_comes_back_as_browsers_write_it) {
    struct Case {
        std::string text;
        std::string origin;
    };
    const std::array cases{
        Case{"https://app.example.com", "https://app.example.com"},
        Case{"https://App.Example.COM/", "https://app.example.com"},
        Case{"https://app.example.com:443", "https://app.example.com"},
        Case{"http://localhost:80", "http://localhost"},
        Case{"http://localhost:5173", "http://localhost:5173"},
        Case{"https://app.example.com:80", "https://app.example.com:80"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(parse_origin(c.text), c.origin) << c.text;
}

TEST(ValueChecksTest, an_origin_with_more_than_an_origin_is_refused) {
    for (const std::string text : {"https://app.example.com/path", "https://*.example.com", "*", "null",
                                   "app.example.com", "https://app.example.com?x"})
        EXPECT_EQ(error_of(parse_origin(text)),
                  "must be an origin such as https://app.example.com, without a path, and is \"" + text + "\"");
}

TEST(ValueChecksTest, a_network_is_an_address_or_a_prefix) {
    for (const std::string text : {"10.0.0.7", "10.0.0.0/8", "::1", "fd00::/8"})
        EXPECT_EQ(parse_trusted_proxy(text), text);
    for (const std::string text : {"", "10.0.0.0/33", "proxy.example.com", "10.0.0", "*"})
        EXPECT_EQ(error_of(parse_trusted_proxy(text)),
                  "must be an address, a network such as 10.0.0.0/8, or unix, and is \"" + text + "\"");
}

TEST(ValueChecksTest, a_signing_secret_needs_32_bytes_and_is_never_quoted) {
    EXPECT_TRUE(parse_signing_secret("0123456789abcdef0123456789abcdef"));
    EXPECT_EQ(error_of(parse_signing_secret("hunter2hunter2hunter2hunter2hun")),
              "must be at least 32 bytes long, and has 31 (openssl rand -hex 32 makes one)");
    EXPECT_EQ(error_of(parse_signing_secret(std::string(64, 'x'))),
              "must not be one character over and over (openssl rand -hex 32 makes one)");
}

TEST(ValueChecksTest, an_encryption_key_is_64_random_looking_hexadecimal_digits_and_is_never_quoted) {
    struct Case {
        std::string_view name;
        std::string text;
        std::string error;
    };
    const std::string half = "00112233445566778899aabbccddeeff";
    const std::array cases{
        Case{"good", half + "102132435465768798a9babbdcddeef0", "no error"},
        Case{"capitals", half + "102132435465768798A9BABBDCDDEEF0", "no error"},
        Case{"short", half, "must be 64 hexadecimal digits, and has 32 characters (openssl rand -hex 32 makes one)"},
        Case{"long", half + half + "0",
             "must be 64 hexadecimal digits, and has 65 characters (openssl rand -hex 32 makes one)"},
        Case{"another letter", half + "102132435465768798a9babbdcddeefg",
             "must be 64 hexadecimal digits, and holds another character (openssl rand -hex 32 makes one)"},
        Case{"one digit", std::string(64, '0'), "must be random, and repeats itself (openssl rand -hex 32 makes one)"},
        Case{"a placeholder", half + half, "must be random, and repeats itself (openssl rand -hex 32 makes one)"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(error_of(parse_encryption_key(c.text)), c.error) << c.name;
}

TEST(ValueChecksTest, loopback_is_told_by_the_host_alone) {
    for (const std::string_view text :
         {"http://localhost", "http://localhost:3000/x", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:3000"})
        EXPECT_TRUE(is_loopback_url(text)) << text;
    for (const std::string_view text : {"http://localhost.example.com", "http://10.0.0.1",
                                        "http://127.0.0.1.example.com", "http://[::2]", "nonsense", ""})
        EXPECT_FALSE(is_loopback_url(text)) << text;
}

}  // namespace
}  // namespace evergrant::app
