#include "async/run_on.h"

#include "async/shard.h"
#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

Task<std::thread::id> this_thread() {
    co_await sleep_for(0ms);
    co_return std::this_thread::get_id();
}

Task<std::thread::id> this_thread_at_once() {
    co_return std::this_thread::get_id();
}

Task<int> break_down() {
    co_await sleep_for(0ms);
    throw std::runtime_error("broken");
}

Task<void> mark(std::atomic<bool>* flag) {
    co_await sleep_for(0ms);
    *flag = true;
}

Task<int> wait_for_ever(std::atomic<bool>* ended) {
    const std::shared_ptr<void> note(nullptr, [ended](void*) { *ended = true; });
    co_await sleep_for(24h);
    co_return 1;
}

class RunOnTest : public ::testing::Test {
protected:
    RunOnTest() { shards.start(); }

    boost::asio::io_context context{1};  // before the shards: what they post to outlives them
    Shards shards{3};
};

TEST_F(RunOnTest, work_runs_on_the_shard_and_its_value_comes_back) {
    const std::function<Task<std::thread::id>()> work = [] { return this_thread(); };

    const auto ran_on = run_task(context, run_on(shards[1], work));
    const auto ran_again_on = run_task(context, run_on(shards[1], work));

    EXPECT_NE(ran_on, std::this_thread::get_id());
    EXPECT_EQ(ran_on, ran_again_on);
}

Task<bool> comes_back_to_its_own_thread(Shard* away) {
    const auto before = std::this_thread::get_id();
    const std::function<Task<std::thread::id>()> work = [] { return this_thread(); };
    const auto there = co_await run_on(*away, work);
    co_return there != before&& std::this_thread::get_id() == before;
}

TEST_F(RunOnTest, the_caller_goes_on_where_it_was) {
    EXPECT_TRUE(run_task(context, comes_back_to_its_own_thread(&shards[0])));
}

Task<bool> stays(Shard* here) {
    const auto before = std::this_thread::get_id();
    const auto others_ran = std::make_shared<bool>(false);
    boost::asio::post(here->context(), [others_ran] { *others_ran = true; });
    const std::function<Task<std::thread::id>()> work = [] { return this_thread_at_once(); };
    const auto there = co_await run_on(*here, work);
    co_return there == before && !*others_ran;
}

TEST_F(RunOnTest, a_caller_already_there_runs_the_work_in_place) {
    Shard* shard = &shards[2];
    const std::function<Task<bool>()> work = [shard] { return stays(shard); };

    EXPECT_TRUE(run_task(context, run_on(*shard, work)));
}

TEST_F(RunOnTest, an_exception_comes_back_to_the_caller) {
    const std::function<Task<int>()> work = [] { return break_down(); };

    EXPECT_THROW(run_task(context, run_on(shards[0], work)), std::runtime_error);
}

Task<bool> run_nothing_on(Shard* shard) {
    std::atomic<bool> marked{false};
    const std::function<Task<void>()> work = [&marked] { return mark(&marked); };
    co_await run_on(*shard, work);
    co_return marked;
}

TEST_F(RunOnTest, work_without_a_value_is_waited_for) {
    EXPECT_TRUE(run_task(context, run_nothing_on(&shards[0])));
}

TEST_F(RunOnTest, cancelling_the_caller_cancels_the_work_and_waits_for_its_end) {
    boost::asio::cancellation_signal leave;
    std::atomic<bool> ended{false};
    bool ended_before_the_caller = false;
    std::exception_ptr thrown;
    const std::function<Task<int>()> work = [&ended] { return wait_for_ever(&ended); };
    boost::asio::co_spawn(context, run_on(shards[1], work),
                          boost::asio::bind_cancellation_slot(leave.slot(), [&](std::exception_ptr failure, int) {
                              thrown = failure;
                              ended_before_the_caller = ended;
                          }));
    context.poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    context.run();

    EXPECT_TRUE(ended_before_the_caller);
    ASSERT_TRUE(thrown);
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

Task<int> short_work() {
    co_await sleep_for(20us);
    co_return 1;
}

/// Callers of shard 0 whose work on shard 1 ends at the very time they are told to leave.
struct RacingCallers {
    static constexpr int count = 2000;

    explicit RacingCallers(Shards& all) : shards(all) {}

    void start_one() {
        auto leave = std::make_shared<boost::asio::cancellation_signal>();
        const std::function<Task<int>()> work = [] { return short_work(); };
        auto finished = [this, leave](std::exception_ptr thrown, int value) {
            (thrown ? left : (value == 1 ? served : wrong)) += 1;
            ended.count_down();
        };
        boost::asio::co_spawn(shards[0].context(), run_on(shards[1], work),
                              boost::asio::bind_cancellation_slot(leave->slot(), std::move(finished)));
        auto timer = std::make_shared<boost::asio::steady_timer>(shards[0].context(), 20us * (served % 10));
        timer->async_wait(
            [timer, leave](boost::system::error_code) { leave->emit(boost::asio::cancellation_type::terminal); });
    }

    Shards& shards;
    std::latch ended{count};
    std::atomic<int> left{0};
    std::atomic<int> served{0};
    std::atomic<int> wrong{0};
};

TEST_F(RunOnTest, a_cancellation_may_meet_the_end_of_the_work) {
    RacingCallers callers(shards);

    for (int i = 0; i < RacingCallers::count; ++i)
        boost::asio::post(shards[0].context(), [&] { callers.start_one(); });
    callers.ended.wait();

    EXPECT_EQ(callers.left + callers.served, RacingCallers::count);
    EXPECT_EQ(callers.wrong, 0);
}

Task<int> bounce(Shards* shards, int hops) {
    if (hops == 0)
        co_return 0;
    const std::function<Task<int>()> next = [shards, hops] { return bounce(shards, hops - 1); };
    Shard& there = (*shards)[static_cast<std::size_t>(hops) % shards->size()];
    const int further = co_await run_on(there, next);
    co_return further + 1;
}

TEST_F(RunOnTest, work_may_hop_on_to_other_shards) {
    EXPECT_EQ(run_task(context, bounce(&shards, 50)), 50);
}

TEST(RunOnEndTest, shards_that_wait_for_each_other_are_dismantled_with_what_is_in_flight) {
    std::array<std::atomic<bool>, 2> ended{};
    std::latch under_way(2);
    auto shards = std::make_unique<Shards>(2);
    shards->start();
    for (const std::size_t from : {0U, 1U}) {
        const std::function<Task<int>()> work = [&, from] {
            under_way.count_down();
            return wait_for_ever(&ended[from]);
        };
        boost::asio::co_spawn((*shards)[from].context(), run_on((*shards)[1 - from], work),
                              [](std::exception_ptr, int) {});
    }
    under_way.wait();

    shards.reset();

    EXPECT_TRUE(ended[0]);
    EXPECT_TRUE(ended[1]);
}

}  // namespace
}  // namespace evergrant::async
