#include "connectors/calendar/spoken.h"

#include "zones.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {
namespace {

using namespace std::chrono_literals;
using testing::utc;
using testing::zone;

std::vector<TimeRange> at(std::initializer_list<sys_seconds> times) {
    std::vector<TimeRange> slots;
    for (const sys_seconds time : times)
        slots.push_back({time, time + 30min});
    return slots;
}

TEST(Spoken, reads_a_day_out) {
    const auto slots = at({utc(2026, 3, 3, 8), utc(2026, 3, 3, 8, 30), utc(2026, 3, 3, 13)});

    EXPECT_EQ(spoken(slots, zone("Europe/Berlin")),
              "Tuesday, the third of March, at nine, nine thirty and two in the afternoon.");
}

TEST(Spoken, says_a_part_of_the_day_once) {
    const auto slots = at({utc(2026, 3, 3, 11, 30), utc(2026, 3, 3, 12), utc(2026, 3, 3, 12, 30), utc(2026, 3, 3, 14),
                           utc(2026, 3, 3, 19)});

    EXPECT_EQ(spoken(slots, TimeZone()),
              "Tuesday, the third of March, at eleven thirty, noon, twelve thirty, two in "
              "the afternoon and seven in the evening.");
}

TEST(Spoken, tells_early_hours_from_late_ones) {
    const auto slots = at({utc(2026, 3, 3, 0), utc(2026, 3, 3, 0, 30), utc(2026, 3, 3, 5), utc(2026, 3, 3, 6)});

    EXPECT_EQ(spoken(slots, TimeZone()),
              "Tuesday, the third of March, at midnight, twelve thirty at night, five and six in the morning.");
}

TEST(Spoken, gives_each_day_a_sentence) {
    EXPECT_EQ(spoken(at({utc(2026, 3, 31, 9), utc(2026, 4, 1, 10, 5)}), TimeZone()),
              "Tuesday, the thirty-first of March, at nine. Wednesday, the first of April, at ten oh five.");
}

TEST(Spoken, says_the_day_that_it_is_where_the_listener_lives) {
    EXPECT_EQ(spoken(at({utc(2026, 3, 3, 20)}), zone("Australia/Lord_Howe")),
              "Wednesday, the fourth of March, at seven.");
}

TEST(Spoken, tells_the_second_two_oclock_from_the_first) {
    EXPECT_EQ(spoken(at({utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)}), zone("Europe/Berlin")),
              "Sunday, the twenty-fifth of October, at two at night and two at night again, after the clocks go back.");
}

TEST(Spoken, sums_up_what_nobody_can_keep_in_mind) {
    std::vector<TimeRange> slots;
    for (int day = 0; day < 7; ++day)
        for (int half_hour = 0; half_hour < 8; ++half_hour)
            slots.push_back(at({utc(2026, 3, 2, 8) + day * 24h + half_hour * 30min}).front());

    const std::string text = spoken(slots, TimeZone(), {.days = 1, .times_a_day = 2});

    EXPECT_EQ(text, "Monday, the second of March, at eight, eight thirty and six more. And on six more days.");
}

TEST(Spoken, says_so_when_there_is_nothing) {
    EXPECT_EQ(spoken({}, TimeZone()), "There is no free time.");
}

TEST(Spoken, never_says_a_digit) {
    for (int minute = 0; minute < 1440; ++minute)
        EXPECT_EQ(spoken_clock(std::chrono::minutes(minute)).find_first_of("0123456789"), std::string::npos) << minute;
}

TEST(Spoken, counts) {
    EXPECT_EQ(spoken_number(0), "zero");
    EXPECT_EQ(spoken_number(13), "thirteen");
    EXPECT_EQ(spoken_number(40), "forty");
    EXPECT_EQ(spoken_number(99), "ninety-nine");
    EXPECT_EQ(spoken_number(100), "one hundred");
    EXPECT_EQ(spoken_number(312), "three hundred twelve");
    EXPECT_EQ(spoken_number(1000), "a thousand or more");
}

TEST(Spoken, has_a_word_for_each_day_of_a_month) {
    EXPECT_EQ(spoken_ordinal(1), "first");
    EXPECT_EQ(spoken_ordinal(12), "twelfth");
    EXPECT_EQ(spoken_ordinal(20), "twentieth");
    EXPECT_EQ(spoken_ordinal(22), "twenty-second");
    EXPECT_EQ(spoken_ordinal(30), "thirtieth");
    EXPECT_EQ(spoken_ordinal(31), "thirty-first");
}

TEST(Spoken, has_clocks_of_twelve_hours) {
    EXPECT_EQ(spoken_clock(0min), "midnight");
    EXPECT_EQ(spoken_clock(5min), "twelve oh five");
    EXPECT_EQ(spoken_clock(12h), "noon");
    EXPECT_EQ(spoken_clock(12h + 1min), "twelve oh one");
    EXPECT_EQ(spoken_clock(13h + 45min), "one forty-five");
    EXPECT_EQ(spoken_clock(23h + 59min), "eleven fifty-nine");
}

}  // namespace
}  // namespace evergrant::connectors
