#include "crypto/hash.h"

#include "crypto/encoding.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace evergrant::crypto {
namespace {

std::string bytes_from(std::string_view hex) {
    return from_hex(hex).value();
}

TEST(HashTest, sha256_is_that_of_fips_180_4) {
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HashTest, hmac_is_that_of_rfc_4231) {
    const auto first = hmac_sha256(bytes_of(std::string(20, '\x0b')), "Hi There");
    const auto second = hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?");

    EXPECT_EQ(to_hex(first), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(second), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(HashTest, hmac_takes_an_empty_key_and_empty_data) {
    EXPECT_EQ(to_hex(hmac_sha256({}, "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HashTest, hkdf_is_that_of_rfc_5869_a_1) {
    const auto key = std::string(22, '\x0b');
    const auto salt = bytes_from("000102030405060708090a0b0c");
    const auto info = bytes_from("f0f1f2f3f4f5f6f7f8f9");

    const auto derived = hkdf_sha256(bytes_of(key), bytes_of(salt), info, 42);

    EXPECT_EQ(to_hex(bytes_of(derived.reveal())),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(HashTest, hkdf_without_salt_and_info_is_that_of_rfc_5869_a_3) {
    const auto key = std::string(22, '\x0b');

    const auto derived = hkdf_sha256(bytes_of(key), {}, "", 42);

    EXPECT_EQ(to_hex(bytes_of(derived.reveal())),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HashTest, a_derived_key_is_the_first_32_bytes_of_any_longer_one) {
    const auto key = std::string(32, 'k');

    const auto fixed = hkdf_sha256(bytes_of(key), {}, "purpose");
    const auto longer = hkdf_sha256(bytes_of(key), {}, "purpose", 64);

    EXPECT_EQ(to_hex(fixed.reveal()), to_hex(bytes_of(longer.reveal()).first(32)));
}

TEST(HashTest, hkdf_gives_up_to_8160_bytes) {
    EXPECT_EQ(hkdf_sha256(bytes_of("key"), {}, "", 0).reveal().size(), 0U);
    EXPECT_EQ(hkdf_sha256(bytes_of("key"), {}, "", 8160).reveal().size(), 8160U);
    EXPECT_THROW((void)hkdf_sha256(bytes_of("key"), {}, "", 8161), std::invalid_argument);
}

struct Comparison {
    std::string_view name;
    std::string_view a;
    std::string_view b;
    bool equal;
};

TEST(ConstantTimeTest, tells_equal_from_different) {
    constexpr Comparison comparisons[] = {
        {"both empty", "", "", true},
        {"equal", "secret", "secret", true},
        {"another first byte", "secret", "Secret", false},
        {"another last byte", "secret", "secreT", false},
        {"a prefix", "secret", "secre", false},
        {"one empty", "", "s", false},
        {"zero bytes count", std::string_view("\0", 1), std::string_view("\0\0", 2), false},
    };

    for (const auto& [name, a, b, equal] : comparisons) {
        SCOPED_TRACE(name);

        EXPECT_EQ(equal_in_constant_time(bytes_of(a), bytes_of(b)), equal);
    }
}

}  // namespace
}  // namespace evergrant::crypto
