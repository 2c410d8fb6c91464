#include "oauth/pkce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace evergrant::oauth {
namespace {

// RFC 7636 appendix B.
constexpr std::array<std::uint8_t, 32> octets{116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                              125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                              191, 240, 91,  88,  5,   88,  83,  132, 141, 121};

std::array<std::byte, 32> example() {
    std::array<std::byte, 32> bytes{};
    std::ranges::transform(octets, bytes.begin(), [](std::uint8_t octet) { return std::byte{octet}; });
    return bytes;
}

TEST(PkceTest, the_verifier_is_the_base64url_of_the_random_octets) {
    EXPECT_EQ(code_verifier(example()).reveal(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(PkceTest, challenge_is_the_base64url_of_the_verifiers_sha256) {
    EXPECT_EQ(code_challenge(code_verifier(example())), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(PkceTest, every_verifier_has_43_unreserved_characters) {
    for (const unsigned fill : {0x00U, 0x3EU, 0x7FU, 0xFBU, 0xFFU}) {
        std::array<std::byte, 32> random{};
        random.fill(static_cast<std::byte>(fill));

        const SecretString verifier = code_verifier(random);

        EXPECT_EQ(verifier.reveal().size(), 43U);
        EXPECT_EQ(
            verifier.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
    }
}

}  // namespace
}  // namespace evergrant::oauth
