#include "crypto/encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::crypto {
namespace {

struct Case {
    std::string_view name;
    std::string_view bytes;
    std::string_view base64;
    std::string_view base64url;
    std::string_view hex;
};

// RFC 4648 section 10, and the two letters in which the alphabets differ.
constexpr Case cases[] = {
    {"nothing", "", "", "", ""},
    {"one byte", "f", "Zg==", "Zg", "66"},
    {"two bytes", "fo", "Zm8=", "Zm8", "666f"},
    {"three bytes", "foo", "Zm9v", "Zm9v", "666f6f"},
    {"four bytes", "foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
    {"five bytes", "fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
    {"six bytes", "foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
    {"the last two letters", "\xfb\xff\xbf", "+/+/", "-_-_", "fbffbf"},
};

TEST(EncodingTest, writes_what_rfc_4648_says) {
    for (const auto& [name, bytes, base64, base64url, hex] : cases) {
        SCOPED_TRACE(name);

        EXPECT_EQ(to_base64(bytes_of(bytes)), base64);
        EXPECT_EQ(to_base64url(bytes_of(bytes)), base64url);
        EXPECT_EQ(to_hex(bytes_of(bytes)), hex);
    }
}

TEST(EncodingTest, reads_what_it_writes) {
    for (const auto& [name, bytes, base64, base64url, hex] : cases) {
        SCOPED_TRACE(name);

        EXPECT_EQ(from_base64url(base64url), bytes);
        EXPECT_EQ(from_hex(hex), bytes);
    }
}

TEST(EncodingTest, every_byte_survives) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);

    EXPECT_EQ(from_base64url(to_base64url(bytes_of(all))), all);
    EXPECT_EQ(from_hex(to_hex(bytes_of(all))), all);
}

TEST(EncodingTest, hex_digits_may_be_capital) {
    EXPECT_EQ(from_hex("FBffBF"), "\xfb\xff\xbf");
}

struct Refused {
    std::string_view name;
    std::string_view text;
};

TEST(EncodingTest, refuses_base64url_that_deviates) {
    constexpr Refused refused[] = {
        {"padding", "Zg=="},
        {"letters of plain base64", "+/+/"},
        {"a space", "Zm 9v"},
        {"a line break", "Zm9v\n"},
        {"a lone letter", "Z"},
        {"a lone letter after others", "Zm9vZ"},
        {"bits after the last byte", "Zh"},
        {"bits after the last of two bytes", "Zm9"},
        {"a byte outside of ASCII", "Zm9\xc3"},
        {"a zero byte", std::string_view("Zm9\0", 4)},
    };

    for (const auto& [name, text] : refused) {
        SCOPED_TRACE(name);

        EXPECT_EQ(from_base64url(text), std::nullopt);
    }
}

TEST(EncodingTest, refuses_hex_that_deviates) {
    constexpr Refused refused[] = {
        {"an odd number of digits", "666"},
        {"no digit first", "g6"},
        {"no digit last", "6g"},
        {"a prefix", "0x66"},
        {"a space", "66 6"},
    };

    for (const auto& [name, text] : refused) {
        SCOPED_TRACE(name);

        EXPECT_EQ(from_hex(text), std::nullopt);
    }
}

}  // namespace
}  // namespace evergrant::crypto
