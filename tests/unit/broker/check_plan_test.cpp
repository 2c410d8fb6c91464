#include "broker/check_plan.h"

#include <gtest/gtest.h>

namespace evergrant::broker {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant noon{std::chrono::milliseconds(1'800'000'000'000)};
constexpr sys_seconds noon_s{seconds(1'800'000'000)};
constexpr seconds half_hour{1800};

oauth::TokenSet tokens_with(const std::string& refresh_token, boost::json::object metadata = {}) {
    oauth::TokenSet tokens;
    tokens.refresh_token = SecretString(refresh_token);
    tokens.expires_at = noon_s + hours(1);
    tokens.metadata = std::move(metadata);
    return tokens;
}

/// Obtained long ago, with so much of its life left.
Watched dying_in(std::chrono::seconds left) {
    Watched watched;
    watched.renewable = true;
    watched.dies = noon_s + left;
    watched.obtained = noon - days(100);
    return watched;
}

TEST(CheckPlanTest, a_connection_that_its_refreshes_see_to_is_never_looked_at) {
    Watched watched;
    watched.renewable = true;
    watched.ends = noon_s + hours(1);

    EXPECT_FALSE(next_check(watched, half_hour, noon, 0.5));
}

TEST(CheckPlanTest, one_without_a_refresh_token_is_looked_at_the_moment_it_ends) {
    Watched watched;
    watched.ends = noon_s + hours(1);

    EXPECT_EQ(next_check(watched, half_hour, noon, 0.5), noon + hours(1));
    watched.ends = noon_s - hours(1);
    EXPECT_EQ(next_check(watched, half_hour, noon, 0.5), noon);
}

TEST(CheckPlanTest, probes_come_after_the_period_or_up_to_a_tenth_before) {
    Watched watched;
    watched.probed = true;
    watched.renewable = true;
    watched.looked_at = noon;

    EXPECT_EQ(next_check(watched, half_hour, noon, 0.0), noon + minutes(30));
    EXPECT_EQ(next_check(watched, half_hour, noon, 0.5), noon + minutes(30) - seconds(90));
}

TEST(CheckPlanTest, what_is_overdue_for_a_probe_is_looked_at_now) {
    Watched watched;
    watched.probed = true;
    watched.looked_at = noon - hours(2);

    EXPECT_EQ(next_check(watched, half_hour, noon, 0.5), noon);
}

TEST(CheckPlanTest, the_first_probe_comes_within_a_minute_of_the_grant) {
    Watched watched;
    watched.probed = true;
    watched.renewable = true;

    EXPECT_EQ(first_check(watched, half_hour, noon, 0.0), noon + minutes(1));
    EXPECT_GE(first_check(watched, half_hour, noon, 0.99), noon);
}

TEST(CheckPlanTest, without_probes_a_connection_that_nothing_renews_comes_back_in_a_day) {
    Watched watched;
    watched.probed = true;
    EXPECT_EQ(next_check(watched, seconds(0), noon, 0.0), noon + hours(24));

    watched.renewable = true;
    EXPECT_FALSE(next_check(watched, seconds(0), noon, 0.0));
}

TEST(CheckPlanTest, the_calendar_is_looked_at_fourteen_seven_and_one_days_before_death) {
    EXPECT_EQ(next_check(dying_in(days(20)), half_hour, noon, 0.0), noon + days(6));
    EXPECT_EQ(next_check(dying_in(days(14)), half_hour, noon, 0.0), noon + days(7));
    EXPECT_EQ(next_check(dying_in(days(7)), half_hour, noon, 0.0), noon + days(6));
    EXPECT_FALSE(next_check(dying_in(days(1)), half_hour, noon, 0.0));
}

TEST(CheckPlanTest, the_notice_due_is_the_last_that_has_come) {
    EXPECT_EQ(notice_due(dying_in(days(15)), noon), 0U);
    EXPECT_EQ(notice_due(dying_in(days(14)), noon), 14U);
    EXPECT_EQ(notice_due(dying_in(days(7)), noon), 7U);
    EXPECT_EQ(notice_due(dying_in(hours(24)), noon), 1U);
    EXPECT_EQ(notice_due(dying_in(hours(1)), noon), 1U);
}

TEST(CheckPlanTest, nobody_is_told_of_a_notice_that_was_over_when_the_grant_was_obtained) {
    Watched watched = dying_in(days(10));
    watched.obtained = noon;

    EXPECT_EQ(notice_due(watched, noon), 0U);
    EXPECT_EQ(next_check(watched, half_hour, noon, 0.0), noon + days(3));
    EXPECT_EQ(notice_due(watched, noon + days(3)), 7U);
}

TEST(CheckPlanTest, a_grant_without_a_refresh_token_dies_with_its_access_token) {
    catalog::RefreshPolicy provider;
    provider.life = days(365);

    EXPECT_EQ(death_of(provider, tokens_with(""), noon_s), noon_s + hours(1));
}

TEST(CheckPlanTest, a_grant_dies_when_the_answer_says_or_else_the_catalogue_or_never) {
    catalog::RefreshPolicy provider;
    EXPECT_FALSE(death_of(provider, tokens_with("r"), noon_s));
    provider.life = days(365);

    EXPECT_EQ(death_of(provider, tokens_with("r"), noon_s), noon_s + days(365));
    for (const char* name : {"refresh_token_expires_in", "x_refresh_token_expires_in", "refresh_expires_in"})
        EXPECT_EQ(death_of(provider, tokens_with("r", {{name, 8640}}), noon_s), noon_s + seconds(8640)) << name;
    EXPECT_EQ(death_of(provider, tokens_with("r", {{"refresh_token_expires_in", "8640"}}), noon_s),
              noon_s + seconds(8640));
}

TEST(CheckPlanTest, a_life_that_cannot_be_is_not_believed) {
    const boost::json::array lives{0, -1, 1e18, "soon", nullptr};
    for (const boost::json::value& life : lives)
        EXPECT_FALSE(told_death(tokens_with("r", {{"refresh_token_expires_in", life}}), noon_s)) << life;
}

}  // namespace
}  // namespace evergrant::broker
