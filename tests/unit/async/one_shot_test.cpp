#include "async/one_shot.h"

#include "async/deadline.h"
#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <thread>

namespace evergrant::async {
namespace {

using testing::run_task;

TEST(OneShotTest, a_value_sent_before_anyone_waits_is_kept) {
    boost::asio::io_context context(1);
    const OneShot<std::string> slot(context.get_executor());
    slot.send("early");

    EXPECT_EQ(run_task(context, slot.receive()), "early");
}

TEST(OneShotTest, a_value_crosses_from_another_thread) {
    boost::asio::io_context context(1);
    const OneShot<std::unique_ptr<int>> slot(context.get_executor());
    std::jthread sender([slot] { slot.send(std::make_unique<int>(42)); });

    const std::unique_ptr<int> received = run_task(context, slot.receive());

    ASSERT_TRUE(received);
    EXPECT_EQ(*received, 42);
}

TEST(OneShotTest, many_values_cross_each_to_its_own_receiver) {
    constexpr int pairs = 500;
    boost::asio::io_context context(1);
    std::vector<OneShot<int>> slots;
    for (int i = 0; i < pairs; ++i)
        slots.emplace_back(context.get_executor());
    std::vector<int> received(pairs, -1);
    for (std::size_t i = 0; i < slots.size(); ++i)
        boost::asio::co_spawn(context, slots[i].receive(),
                              [&received, i](std::exception_ptr, int value) { received[i] = value; });

    const auto send_every_second = [&slots](std::size_t first) {
        for (std::size_t i = first; i < slots.size(); i += 2)
            slots[i].send(static_cast<int>(i));
    };
    std::jthread even(send_every_second, 0);
    std::jthread odd(send_every_second, 1);
    context.run();

    for (int i = 0; i < pairs; ++i)
        EXPECT_EQ(received[static_cast<std::size_t>(i)], i);
}

TEST(OneShotTest, a_receiver_that_is_cancelled_throws_and_the_value_goes_unread) {
    boost::asio::io_context context(1);
    const OneShot<int> slot(context.get_executor());
    boost::asio::cancellation_signal leave;
    std::exception_ptr thrown;
    boost::asio::co_spawn(
        context, slot.receive(),
        boost::asio::bind_cancellation_slot(leave.slot(), [&](std::exception_ptr failure, int) { thrown = failure; }));
    context.poll();

    leave.emit(boost::asio::cancellation_type::terminal);
    context.poll();
    slot.send(1);
    context.run();

    ASSERT_TRUE(thrown);
    EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

}  // namespace
}  // namespace evergrant::async
