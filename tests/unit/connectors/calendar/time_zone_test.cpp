#include "connectors/calendar/time_zone.h"

#include "zones.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <ctime>

namespace evergrant::connectors {
namespace {

using namespace std::chrono_literals;
using testing::day;
using testing::utc;
using testing::zone;

/// What glibc says, by another reader of the same files.
std::chrono::seconds offset_by_glibc(sys_seconds time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm local{};
    localtime_r(&seconds, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

constexpr std::array zone_names{"Europe/Berlin",     "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
                                "America/Sao_Paulo", "Pacific/Apia",     "Africa/Casablanca",   "Europe/Dublin",
                                "Antarctica/Troll",  "Asia/Kathmandu",   "Pacific/Chatham",     "America/St_Johns"};

TEST(TimeZone, has_the_offsets_that_glibc_has_from_1900_to_2100) {
    for (const char* name : zone_names) {
        setenv("TZ", (":" + std::string(name)).c_str(), 1);
        tzset();
        for (sys_seconds time = utc(1900, 1, 1); time < utc(2100, 1, 1); time += 125h + 13min)
            ASSERT_EQ(zone(name).offset_at(time), offset_by_glibc(time)) << name << " " << evergrant::to_iso8601(time);
    }
    unsetenv("TZ");
    tzset();
}

TEST(TimeZone, changes_at_the_very_second) {
    const sys_seconds change = utc(2026, 3, 29, 1);

    EXPECT_EQ(zone("Europe/Berlin").offset_at(change - 1s), 1h);
    EXPECT_EQ(zone("Europe/Berlin").offset_at(change), 2h);
}

TEST(TimeZone, follows_its_rule_behind_the_table) {
    EXPECT_EQ(zone("Europe/Berlin").offset_at(utc(2399, 7, 1)), 2h);
    EXPECT_EQ(zone("Australia/Lord_Howe").offset_at(utc(2399, 7, 1)), 10h + 30min);
    EXPECT_EQ(zone("Australia/Lord_Howe").offset_at(utc(2399, 1, 1)), 11h);
}

TEST(TimeZone, has_days_of_other_than_24_hours) {
    const auto length = [](const char* name, std::chrono::local_days date) {
        const TimeRange range = zone(name).day(date);
        return range.end - range.begin;
    };
    EXPECT_EQ(length("Europe/Berlin", day(2026, 3, 29)), 23h);
    EXPECT_EQ(length("Europe/Berlin", day(2026, 10, 25)), 25h);
    EXPECT_EQ(length("America/New_York", day(2026, 3, 8)), 23h);
    EXPECT_EQ(length("America/New_York", day(2026, 11, 1)), 25h);
    EXPECT_EQ(length("Australia/Lord_Howe", day(2026, 4, 5)), 24h + 30min);
    EXPECT_EQ(length("Australia/Lord_Howe", day(2026, 10, 4)), 23h + 30min);
}

TEST(TimeZone, begins_a_day_after_the_gap_where_midnight_is_skipped) {
    EXPECT_EQ(zone("America/Sao_Paulo").day(day(2018, 11, 4)).begin, utc(2018, 11, 4, 3));
    EXPECT_EQ(zone("America/Sao_Paulo").to_local(utc(2018, 11, 4, 3)), day(2018, 11, 4) + 1h);
}

TEST(TimeZone, has_no_time_in_a_day_that_was_skipped) {
    const TimeRange skipped = zone("Pacific/Apia").day(day(2011, 12, 30));

    EXPECT_EQ(skipped.begin, skipped.end);
}

TEST(TimeZone, shows_no_span_for_what_a_change_skips) {
    EXPECT_TRUE(zone("Europe/Berlin").spans(day(2026, 3, 29) + 2h, day(2026, 3, 29) + 3h).empty());
}

TEST(TimeZone, shows_two_spans_for_what_a_change_repeats) {
    const auto spans = zone("Europe/Berlin").spans(day(2026, 10, 25) + 2h, day(2026, 10, 25) + 3h);

    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(spans[0].range, (TimeRange{utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)}));
    EXPECT_EQ(spans[1].range, (TimeRange{utc(2026, 10, 25, 1), utc(2026, 10, 25, 2)}));
}

TEST(TimeZone, takes_the_first_of_two_instants) {
    EXPECT_EQ(zone("Europe/Berlin").first_instant(day(2026, 10, 25) + 2h + 30min), utc(2026, 10, 25, 0, 30));
}

TEST(TimeZone, takes_the_end_of_a_gap_for_a_time_within_it) {
    EXPECT_EQ(zone("Europe/Berlin").first_instant(day(2026, 3, 29) + 2h + 30min), utc(2026, 3, 29, 1));
}

TEST(TimeZone, writes_instants_with_their_offset) {
    EXPECT_EQ(to_iso8601(utc(2026, 7, 1, 7), zone("Europe/Berlin")), "2026-07-01T09:00:00+02:00");
    EXPECT_EQ(to_iso8601(utc(2026, 7, 1, 7), zone("America/St_Johns")), "2026-07-01T04:30:00-02:30");
    EXPECT_EQ(to_iso8601(utc(2026, 7, 1, 7), TimeZone()), "2026-07-01T07:00:00+00:00");
}

TEST(YearlyRule, reads_what_RFC_8536_and_POSIX_allow) {
    const auto lord_howe = parse_yearly_rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
    ASSERT_TRUE(lord_howe && lord_howe->summer_begins);
    EXPECT_EQ(lord_howe->standard, 10h + 30min);
    EXPECT_EQ(lord_howe->summer, 11h);
    EXPECT_EQ(lord_howe->summer_begins->in(std::chrono::year(2026)), day(2026, 10, 4) + 2h);

    EXPECT_EQ(parse_yearly_rule("EST5EDT,M3.2.0,M11.1.0")->summer, -4h);
    EXPECT_EQ(parse_yearly_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")->summer_begins->time, -1h);
    EXPECT_EQ(parse_yearly_rule("IST-2IDT,J60/50,J300")->summer_begins->in(std::chrono::year(2028)),
              day(2028, 3, 1) + 50h);
    EXPECT_EQ(parse_yearly_rule("AAA3BBB,59,300")->summer_begins->in(std::chrono::year(2028)), day(2028, 2, 29) + 2h);
}

TEST(YearlyRule, is_none_when_it_is_broken) {
    for (const char* text : {"", "CET", "5", "<+03-3", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-200", "CET-1CEST,J0,J1",
                             "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1:99"})
        EXPECT_FALSE(parse_yearly_rule(text)) << text;
}

TEST(TimeZoneFile, is_refused_when_it_is_cut_off_anywhere) {
    std::string whole("TZif2");
    whole.append(15 + 24, '\0');
    for (std::size_t size = 0; size <= whole.size(); ++size)
        EXPECT_FALSE(TimeZone::parse(whole.substr(0, size), "cut")) << size;
}

TEST(TimeZones, know_utc_without_any_file) {
    TimeZones zones("/nowhere");

    const auto found = zones.find("UTC");

    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->offset_at(utc(2026, 7, 1)), 0s);
}

TEST(TimeZones, read_nothing_outside_their_folder) {
    TimeZones zones;
    for (const char* name : {"", ".", "..", "../zoneinfo/UTC", "Europe/../UTC", "/etc/passwd", "Europe//Berlin",
                             "Europe/Berlin\r\nX: y", "Europe/Berlin%00", "${TZ}", "Europe", "right/UTC", "tzdata.zi",
                             "Europe/Atlantis", " Europe/Berlin", "Europe/Berlin/"})
        EXPECT_EQ(zones.find(name).error().code, Errc::invalid_request) << name;
}

}  // namespace
}  // namespace evergrant::connectors
