#include "async/side_by_side.h"

#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <numeric>
#include <stdexcept>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

struct Work {
    std::vector<int> done;
    int next{0};
    int under_way{0};
    int most_at_once{0};
    int ended{0};
};

Task<bool> all_of(std::size_t count, std::function<Task<void>()> work) {
    co_await side_by_side(count, std::move(work));
    co_return true;
}

Task<void> take_in_turn(Work* work, int last) {
    while (work->next < last) {
        const int mine = work->next++;
        work->most_at_once = std::max(work->most_at_once, ++work->under_way);
        co_await sleep_for(0ms);
        --work->under_way;
        work->done.push_back(mine);
    }
}

TEST(SideBySideTest, all_is_done_once_by_as_many_as_were_asked_for) {
    Work work;

    run_task(all_of(8, [&] { return take_in_turn(&work, 100); }));

    std::ranges::sort(work.done);
    std::vector<int> expected(100);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(work.done, expected);
    EXPECT_EQ(work.most_at_once, 8);
}

TEST(SideBySideTest, none_is_done_at_once) {
    EXPECT_TRUE(run_task(all_of(0, []() -> Task<void> { throw std::logic_error("never called"); })));
}

Task<void> throw_if_first(Work* work) {
    const int number = work->next++;
    const std::shared_ptr<void> note(nullptr, [work](void*) { ++work->ended; });
    if (number == 0) {
        co_await sleep_for(0ms);
        throw std::runtime_error("broken");
    }
    co_await sleep_for(24h);
}

TEST(SideBySideTest, the_first_exception_ends_the_others_and_reaches_the_caller) {
    Work work;

    EXPECT_THROW(run_task(all_of(4, [&] { return throw_if_first(&work); })), std::runtime_error);
    EXPECT_EQ(work.ended, 4);
}

Task<void> wait_for_ever(Work* work) {
    const std::shared_ptr<void> note(nullptr, [work](void*) { ++work->ended; });
    co_await sleep_for(24h);
}

TEST(SideBySideTest, cancelling_the_caller_cancels_all) {
    boost::asio::io_context context(1);
    boost::asio::cancellation_signal leave;
    Work work;
    std::exception_ptr thrown;
    boost::asio::co_spawn(
        context, side_by_side(3, [&] { return wait_for_ever(&work); }),
        boost::asio::bind_cancellation_slot(leave.slot(), [&](std::exception_ptr failure) { thrown = failure; }));
    context.poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    context.run();

    EXPECT_EQ(work.ended, 3);
    ASSERT_TRUE(thrown);
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

}  // namespace
}  // namespace evergrant::async
