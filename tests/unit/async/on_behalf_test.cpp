#include "async/on_behalf.h"

#include "async/shard.h"
#include "async/single_flight.h"
#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>

#include <optional>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const LogContext> request(const std::string& id) {
    return std::make_shared<const LogContext>(id, "");
}

std::string request_here() {
    const auto context = LogScope::current();
    return context ? context->request_id : "";
}

/// For whom each of some steps runs, with a wait before each.
Task<std::string> steps(int count) {
    std::string seen;
    for (int step = 0; step < count; ++step) {
        seen += request_here() + " ";
        co_await sleep_for(1ms);
    }
    co_return seen;
}

/// Runs it to its end for this request.
template <class T>
class Spawned {
public:
    Spawned(boost::asio::io_context& context, std::shared_ptr<const LogContext> whom, Task<T> task) {
        boost::asio::co_spawn(on_behalf_of(std::move(whom), context.get_executor()), std::move(task),
                              [this](std::exception_ptr, T value) { value_ = std::move(value); });
    }
    [[nodiscard]] const T& value() const { return value_.value(); }

private:
    std::optional<T> value_;
};

TEST(OnBehalfTest, a_coroutine_is_at_work_for_its_request_after_each_wait) {
    boost::asio::io_context context(1);
    const Spawned<std::string> one(context, request("one"), steps(3));

    context.run();

    EXPECT_EQ(one.value(), "one one one ");
}

TEST(OnBehalfTest, coroutines_that_take_turns_on_a_thread_are_each_at_work_for_their_own) {
    boost::asio::io_context context(1);
    const Spawned<std::string> one(context, request("one"), steps(3));
    const Spawned<std::string> nobody(context, nullptr, steps(3));
    const Spawned<std::string> other(context, request("other"), steps(3));

    context.run();

    EXPECT_EQ(one.value(), "one one one ");
    EXPECT_EQ(nobody.value(), "   ");
    EXPECT_EQ(other.value(), "other other other ");
}

TEST(OnBehalfTest, nothing_is_left_on_the_thread) {
    boost::asio::io_context context(1);
    const Spawned<std::string> one(context, request("one"), steps(2));

    context.run();

    EXPECT_EQ(LogScope::current(), nullptr);
}

Task<std::string> within_a_deadline() {
    const auto call = []() -> Task<Result<std::string>> {
        co_await sleep_for(1ms);
        co_return request_here();
    };
    auto calling = call();
    const auto answered = co_await within(Deadline::after(10s), std::move(calling));
    co_return answered.value_or("no answer") + " " + request_here();
}

TEST(OnBehalfTest, so_is_what_runs_within_a_deadline) {
    boost::asio::io_context context(1);
    const Spawned<std::string> one(context, request("one"), within_a_deadline());

    context.run();

    EXPECT_EQ(one.value(), "one one");
}

Task<std::string> on_another(Shard* shard) {
    std::function<Task<std::string>()> work = [] { return steps(2); };
    std::string there = co_await run_on(*shard, std::move(work));
    co_return there + request_here();
}

TEST(OnBehalfTest, so_is_what_runs_on_another_shard_and_who_comes_back_from_it) {
    boost::asio::io_context context(1);
    Shards shards(1);
    shards.start();
    const Spawned<std::string> one(context, request("one"), on_another(&shards[0]));

    context.run();

    EXPECT_EQ(one.value(), "one one one");
}

Task<std::string> joined(SingleFlight<int, std::string>* flights, std::chrono::milliseconds pause) {
    co_await sleep_for(pause);
    std::function<Task<std::string>()> work = [] { return steps(20); };
    const auto value = co_await flights->run(1, std::move(work));
    co_return value.value_or("") + request_here();
}

TEST(OnBehalfTest, a_flight_is_at_work_for_who_began_it_and_each_who_joins_goes_on_for_its_own) {
    Shard shard(0);
    SingleFlight<int, std::string> flights(shard, "flight");
    const Spawned<std::string> first(shard.context(), request("first"), joined(&flights, 0ms));
    const Spawned<std::string> second(shard.context(), request("second"), joined(&flights, 3ms));

    shard.context().run();

    EXPECT_TRUE(first.value().starts_with("first first ") && first.value().ends_with(" first"));
    EXPECT_TRUE(second.value().starts_with("first first ") && second.value().ends_with(" second"));
}

}  // namespace
}  // namespace evergrant::async
