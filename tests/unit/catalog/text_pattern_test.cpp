#include "catalog/text_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant::catalog {
namespace {

TEST(TextPatternTest, matches_the_whole_value_alone) {
    const TextPattern pattern = TextPattern::compile("[a-z]+|[0-9]{2}").value();

    EXPECT_TRUE(pattern.matches("shop"));
    EXPECT_TRUE(pattern.matches("12"));
    EXPECT_FALSE(pattern.matches("shop1"));
    EXPECT_FALSE(pattern.matches("1shop"));
    EXPECT_FALSE(pattern.matches("shop\n"));
    EXPECT_FALSE(pattern.matches(""));
}

TEST(TextPatternTest, a_value_over_512_bytes_never_matches) {
    const TextPattern pattern = TextPattern::compile("a*").value();

    EXPECT_TRUE(pattern.matches(std::string(512, 'a')));
    EXPECT_FALSE(pattern.matches(std::string(513, 'a')));
}

// Each of these would take a matcher that backtracks longer than the universe has.
TEST(TextPatternTest, patterns_that_make_others_backtrack_are_answered) {
    const std::string value = std::string(511, 'a') + "!";

    for (const std::string_view text : {"(a+)+", "(a*)*b", "(a|a)*", "(a|aa)+$", "(.*)*x", "([a-z]+)*[a-z]+[0-9]"}) {
        const auto pattern = TextPattern::compile(text);
        ASSERT_TRUE(pattern) << text;
        EXPECT_FALSE(pattern->matches(value)) << text;
    }
}

TEST(TextPatternTest, the_largest_pattern_allowed_is_answered) {
    const TextPattern pattern = TextPattern::compile("(a?){333}").value();

    EXPECT_TRUE(pattern.matches(std::string(333, 'a')));
    EXPECT_FALSE(pattern.matches(std::string(334, 'a')));
}

struct BadPattern {
    std::string_view name;
    std::string_view pattern;
    std::string_view reason;
};

class BadPatternTest : public ::testing::TestWithParam<BadPattern> {};

TEST_P(BadPatternTest, is_refused_with_the_reason) {
    const auto pattern = TextPattern::compile(GetParam().pattern);

    ASSERT_FALSE(pattern);
    EXPECT_EQ(pattern.error().message, GetParam().reason);
}

const std::string too_long(257, 'a');
constexpr std::string_view open_group = "a ( is not closed, a ) not opened, or a *, + or ? repeats nothing";
constexpr std::string_view unknown_name = "a name in [: :], [. .] or [= =] is not known";
constexpr std::string_view too_many = "its counts multiply to more than 1000";

INSTANTIATE_TEST_SUITE_P(
    TextPattern, BadPatternTest,
    ::testing::Values(BadPattern{"open_set", "[a-z", "a [ is not closed"}, BadPattern{"open_group", "(a", open_group},
                      BadPattern{"closed_group", "a)", open_group},
                      BadPattern{"open_count", "a{1", "a { is not closed"},
                      BadPattern{"bad_count", "a{x}", "a count in { } is not a number or a range"},
                      BadPattern{"bad_escape_in_a_set", "[\\", "a \\ is followed by what it cannot escape"},
                      BadPattern{"backward_range", "[z-a]", "a range in [ ] runs backwards"},
                      BadPattern{"nothing_repeated", "*a", open_group},
                      BadPattern{"trailing_backslash", "a\\", "a \\ is followed by what it cannot escape"},
                      BadPattern{"unknown_class", "[[:foo:]]", unknown_name},
                      BadPattern{"back_reference", "(a)\\1", "it refers back to a group"},
                      BadPattern{"unknown_collation", "[[.foo.]]", unknown_name},
                      BadPattern{"too_long", too_long, "it is longer than 256 characters"},
                      BadPattern{"counts_too_high", "a{1001}", too_many},
                      BadPattern{"counts_multiplied", "(a{1,40}b){1,40}", too_many},
                      BadPattern{"counts_multiplied_thrice", "((a{9}){9,}){0,19}", too_many},
                      BadPattern{"count_beyond_all_numbers", "a{99999999999999999999}", too_many},
                      BadPattern{"count_hidden_by_a_set", "[)\\]({]{1001}", too_many},
                      BadPattern{"a_repeated_repetition", "(abcdefgh)?+{99}", too_many},
                      BadPattern{"count_of_an_escape", "\\d{1001}", too_many}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TextPatternTest, what_only_looks_like_a_count_is_none) {
    EXPECT_TRUE(TextPattern::compile("a\\{1001\\}")->matches("a{1001}"));
    EXPECT_TRUE(TextPattern::compile("[{1001}]")->matches("{"));
    EXPECT_TRUE(TextPattern::compile("(a{1,30}){1,30}")->matches("aaa"));
}

}  // namespace
}  // namespace evergrant::catalog
