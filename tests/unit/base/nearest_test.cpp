#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace evergrant {
namespace {

constexpr std::array<std::string_view, 4> known{"listen", "base_url", "log_level", "database_url"};

struct Case {
    std::string_view name;
    std::string_view word;
    std::string_view nearest;
};

const std::vector<Case> cases{
    {"a letter missing", "listn", "listen"},     {"a letter too many", "listenn", "listen"},
    {"two letters swapped", "lsiten", "listen"}, {"a dash for an underscore", "log-level", "log_level"},
    {"the word itself", "base_url", "base_url"}, {"the nearer of two", "databse_url", "database_url"},
    {"another word altogether", "colour", ""},   {"nothing", "", ""},
};

TEST(NearestTest, finds_the_name_that_was_meant_and_none_that_was_not) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(nearest(c.word, known), c.nearest);
    }
}

TEST(NearestTest, an_absurdly_long_word_is_not_compared) {
    EXPECT_EQ(nearest(std::string(100'000, 'a'), known), "");
}

TEST(NearestTest, a_short_name_is_not_the_nearest_of_any_two_letters) {
    constexpr std::array<std::string_view, 1> short_names{"ab"};

    EXPECT_EQ(nearest("xy", short_names), "");
}

TEST(DidYouMeanTest, is_a_question_or_nothing) {
    EXPECT_EQ(did_you_mean("listn", known), R"(; did you mean "listen"?)");
    EXPECT_EQ(did_you_mean("colour", known), "");
}

}  // namespace
}  // namespace evergrant
