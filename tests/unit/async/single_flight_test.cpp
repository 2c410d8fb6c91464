#include "async/single_flight.h"

#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <list>
#include <stdexcept>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

using Flights = SingleFlight<std::string, std::string>;

/// Work that ends when the test says so.
class HeldWork {
public:
    explicit HeldWork(boost::asio::io_context& context)
        : released_(context, boost::asio::steady_timer::time_point::max()) {}

    Flights::Work work() {
        return [this] { return run(); };
    }
    void release() { released_.expires_at(boost::asio::steady_timer::time_point::min()); }
    [[nodiscard]] int calls() const { return calls_; }

private:
    Task<std::string> run() {
        ++calls_;
        constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
        const auto woken = co_await released_.async_wait(no_throw);
        static_cast<void>(woken);
        co_return "token";
    }

    boost::asio::steady_timer released_;
    int calls_{0};
};

Task<std::string> answer_at_once() {
    co_return "token";
}

Task<std::string> break_down() {
    co_await sleep_for(0ms);
    throw std::runtime_error("invalid_grant");
}

class SingleFlightTest : public ::testing::Test {
protected:
    struct Outcome {
        std::optional<std::string> value;
        std::exception_ptr thrown;
        bool ended{false};
    };

    void start(Outcome& outcome, const std::string& key, Flights::Work work) {
        boost::asio::co_spawn(shard.context(), flights.run(key, std::move(work)),
                              [&outcome](std::exception_ptr thrown, std::optional<std::string> value) {
                                  outcome = {.value = std::move(value), .thrown = thrown, .ended = true};
                              });
    }

    Shard shard{0};
    Flights flights{shard, "flight"};
    HeldWork held{shard.context()};
};

TEST_F(SingleFlightTest, many_callers_of_one_key_share_one_call) {
    std::array<Outcome, 5> outcomes;
    for (Outcome& outcome : outcomes)
        start(outcome, "key", held.work());
    shard.context().poll();
    const bool under_way = flights.under_way("key");

    held.release();
    shard.context().run();

    EXPECT_TRUE(under_way);
    EXPECT_EQ(held.calls(), 1);
    for (const Outcome& outcome : outcomes)
        EXPECT_EQ(outcome.value, "token");
}

TEST_F(SingleFlightTest, other_keys_fly_on_their_own) {
    Outcome one;
    Outcome other;
    start(one, "one", held.work());
    start(other, "other", held.work());
    shard.context().poll();

    held.release();
    shard.context().run();

    EXPECT_EQ(held.calls(), 2);
}

TEST_F(SingleFlightTest, work_that_never_waits_lands_before_its_starter_looks) {
    Outcome outcome;
    start(outcome, "key", [] { return answer_at_once(); });

    shard.context().run();

    EXPECT_EQ(outcome.value, "token");
    EXPECT_FALSE(flights.under_way("key"));
}

TEST_F(SingleFlightTest, a_caller_after_the_landing_starts_anew) {
    Outcome first;
    Outcome second;
    held.release();
    start(first, "key", held.work());
    shard.context().run();
    shard.context().restart();

    start(second, "key", held.work());
    shard.context().run();

    EXPECT_EQ(held.calls(), 2);
}

TEST_F(SingleFlightTest, an_exception_reaches_every_caller_and_the_next_starts_anew) {
    std::array<Outcome, 3> outcomes;
    for (Outcome& outcome : outcomes)
        start(outcome, "key", [] { return break_down(); });

    shard.context().run();

    for (const Outcome& outcome : outcomes) {
        ASSERT_TRUE(outcome.thrown);
        EXPECT_THROW(std::rethrow_exception(outcome.thrown), std::runtime_error);
    }
    EXPECT_FALSE(flights.under_way("key"));
}

TEST_F(SingleFlightTest, the_flight_goes_on_when_the_caller_who_began_it_leaves) {
    boost::asio::cancellation_signal leave;
    std::exception_ptr thrown;
    Outcome stays;
    boost::asio::co_spawn(
        shard.context(), flights.run("key", held.work()),
        boost::asio::bind_cancellation_slot(leave.slot(), [&](std::exception_ptr failure, auto) { thrown = failure; }));
    start(stays, "key", held.work());
    shard.context().poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    shard.context().poll();
    const bool left_at_once = thrown != nullptr;
    held.release();
    shard.context().run();

    EXPECT_TRUE(left_at_once);
    EXPECT_EQ(stays.value, "token");
    EXPECT_EQ(held.calls(), 1);
}

TEST_F(SingleFlightTest, a_closed_shard_starts_no_flight) {
    static_cast<void>(run_task(shard.context(), shard.drain(Deadline::never())));

    const auto value = run_task(shard.context(), flights.run("key", held.work()));

    EXPECT_FALSE(value.has_value());
    EXPECT_EQ(held.calls(), 0);
    EXPECT_FALSE(flights.under_way("key"));
}

