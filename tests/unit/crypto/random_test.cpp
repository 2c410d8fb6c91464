#include "crypto/random.h"

#include "scripted_random.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace evergrant::crypto {
namespace {

using testing::ScriptedRandom;

TEST(RandomTest, a_token_is_256_bits_in_base64url) {
    ScriptedRandom random(std::string("\xfb\xff", 2));

    const auto token = random.token();

    EXPECT_EQ(token, "-__7__v_-__7__v_-__7__v_-__7__v_-__7__v_-_8");
}

TEST(RandomTest, dice_reach_zero) {
    ScriptedRandom random(std::string(1, '\0'));

    EXPECT_EQ(random.dice(), 0.0);
}

TEST(RandomTest, dice_never_reach_one) {
    ScriptedRandom random(std::string(1, '\xff'));

    EXPECT_LT(random.dice(), 1.0);
}

TEST(SystemRandomTest, never_says_the_same_twice) {
    SystemRandom random;
    std::set<std::string> tokens;

    for (int i = 0; i < 1000; ++i)
        tokens.insert(random.token());

    EXPECT_EQ(tokens.size(), 1000U);
}

TEST(SystemRandomTest, fills_what_it_is_given_and_nothing_else) {
    SystemRandom random;
    std::vector<std::byte> bytes(300, std::byte{0});

    random.fill(std::span(bytes).subspan(1, 0));
    EXPECT_EQ(bytes, std::vector<std::byte>(300, std::byte{0}));
    random.fill(std::span(bytes).subspan(1, 298));

    EXPECT_EQ(bytes.front(), std::byte{0});
    EXPECT_EQ(bytes.back(), std::byte{0});
    EXPECT_NE(std::vector<std::byte>(bytes.begin() + 1, bytes.end() - 1), std::vector<std::byte>(298, std::byte{0}));
}

}  // namespace
}  // namespace evergrant::crypto
