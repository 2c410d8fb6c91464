#include "connectors/calendar/written_time.h"

#include "zones.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {
namespace {

using testing::day;
using testing::utc;
using testing::zone;

TEST(WrittenTime, is_an_instant_with_its_offset) {
    for (const char* text : {"2026-07-01T09:00:00+02:00", "2026-07-01T07:00:00Z", "2026-07-01T07:00Z",
                             "2026-07-01T07:00:00.999Z", "2026-07-01T02:30:00-04:30", "2026-07-01T09:00"})
        EXPECT_EQ(parse_time(text, zone("Europe/Berlin")), utc(2026, 7, 1, 7)) << text;
}

TEST(WrittenTime, may_be_a_date_that_begins_where_one_lives) {
    EXPECT_EQ(parse_time("2026-07-01", zone("Europe/Berlin")), utc(2026, 6, 30, 22));
}

TEST(WrittenTime, is_the_end_of_the_gap_where_clocks_skip_it) {
    EXPECT_EQ(parse_time("2026-03-29T02:30:00", zone("Europe/Berlin")), utc(2026, 3, 29, 1));
}

TEST(WrittenTime, is_the_first_where_clocks_show_it_twice) {
    EXPECT_EQ(parse_time("2026-10-25T02:30:00", zone("Europe/Berlin")), utc(2026, 10, 25, 0, 30));
}

TEST(WrittenTime, is_none_when_anything_is_wrong_with_it) {
    for (const char* text : {"",
                             "today",
                             "2026",
                             "2026-7-1",
                             "2026-02-30",
                             "2026-07-01T",
                             "2026-07-01T9:00",
                             "2026-07-01T24:00:00",
                             "2026-07-01T09:60",
                             "2026-07-01T09:00:00.Z",
                             "2026-07-01T09:00:61Z",
                             "2026-07-01T09:00:00+2:00",
                             "2026-07-01T09:00:00+02:00 ",
                             "2026-07-01 09:00:00",
                             "2026-07-01T09:00:00ZZ",
                             "1899-12-31",
                             "3000-01-01",
                             "99999-01-01",
                             "-2026-07-01",
                             "2026-07-01T09:00:00\r\nX: y",
                             "2026-07-01T09:00:00\"}"})
        EXPECT_FALSE(parse_time(text, TimeZone())) << text;
}

TEST(WrittenDate, is_read_and_written) {
    EXPECT_EQ(parse_date("2028-02-29"), day(2028, 2, 29));
    EXPECT_EQ(date_text(day(2028, 2, 29)), "2028-02-29");
    EXPECT_FALSE(parse_date("2028-02-29T00:00"));
}

}  // namespace
}  // namespace evergrant::connectors
