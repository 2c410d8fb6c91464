#include "app/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace evergrant::app {
namespace {

TEST(EnvironmentTest, entries_are_split_at_the_first_equals_sign) {
    const std::array<const char*, 6> entries{"A=1", "B=x=y", "EMPTY=", "=nameless", "noise", nullptr};

    const Environment environment = environment_of(entries.data());

    EXPECT_THAT(environment,
                ::testing::ElementsAre(std::pair("A", "1"), std::pair("B", "x=y"), std::pair("EMPTY", "")));
    EXPECT_TRUE(environment_of(nullptr).empty());
}

TEST(EnvironmentTest, a_name_that_is_not_there_has_an_empty_value) {
    const Environment environment{{"A", "1"}};

    EXPECT_EQ(value_of(environment, "A"), "1");
    EXPECT_EQ(value_of(environment, "B"), "");
}

}  // namespace
}  // namespace evergrant::app
