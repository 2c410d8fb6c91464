#include "async/blocking_pool.h"

#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <latch>
#include <stdexcept>
#include <thread>

namespace evergrant::async {
namespace {

using testing::run_task;

struct WithoutDefault {
    explicit WithoutDefault(int number_of_it) : number(number_of_it) {}
    int number;
};

class BlockingPoolTest : public ::testing::Test {
protected:
    boost::asio::io_context context{1};
    BlockingPool pool{2};
};

TEST_F(BlockingPoolTest, work_runs_on_another_thread_and_its_value_comes_back) {
    const std::function<Result<std::thread::id>()> work = [] { return std::this_thread::get_id(); };

    const auto ran_on = run_task(context, pool.run(work));

    ASSERT_TRUE(ran_on.has_value());
    EXPECT_NE(*ran_on, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, an_error_comes_back_as_a_value) {
    const std::function<Result<int>()> work = [] { return failure(Errc::store_unavailable, "The disk is full."); };

    const auto result = run_task(context, pool.run(work));

    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::store_unavailable);
}

TEST_F(BlockingPoolTest, an_exception_comes_back_to_the_caller) {
    const std::function<Result<int>()> work = []() -> Result<int> { throw std::runtime_error("broken"); };

    EXPECT_THROW(run_task(context, pool.run(work)), std::runtime_error);
}

Task<int> number_of(BlockingPool* pool) {
    const std::function<Result<WithoutDefault>()> work = [] { return WithoutDefault(7); };
    const auto result = co_await pool->run(work);
    co_return result ? result->number : 0;
}

TEST_F(BlockingPoolTest, a_value_needs_no_default) {
    EXPECT_EQ(run_task(context, number_of(&pool)), 7);
}

TEST_F(BlockingPoolTest, a_full_queue_refuses_more_and_takes_it_again_once_there_is_room) {
    BlockingPool small(1, 1);
    std::latch release(1);
    std::latch under_way(1);
    const std::function<Result<int>()> held = [&] {
        under_way.count_down();
        release.wait();
        return 1;
    };
    const std::function<Result<int>()> quick = [] { return 2; };
    Result<int> first = 0;
    boost::asio::co_spawn(context, small.run(held), [&](std::exception_ptr, Result<int> value) { first = value; });
    context.poll();
    under_way.wait();

    const auto refused = run_task(context, small.run(quick));
    release.count_down();
    context.restart();
    context.run();
    const auto accepted = run_task(context, small.run(quick));

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::overloaded);
    EXPECT_EQ(first.value_or(0), 1);
    EXPECT_EQ(accepted.value_or(0), 2);
}

TEST_F(BlockingPoolTest, a_caller_that_is_cancelled_leaves_at_once_and_the_work_still_ends) {
    std::latch release(1);
    std::latch ended(1);
    const std::function<Result<int>()> held = [&] {
        release.wait();
        ended.count_down();
        return 1;
    };
    boost::asio::cancellation_signal leave;
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, pool.run(held),
                          boost::asio::bind_cancellation_slot(
                              leave.slot(), [&](std::exception_ptr failure, Result<int>) { thrown = failure; }));
    context.poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    context.restart();
    context.poll();
    const bool left_at_once = thrown != nullptr;
    release.count_down();
    ended.wait();

    EXPECT_TRUE(left_at_once);
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

Task<int> sum_of_many(BlockingPool* pool, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        const std::function<Result<int>()> work = [i] { return i; };
        const auto value = co_await pool->run(work);
        sum += value.value_or(0);
    }
    co_return sum;
}

TEST_F(BlockingPoolTest, callers_on_several_threads_each_get_their_own_value) {
    std::array<int, 4> sums{};
    std::array<boost::asio::io_context, 4> contexts;
    BlockingPool shared_pool(2);  // after the contexts, which it posts to
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < sums.size(); ++i)
            threads.emplace_back([&, i] { sums[i] = run_task(contexts[i], sum_of_many(&shared_pool, 100)); });
    }

    for (const int sum : sums)
        EXPECT_EQ(sum, 4950);
}

}  // namespace
}  // namespace evergrant::async
