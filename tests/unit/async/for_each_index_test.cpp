#include "async/for_each_index.h"

#include "async/sleep.h"
#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace evergrant::async {

namespace {

struct Seen {
    std::vector<std::size_t> indices;
    std::size_t under_way{0};
    std::size_t most_under_way{0};
};

Task<void> note(Seen* seen, std::size_t index) {
    seen->most_under_way = std::max(seen->most_under_way, ++seen->under_way);
    co_await sleep_for(std::chrono::milliseconds(1));
    seen->indices.push_back(index);
    --seen->under_way;
}

Task<void> fail_at_three(std::size_t index) {
    co_await sleep_for(std::chrono::milliseconds(1));
    if (index == 3)
        throw std::runtime_error("three");
}

Task<bool> run(std::size_t count, std::function<Task<void>(std::size_t)> work) {
    co_await for_each_index(count, std::move(work));
    co_return true;
}

}  // namespace

TEST(ForEachIndexTest, calls_the_work_once_for_each_index) {
    Seen seen;

    evergrant::testing::run_task(run(50, [&](std::size_t index) { return note(&seen, index); }));

    std::ranges::sort(seen.indices);
    ASSERT_EQ(seen.indices.size(), 50U);
    EXPECT_EQ(seen.indices.front(), 0U);
    EXPECT_EQ(seen.indices.back(), 49U);
}

TEST(ForEachIndexTest, has_at_most_eight_under_way) {
    Seen seen;

    evergrant::testing::run_task(run(50, [&](std::size_t index) { return note(&seen, index); }));

    EXPECT_EQ(seen.most_under_way, 8U);
}

TEST(ForEachIndexTest, of_nothing_ends_at_once) {
    Seen seen;

    EXPECT_TRUE(evergrant::testing::run_task(run(0, [&](std::size_t index) { return note(&seen, index); })));
    EXPECT_TRUE(seen.indices.empty());
}

TEST(ForEachIndexTest, hands_the_first_exception_to_the_caller) {
    EXPECT_THROW(evergrant::testing::run_task(run(10, fail_at_three)), std::runtime_error);
}

}  // namespace evergrant::async
