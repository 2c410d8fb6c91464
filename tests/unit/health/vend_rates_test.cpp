// Who takes far more tokens than before.
#include "health/vend_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace evergrant::health {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;

/// A server that is judged every half minute.
class VendRatesTest : public ::testing::Test {
protected:
    /// Who stood out at any moment of this time, in which the caller took so many tokens evenly.
    std::set<std::string> after(milliseconds time, const std::string& caller = {}, std::uint64_t tokens = 0) {
        std::set<std::string> seen;
        const auto looks = static_cast<std::uint64_t>(time / look);
        for (std::uint64_t at = 0; at < looks; ++at) {
            broker::VendsByCaller counted;
            const std::uint64_t part = tokens * (at + 1) / looks - tokens * at / looks;
            if (part != 0)
                counted[caller] = part;
            const auto names = judged(counted);
            seen.insert(names.begin(), names.end());
        }
        return seen;
    }
    Names judged(const broker::VendsByCaller& counted) {
        now_ += look;
        unusual_ = rates_.judge(counted, now_);
        Names names;
        for (const UnusualCaller& one : unusual_)
            names.push_back(one.caller);
        return names;
    }

    static constexpr milliseconds look = seconds(30);
    VendRateLimits limits_;
    VendRates rates_{limits_};
    milliseconds now_{0};
    std::vector<UnusualCaller> unusual_;
};

TEST_F(VendRatesTest, a_steady_caller_never_stands_out) {
    EXPECT_THAT(after(hours(48), "busy", 2'000'000), IsEmpty());
}

TEST_F(VendRatesTest, one_who_takes_far_more_than_before_stands_out_at_once) {
    after(hours(12), "key", 12 * 12 * 100);  // a hundred in each window

    EXPECT_THAT(judged({{"key", 1'000}}), IsEmpty());
    EXPECT_THAT(judged({{"key", 1}}), ElementsAre("key"));
    EXPECT_EQ(unusual_[0].tokens, 1'001);
    EXPECT_NEAR(unusual_[0].average, 100, 1);
}

TEST_F(VendRatesTest, ten_times_the_usual_is_not_yet_far_more) {
    after(hours(12), "key", 12 * 12 * 200);

    EXPECT_THAT(after(minutes(5), "key", 1'990), IsEmpty());
}

TEST_F(VendRatesTest, one_never_seen_stands_out_above_the_floor_and_not_below) {
    after(hours(2));

    EXPECT_THAT(judged({{"quiet", 1'000}}), IsEmpty());
    EXPECT_THAT(judged({{"loud", 1'001}}), ElementsAre("loud"));
}

TEST_F(VendRatesTest, for_an_hour_after_the_start_nobody_stands_out) {
    EXPECT_THAT(after(hours(1), "key", 100), IsEmpty());
    EXPECT_THAT(after(minutes(5), "key", 5'000), ElementsAre("key"));
}

TEST_F(VendRatesTest, at_the_start_a_high_level_is_learned_as_the_usual_one) {
    after(hours(1), "key", 12 * 5'000);

    EXPECT_THAT(after(hours(3), "key", 3 * 12 * 5'000), IsEmpty());
}

TEST_F(VendRatesTest, one_who_stood_out_does_until_a_whole_window_is_as_usual) {
    after(hours(2));
    judged({{"key", 5'000}});

    EXPECT_THAT(after(minutes(5)), ElementsAre("key"));
    after(minutes(5));
    EXPECT_THAT(judged({}), IsEmpty());
}

TEST_F(VendRatesTest, a_new_level_is_usual_after_some_hours) {
    after(hours(48), "key", 48 * 12 * 100);

    EXPECT_THAT(after(hours(2), "key", 2 * 12 * 5'000), ElementsAre("key"));
    after(hours(3), "key", 3 * 12 * 5'000);
    EXPECT_THAT(after(hours(1), "key", 12 * 5'000), IsEmpty());
}

TEST_F(VendRatesTest, what_comes_every_night_stands_out_in_the_first_alone) {
    const auto night = [&] {
        after(hours(23), "key", 23 * 12);
        const auto seen = after(minutes(20), "key", 20'000);
        after(minutes(40), "key", 8);
        return seen;
    };

    EXPECT_THAT(night(), ElementsAre("key"));
    EXPECT_THAT(night(), IsEmpty());
    EXPECT_THAT(night(), IsEmpty());
}

TEST_F(VendRatesTest, no_more_callers_are_watched_than_there_is_room_for_and_those_who_take_most_stay) {
    limits_.callers = 100;
    rates_ = VendRates(limits_);
    for (int window = 0; window < 40; ++window) {
        broker::VendsByCaller counted{{"big", 5'000}};
        for (int caller = 0; caller < 90; ++caller)
            counted["small-" + std::to_string(window) + "-" + std::to_string(caller)] = 2;
        judged(counted);
        after(minutes(5) - look);
    }

    EXPECT_THAT(judged({{"big", 8'000}}), IsEmpty());
}

TEST_F(VendRatesTest, what_is_told_names_the_key_and_how_much_it_took) {
    const UnusualCaller caller{.caller = "0123456789abcdef", .tokens = 12'000, .average = 80.4};

    EXPECT_EQ(unusual_vends(caller, "billing").reason,
              "The API key 0123456789abcdef (billing) took 12000 tokens within minutes; 80 are usual.");
    EXPECT_EQ(unusual_vends(caller, "").reason,
              "The caller 0123456789abcdef took 12000 tokens within minutes; 80 are usual.");
}

}  // namespace
}  // namespace evergrant::health
