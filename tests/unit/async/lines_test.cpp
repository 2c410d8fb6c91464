#include "async/lines.h"

#include "run_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

namespace evergrant::async {

namespace {

class LinesTest : public ::testing::Test {
protected:
    /// Starts somebody who comes for `key`; what comes of it stands in `events_`.
    void comes(const std::string& who, const std::string& key = "a", Deadline deadline = Deadline::never()) {
        boost::asio::co_spawn(
            context_, go(who, key, deadline),
            boost::asio::bind_cancellation_slot(signals_.emplace_back().slot(), boost::asio::detached));
        context_.restart();
        context_.poll();
    }
    void leaves() {
        passes_.erase(passes_.begin());
        context_.restart();
        context_.poll();
    }

    Task<void> go(std::string who, std::string key, Deadline deadline) {
        auto pass = co_await lines_.enter(key, deadline);
        events_.push_back(who + (pass ? " goes" : " is turned away"));
        if (pass)
            passes_.push_back(std::move(*pass));
    }

    boost::asio::io_context context_{1};
    std::list<boost::asio::cancellation_signal> signals_;  // of each who came
    Lines lines_{2};
    std::vector<Lines::Pass> passes_;
    std::vector<std::string> events_;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_F(LinesTest, one_goes_at_a_time_in_the_order_they_came) {
    comes("one");
    comes("two");
    comes("three");
    EXPECT_EQ(events_, Events{"one goes"});

    leaves();
    EXPECT_EQ(events_, (Events{"one goes", "two goes"}));
    leaves();
    EXPECT_EQ(events_, (Events{"one goes", "two goes", "three goes"}));
}

TEST_F(LinesTest, those_who_come_for_other_keys_do_not_wait) {
    comes("one", "a");
    comes("two", "b");

    EXPECT_EQ(events_, (Events{"one goes", "two goes"}));
}

TEST_F(LinesTest, who_comes_after_everybody_has_left_goes_at_once) {
    comes("one");
    leaves();

    comes("two");

    EXPECT_EQ(events_, (Events{"one goes", "two goes"}));
}

TEST_F(LinesTest, a_full_line_turns_away) {
    comes("one");
    comes("two");
    comes("three");
    comes("four");

    EXPECT_EQ(events_, (Events{"one goes", "four is turned away"}));
}

TEST_F(LinesTest, whose_deadline_passes_leaves_the_line) {
    comes("one");
    comes("two", "a", Deadline(Deadline::clock::now()));
    context_.restart();
    context_.run();
    comes("three");

    leaves();

    EXPECT_EQ(events_, (Events{"one goes", "two is turned away", "three goes"}));
}

TEST_F(LinesTest, who_is_cancelled_gives_the_place_up) {
    comes("one");
    comes("two");
    signals_.back().emit(boost::asio::cancellation_type::terminal);
    context_.restart();
    context_.poll();
    comes("three");

    leaves();

    EXPECT_EQ(events_, (Events{"one goes", "three goes"}));
}

TEST_F(LinesTest, a_pass_outlives_the_lines) {
    Lines::Pass pass;
    {
        Lines lines;
        auto entered = evergrant::testing::run_task(lines.enter("a", Deadline::never()));
        pass = std::move(*entered);
    }
    pass = Lines::Pass();
}

}  // namespace evergrant::async
