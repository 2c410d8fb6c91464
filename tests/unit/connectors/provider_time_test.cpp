#include "connectors/provider_time.h"

#include <gtest/gtest.h>

namespace evergrant::connectors {
namespace {

constexpr sys_seconds noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);

TEST(ProviderTime, reads_iso_8601_as_providers_write_it) {
    for (const std::string_view text :
         {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000+0000",
          "2026-01-31T14:30:00+02:30", "2026-01-31T04:00:00-0800"})
        EXPECT_EQ(parse_provider_time(text), noon) << text;
}

TEST(ProviderTime, reads_a_day_as_its_midnight) {
    EXPECT_EQ(parse_provider_time("2026-01-31"), noon - std::chrono::hours(12));
}

TEST(ProviderTime, reads_nothing_else) {
    for (const std::string_view text :
         {"", "2026", "2026-02-30", "2026-01-31T", "2026-01-31T12:00:00", "2026-01-31T24:00:00Z",
          "2026-01-31T12:60:00Z", "2026-01-31T12:00:00.Q", "2026-01-31T12:00:00*0200", "2026-01-31T12:00:00+2",
          "2026-01-31T12:00:00Z'", "2026-01-31 12:00:00Z"})
        EXPECT_EQ(parse_provider_time(text), std::nullopt) << text;
}

TEST(ProviderTime, writes_the_day_in_utc) {
    EXPECT_EQ(to_iso_day(noon), "2026-01-31");
}

}  // namespace
}  // namespace evergrant::connectors
