#include "health/alert_courier.h"

#include <gtest/gtest.h>

namespace evergrant::health {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const AlertTimes times;
const Error refused{.code = Errc::provider_error, .message = "It answered 503."};

TEST(AlertCourierTest, pauses_grow_to_a_quarter_of_an_hour) {
    milliseconds before{0};
    for (unsigned attempts = 1; attempts <= 7; ++attempts) {
        const auto pause = pause_before_retry(times, attempts, seconds(0), refused, 0.5);
        ASSERT_TRUE(pause);
        EXPECT_GT(*pause, before);
        before = *pause;
    }
    EXPECT_LE(*pause_before_retry(times, 1'000, seconds(0), refused, 0.99), minutes(15));
}

TEST(AlertCourierTest, a_receiver_that_says_when_is_waited_for) {
    Error later = refused;
    later.retry_after = seconds(600);

    EXPECT_EQ(pause_before_retry(times, 1, seconds(0), later, 0.5), minutes(10));
}

TEST(AlertCourierTest, after_a_day_it_is_given_up) {
    EXPECT_TRUE(pause_before_retry(times, 100, times.delivery_life - seconds(1), refused, 0.5));
    EXPECT_FALSE(pause_before_retry(times, 100, times.delivery_life, refused, 0.5));
}

TEST(AlertCourierTest, any_2xx_is_taken_and_nothing_else) {
    net::ClientAnswer answer;
    answer.status = 202;
    EXPECT_TRUE(taken(answer));

    answer.status = 429;
    answer.headers.emplace_back("retry-after", "30");
    const auto refusal = taken(answer);
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().message, "The receiver answered 429.");
    EXPECT_EQ(refusal.error().retry_after, seconds(30));
    answer.status = 302;
    EXPECT_FALSE(taken(answer));
}

}  // namespace
}  // namespace evergrant::health