TEST_F(SingleFlightTest, a_closing_shard_lets_others_join_the_flight_under_way) {
    Outcome first;
    Outcome joined;
    start(first, "key", held.work());
    shard.context().poll();
    bool drained = false;
    boost::asio::co_spawn(shard.context(), shard.drain(Deadline::never()),
                          [&](std::exception_ptr, bool empty) { drained = empty; });
    shard.context().poll();

    start(joined, "key", held.work());
    shard.context().poll();
    held.release();
    shard.context().run();

    EXPECT_EQ(joined.value, "token");
    EXPECT_EQ(held.calls(), 1);
    EXPECT_TRUE(drained);
}

Task<std::string> wait_for_ever() {
    co_await sleep_for(24h);
    co_return "never";
}

TEST_F(SingleFlightTest, a_flight_cut_short_by_a_closing_shard_gives_nothing) {
    Outcome outcome;
    start(outcome, "key", [] { return wait_for_ever(); });
    shard.context().poll();

    const bool drained = run_task(shard.context(), shard.drain(Deadline::after(1ms)));
    shard.context().restart();
    shard.context().run();

    EXPECT_TRUE(drained);
    EXPECT_TRUE(outcome.ended);
    EXPECT_FALSE(outcome.thrown);
    EXPECT_FALSE(outcome.value.has_value());
}

/// 400 callers on 4 shards ask for 4 keys at their home shard; each tenth leaves while the work is under way.
class Crowd {
public:
    static constexpr int callers = 400;
    static constexpr int keys = 4;

    explicit Crowd(Shards& shards) : shards_(shards), flights_(shards[0], "crowd") {}

    void start() {
        for (int i = 0; i < callers; ++i)
            start_caller(i);
        joined_.wait();
        for (const auto& leaving : leaving_)
            boost::asio::post(leaving.home->context(),
                              [signal = leaving.signal] { signal->emit(boost::asio::cancellation_type::terminal); });
        left_.wait();
        boost::asio::post(shards_[0].context(),
                          [this] { release_.expires_at(boost::asio::steady_timer::time_point::min()); });
        ended_.wait();
    }

    std::atomic<int> calls{0};
    std::atomic<int> served{0};
    std::atomic<int> failed{0};
    std::atomic<int> cancelled{0};
    std::atomic<int> wrong{0};

private:
    struct Leaving {
        Shard* home;
        boost::asio::cancellation_signal* signal;
    };

    void start_caller(int number) {
        Shard& home = shards_[static_cast<std::size_t>(number / keys) % shards_.size()];
        const std::string key = "key-" + std::to_string(number % keys);
        boost::asio::cancellation_signal& signal = signals_.emplace_back();
        const bool leaves = number % 10 == 0;
        if (leaves)
            leaving_.push_back({.home = &home, .signal = &signal});
        auto finished = [this, leaves, key](std::exception_ptr thrown, std::optional<std::string> value) {
            count(thrown, value, key);
            if (leaves)
                left_.count_down();
            ended_.count_down();
        };
        auto begin = [this, &home, key, slot = signal.slot(), finished = std::move(finished)]() mutable {
            boost::asio::co_spawn(home.context(), ask(key),
                                  boost::asio::bind_cancellation_slot(slot, std::move(finished)));
        };
        boost::asio::post(home.context(), std::move(begin));
    }

    void count(std::exception_ptr thrown, const std::optional<std::string>& value, const std::string& key) {
        if (!thrown) {
            ++(value == key ? served : wrong);
            return;
        }
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error&) {
            ++cancelled;
        } catch (const std::runtime_error&) {
            ++failed;
        }
    }

    Task<std::optional<std::string>> ask(std::string key) {
        const std::function<Task<std::optional<std::string>>()> join = [this, key] {
            joined_.count_down();
            return flights_.run(key, [this, key] { return refresh(key); });
        };
        co_return co_await run_on(shards_[0], join);
    }

    Task<std::string> refresh(std::string key) {
        ++calls;
        constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
        const auto woken = co_await release_.async_wait(no_throw);
        static_cast<void>(woken);
        if (key == "key-3")
            throw std::runtime_error("invalid_grant");
        co_return key;
    }

    Shards& shards_;
    Flights flights_;
    boost::asio::steady_timer release_{shards_[0].context(), boost::asio::steady_timer::time_point::max()};
    std::list<boost::asio::cancellation_signal> signals_;
    std::vector<Leaving> leaving_;
    std::latch joined_{callers};
    std::latch left_{callers / 10};
    std::latch ended_{callers};
};

TEST(SingleFlightOverShardsTest, four_hundred_callers_of_four_keys_cost_four_calls_though_forty_leave) {
    Shards shards(4);
    shards.start();
    Crowd crowd(shards);

    crowd.start();
    shards.stop(Deadline::never());

    EXPECT_EQ(crowd.calls, 4);
    EXPECT_EQ(crowd.cancelled, 40);
    EXPECT_EQ(crowd.served + crowd.failed, 360);
    EXPECT_EQ(crowd.failed, 100);  // key-3, whose callers have odd numbers, none of which leaves
    EXPECT_EQ(crowd.wrong, 0);
}

}  // namespace
}  // namespace evergrant::async
