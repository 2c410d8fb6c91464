#include "async/sleep.h"

#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;

struct Case {
    std::string_view name;
    Backoff backoff;
    unsigned attempt;
    double dice;
    std::chrono::milliseconds pause;
};

const std::vector<Case> cases{
    {"the first retry waits half to all of the first pause: half", {200ms, 60s}, 0, 0.0, 100ms},
    {"the first retry waits half to all of the first pause: nearly all", {200ms, 60s}, 0, 0.999, 199ms},
    {"each retry doubles", {200ms, 60s}, 1, 0.0, 200ms},
    {"and doubles again", {200ms, 60s}, 3, 0.5, 1200ms},
    {"the cap holds", {200ms, 60s}, 20, 0.0, 30s},
    {"the cap holds for the highest dice", {200ms, 60s}, 20, 0.9999, 59'997ms},
    {"a number of tries beyond counting does not overflow", {200ms, 60s}, 4'000'000'000U, 0.0, 30s},
    {"a first pause above the cap is the cap", {2min, 60s}, 0, 0.0, 30s},
};

TEST(BackoffTest, pauses_grow_from_first_to_cap_in_their_upper_half) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(c.backoff.pause(c.attempt, c.dice), c.pause);
    }
}

Task<bool> sleep_and_tell(std::chrono::milliseconds pause) {
    const auto before = std::chrono::steady_clock::now();
    co_await sleep_for(pause);
    co_return std::chrono::steady_clock::now() - before >= pause;
}

TEST(SleepTest, waits_at_least_as_long_as_told) {
    EXPECT_TRUE(testing::run_task(sleep_and_tell(2ms)));
}

TEST(SleepTest, a_cancelled_sleep_throws_operation_aborted) {
    boost::asio::io_context context(1);
    boost::asio::cancellation_signal cancel;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, sleep_for(1h),
                          boost::asio::bind_cancellation_slot(cancel.slot(), [&](auto failure) { thrown = failure; }));
    context.poll();

    cancel.emit(boost::asio::cancellation_type::terminal);
    context.run();

    ASSERT_TRUE(thrown);
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

}  // namespace
}  // namespace evergrant::async
