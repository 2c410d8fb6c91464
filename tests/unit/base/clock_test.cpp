#include "base/clock.h"

#include <gtest/gtest.h>

namespace evergrant {
namespace {

using namespace std::chrono_literals;

TEST(ClockTest, iso8601_is_utc_with_seconds) {
    EXPECT_EQ(to_iso8601(sys_seconds(0s)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_iso8601(sys_seconds(1769860800s)), "2026-01-31T12:00:00Z");
}

TEST(ClockTest, iso8601_of_a_time_before_the_epoch_and_of_one_far_ahead) {
    EXPECT_EQ(to_iso8601(sys_seconds(-1s)), "1969-12-31T23:59:59Z");
    EXPECT_EQ(to_iso8601(sys_seconds(253402300799s)), "9999-12-31T23:59:59Z");
}

TEST(ClockTest, manual_clock_moves_only_when_told) {
    ManualClock clock(Instant(1500ms));

    const Instant before = clock.now();
    clock.advance(2s);

    EXPECT_EQ(before, Instant(1500ms));
    EXPECT_EQ(clock.now(), Instant(3500ms));
}

TEST(ClockTest, now_seconds_rounds_down) {
    EXPECT_EQ(ManualClock(Instant(1999ms)).now_seconds(), sys_seconds(1s));
    EXPECT_EQ(ManualClock(Instant(-1ms)).now_seconds(), sys_seconds(-1s));
}

}  // namespace
}  // namespace evergrant
