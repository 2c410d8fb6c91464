#include "async/shard.h"

#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <pthread.h>
#include <atomic>
#include <latch>
#include <stdexcept>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

/// Starts work on a shard from the test's thread, as the shard itself would.
void spawn_on(Shard& shard, std::string name, std::function<Task<void>()> work) {
    boost::asio::post(shard.context(), [&shard, name, work] { shard.spawn(name, work); });
}

Task<void> wait_for_ever(std::shared_ptr<std::atomic<bool>> ended) {
    const std::shared_ptr<void> note(nullptr, [ended](void*) { *ended = true; });
    co_await sleep_for(24h);
}

Task<void> count(std::atomic<int>* counter) {
    co_await sleep_for(0ms);
    ++*counter;
}

Task<void> break_down() {
    co_await sleep_for(0ms);
    throw std::runtime_error("broken");
}

Task<void> throw_a_number() {
    co_await sleep_for(0ms);
    throw 42;
}

Task<void> ignore_cancellation(std::latch* may_end) {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    while (!may_end->try_wait())
        co_await sleep_for(1ms);
}

TEST(ShardTest, spawned_work_is_counted_until_it_ends) {
    Shard shard(0);
    std::atomic<int> done{0};
    shard.spawn("count", [&] { return count(&done); });

    const auto under_way = shard.work_under_way();
    shard.context().run();

    EXPECT_EQ(under_way, 1U);
    EXPECT_EQ(done, 1);
    EXPECT_EQ(shard.work_under_way(), 0U);
}

TEST(ShardTest, an_exception_ends_only_the_work_that_threw_it) {
    Shard shard(0);
    std::atomic<int> done{0};
    shard.spawn("break_down", [] { return break_down(); });
    shard.spawn("throw_a_number", [] { return throw_a_number(); });
    shard.spawn("count", [&] { return count(&done); });

    shard.context().run();

    EXPECT_EQ(done, 1);
    EXPECT_EQ(shard.work_under_way(), 0U);
}

TEST(ShardTest, the_failure_of_background_work_is_logged_under_its_name) {
    Shard shard(0);
    shard.spawn("refresh-loop", [] { return break_down(); });

    ::testing::internal::CaptureStderr();
    shard.context().run();
    const std::string logged = ::testing::internal::GetCapturedStderr();

    EXPECT_NE(logged.find(R"("event":"background_work_failed","name":"refresh-loop","error":"broken")"),
              std::string::npos)
        << logged;
}

TEST(ShardTest, draining_an_idle_shard_succeeds_and_closes_it) {
    Shard shard(0);
    std::atomic<int> done{0};

    const bool empty = run_task(shard.context(), shard.drain(Deadline::never()));
    const bool accepted = shard.spawn("late", [&] { return count(&done); });

    EXPECT_TRUE(empty);
    EXPECT_TRUE(shard.closing());
    EXPECT_FALSE(accepted);
}

TEST(ShardTest, draining_waits_for_work_that_ends_by_itself) {
    Shard shard(0);
    std::atomic<int> done{0};
    for (int i = 0; i < 10; ++i)
        shard.spawn("count", [&] { return count(&done); });

    const bool empty = run_task(shard.context(), shard.drain(Deadline::never()));

    EXPECT_TRUE(empty);
    EXPECT_EQ(done, 10);
}

TEST(ShardTest, draining_cancels_what_outlasts_the_deadline_and_waits_for_its_end) {
    Shard shard(0);
    const auto first_ended = std::make_shared<std::atomic<bool>>(false);
    const auto second_ended = std::make_shared<std::atomic<bool>>(false);
    shard.spawn("first", [=] { return wait_for_ever(first_ended); });
    shard.spawn("second", [=] { return wait_for_ever(second_ended); });

    const bool empty = run_task(shard.context(), shard.drain(Deadline::after(1ms)));

    EXPECT_TRUE(empty);
    EXPECT_TRUE(*first_ended);
    EXPECT_TRUE(*second_ended);
}

Task<void> spawn_another(Shard* shard, std::atomic<int>* done) {
    auto next = [done] { return count(done); };
    shard->spawn("another", next);
    co_return;
}

