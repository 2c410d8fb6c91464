#include "async/gate.h"

#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace evergrant::async {
namespace {

using namespace std::chrono_literals;
using testing::run_task;

class GateTest : public ::testing::Test {
protected:
    boost::asio::io_context context{1};
    Gate gate{context.get_executor()};
};

TEST_F(GateTest, a_closed_gate_lets_nobody_in) {
    gate.close();

    EXPECT_FALSE(gate.enter().has_value());
    EXPECT_EQ(gate.inside(), 0U);
}

TEST_F(GateTest, a_pass_counts_until_it_is_gone) {
    auto first = gate.enter();
    const auto second = gate.enter();
    ASSERT_TRUE(first.has_value());

    const auto with_both = gate.inside();
    first.reset();

    EXPECT_EQ(with_both, 2U);
    EXPECT_EQ(gate.inside(), 1U);
}

TEST_F(GateTest, a_pass_moved_counts_once) {
    auto pass = gate.enter();
    ASSERT_TRUE(pass.has_value());

    {
        const Gate::Pass moved = std::move(*pass);
        pass.reset();
        EXPECT_EQ(gate.inside(), 1U);
    }

    EXPECT_EQ(gate.inside(), 0U);
}

TEST_F(GateTest, waiting_on_an_empty_gate_ends_at_once) {
    gate.close();

    EXPECT_TRUE(run_task(context, gate.wait_until_empty(Deadline::never())));
}

TEST_F(GateTest, waiting_ends_when_the_last_one_leaves) {
    auto pass = gate.enter();
    gate.close();
    boost::asio::post(context, [&] { pass.reset(); });

    EXPECT_TRUE(run_task(context, gate.wait_until_empty(Deadline::never())));
}

TEST_F(GateTest, waiting_ends_at_the_deadline_while_someone_stays) {
    const auto pass = gate.enter();
    gate.close();

    EXPECT_FALSE(run_task(context, gate.wait_until_empty(Deadline::after(1ms))));
    EXPECT_EQ(gate.inside(), 1U);
}

TEST_F(GateTest, one_can_wait_again_after_the_deadline) {
    auto pass = gate.enter();
    gate.close();
    const bool first = run_task(context, gate.wait_until_empty(Deadline::after(1ms)));
    boost::asio::post(context, [&] { pass.reset(); });

    const bool second = run_task(context, gate.wait_until_empty(Deadline::never()));

    EXPECT_FALSE(first);
    EXPECT_TRUE(second);
}

}  // namespace
}  // namespace evergrant::async
