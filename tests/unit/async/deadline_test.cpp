#include "async/deadline.h"

#include "async/sleep.h"
#include "run_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

constexpr auto long_time = 1h;

Task<Result<std::string>> answer(std::string value) {
    co_await sleep_for(0ms);
    co_return value;
}

Task<Result<std::string>> answer_without_waiting(std::string value) {
    co_return value;
}

Task<Result<std::string>> refuse() {
    co_await sleep_for(0ms);
    co_return failure(Errc::provider_error, "The provider said no.");
}

Task<Result<std::string>> break_down() {
    co_await sleep_for(0ms);
    throw std::runtime_error("broken");
}

Task<Result<std::string>> never_answer(std::shared_ptr<bool> ended) {
    const std::shared_ptr<void> note(nullptr, [ended](void*) { *ended = true; });
    co_await sleep_for(long_time);
    co_return "too late";
}

/// Ignores that it was told to stop, as an answer that has already arrived does.
Task<Result<std::string>> answer_in_spite_of_cancellation() {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_await sleep_for(20ms);
    co_return "the grant";
}

Task<Result<std::string>> refuse_in_spite_of_cancellation() {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_await sleep_for(20ms);
    co_return failure(Errc::provider_error, "connection closed");
}

TEST(WithinTest, a_value_in_time_is_the_answer) {
    const auto result = run_task(within(Deadline::after(long_time), answer("token")));

    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(*result, "token");
}

TEST(WithinTest, an_operation_that_never_waits_is_answered_at_once) {
    const auto result = run_task(within(Deadline::after(long_time), answer_without_waiting("token")));

    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(*result, "token");
}

TEST(WithinTest, an_error_in_time_is_the_answer_and_not_a_late_time_out) {
    const auto started = Deadline::clock::now();

    const auto result = run_task(within(Deadline::after(long_time), refuse()));

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::provider_error);
    EXPECT_LT(Deadline::clock::now() - started, long_time);
}

TEST(WithinTest, an_exception_passes_through) {
    EXPECT_THROW(run_task(within(Deadline::after(long_time), break_down())), std::runtime_error);
}

TEST(WithinTest, a_deadline_that_passes_cancels_the_operation_and_waits_for_its_end) {
    const auto ended = std::make_shared<bool>(false);

    const auto result = run_task(within(Deadline::after(1ms), never_answer(ended)));

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::cancelled);
    EXPECT_TRUE(*ended);
}

TEST(WithinTest, a_deadline_already_passed_cancels_what_waits) {
    const auto ended = std::make_shared<bool>(false);

    const auto result = run_task(within(Deadline::after(-1s), never_answer(ended)));

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::cancelled);
    EXPECT_TRUE(*ended);
}

TEST(WithinTest, a_value_that_arrives_in_spite_of_the_cancellation_is_not_lost) {
    const auto result = run_task(within(Deadline::after(1ms), answer_in_spite_of_cancellation()));

    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(*result, "the grant");
}

TEST(WithinTest, an_error_that_follows_the_deadline_is_reported_as_the_deadline) {
    const auto result = run_task(within(Deadline::after(1ms), refuse_in_spite_of_cancellation()));

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::cancelled);
}

TEST(WithinTest, without_a_deadline_it_only_waits) {
    const auto result = run_task(within(Deadline::never(), answer("token")));

    EXPECT_EQ(result.value_or(""), "token");
}

Task<Result<std::string>> within_within(Deadline outer, Deadline inner, std::shared_ptr<bool> ended) {
    auto bounded = within(inner, never_answer(ended));
    co_return co_await within(outer, std::move(bounded));
}

TEST(WithinTest, the_sooner_of_two_nested_deadlines_wins) {
    const auto ended_by_outer = std::make_shared<bool>(false);
    const auto ended_by_inner = std::make_shared<bool>(false);

    const auto outer = run_task(within_within(Deadline::after(1ms), Deadline::never(), ended_by_outer));
    const auto inner = run_task(within_within(Deadline::never(), Deadline::after(1ms), ended_by_inner));

    EXPECT_EQ(outer.error().code, Errc::cancelled);
    EXPECT_EQ(inner.error().code, Errc::cancelled);
    EXPECT_TRUE(*ended_by_outer && *ended_by_inner);
}

TEST(WithinTest, cancelling_the_caller_cancels_the_operation) {
    boost::asio::io_context context(1);
    boost::asio::cancellation_signal caller_leaves;
    const auto ended = std::make_shared<bool>(false);
    std::exception_ptr outcome;
    boost::asio::co_spawn(
        context, within(Deadline::after(long_time), never_answer(ended)),
        boost::asio::bind_cancellation_slot(caller_leaves.slot(),
                                            [&](std::exception_ptr thrown, Result<std::string>) { outcome = thrown; }));
    context.poll();

    caller_leaves.emit(boost::asio::cancellation_type::terminal);
    context.run();

    EXPECT_TRUE(*ended);
    ASSERT_TRUE(outcome);
    EXPECT_THROW(std::rethrow_exception(outcome), boost::system::system_error);
}

TEST(DeadlineTest, what_is_left_is_never_negative) {
    EXPECT_EQ(Deadline::after(-1s).left(), Deadline::clock::duration::zero());
    EXPECT_TRUE(Deadline::after(-1s).passed());
}

TEST(DeadlineTest, never_does_not_pass) {
    EXPECT_FALSE(Deadline::never().passed());
    EXPECT_GT(Deadline::never().left(), 1h);
}

TEST(DeadlineTest, the_sooner_of_two_is_the_one_that_passes_first) {
    const Deadline soon(Deadline::clock::time_point(1s));
    const Deadline late(Deadline::clock::time_point(2s));

    EXPECT_EQ(soon.sooner(late).at(), soon.at());
    EXPECT_EQ(late.sooner(soon).at(), soon.at());
}

}  // namespace
}  // namespace evergrant::async