TEST(ShardTest, work_may_start_more_work) {
    Shard shard(0);
    std::atomic<int> done{0};
    shard.spawn("first", [&] { return spawn_another(&shard, &done); });

    shard.context().run();

    EXPECT_EQ(done, 1);
}

TEST(ShardTest, work_that_never_waits_has_run_when_spawn_returns_on_the_shards_thread) {
    Shard shard(0);
    bool ran = false;
    bool ran_at_once = false;
    auto inner = [&]() -> Task<void> {
        return [](bool* flag) -> Task<void> {
            *flag = true;
            co_return;
        }(&ran);
    };
    boost::asio::post(shard.context(), [&] {
        shard.spawn("inner", inner);
        ran_at_once = ran;
    });

    shard.context().run();

    EXPECT_TRUE(ran_at_once);
}

TEST(ShardsTest, each_runs_on_a_thread_of_its_own_that_has_a_name) {
    Shards shards(3);
    std::array<std::string, 3> names;
    std::latch seen(3);
    shards.start();
    for (std::size_t i = 0; i < shards.size(); ++i) {
        boost::asio::post(shards[i].context(), [&, i] {
            std::array<char, 16> name{};
            ::pthread_getname_np(::pthread_self(), name.data(), name.size());
            names[i] = name.data();
            seen.count_down();
        });
    }
    seen.wait();

    shards.stop(Deadline::never());

    EXPECT_EQ(names, (std::array<std::string, 3>{"shard-0", "shard-1", "shard-2"}));
}

TEST(ShardsTest, a_handler_that_throws_is_logged_and_its_shard_goes_on) {
    Shards shards(1);
    std::latch reached(1);
    ::testing::internal::CaptureStderr();
    shards.start();
    boost::asio::post(shards[0].context(), [] { throw std::runtime_error("a bug"); });
    boost::asio::post(shards[0].context(), [&] { reached.count_down(); });
    reached.wait();

    shards.stop(Deadline::never());

    EXPECT_NE(::testing::internal::GetCapturedStderr().find("a bug"), std::string::npos);
}

TEST(ShardsTest, a_hash_has_one_home) {
    Shards shards(4);

    EXPECT_EQ(shards.home_of(5).index(), 1U);
    EXPECT_EQ(&shards.home_of(5), &shards[1]);
}

TEST(ShardsTest, stopping_lets_work_end_on_every_shard) {
    Shards shards(4);
    std::atomic<int> done{0};
    shards.start();
    for (std::size_t i = 0; i < 100; ++i)
        spawn_on(shards[i % 4], "count", [&] { return count(&done); });

    shards.stop(Deadline::never());

    EXPECT_EQ(done, 100);
}

TEST(ShardsTest, stopping_cancels_what_outlasts_the_deadline) {
    Shards shards(2);
    const auto ended = std::make_shared<std::atomic<bool>>(false);
    shards.start();
    spawn_on(shards[1], "endless", [=] { return wait_for_ever(ended); });

    shards.stop(Deadline::after(1ms));

    EXPECT_TRUE(*ended);
}

TEST(ShardsTest, stopping_twice_is_stopping_once) {
    Shards shards(2);
    shards.start();

    shards.stop(Deadline::never());
    shards.stop(Deadline::never());

    EXPECT_TRUE(shards[0].closing());
}

TEST(ShardsTest, shards_that_were_never_started_go_quietly) {
    Shards shards(2);
    const auto ended = std::make_shared<std::atomic<bool>>(false);
    spawn_on(shards[0], "endless", [=] { return wait_for_ever(ended); });

    shards.stop(Deadline::never());

    EXPECT_FALSE(shards[0].closing());
}

TEST(ShardsTest, work_that_ignores_cancellation_does_not_hold_up_the_end_for_ever) {
    std::latch may_end(1);
    std::atomic<int> done{0};
    Shards shards(2);
    shards.start();
    spawn_on(shards[0], "stubborn", [&] { return ignore_cancellation(&may_end); });
    spawn_on(shards[1], "count", [&] { return count(&done); });

    shards.stop(Deadline::after(0ms), 20ms);

    EXPECT_EQ(shards[0].work_under_way(), 1U);
    EXPECT_EQ(shards[1].work_under_way(), 0U);
}

}  // namespace
}  // namespace evergrant::async
