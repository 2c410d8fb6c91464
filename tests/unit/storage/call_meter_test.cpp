#include "storage/call_meter.h"

#include "run_task.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <string>

namespace evergrant::storage {
namespace {

async::Task<Result<int>> answering(Result<int> answer) {
    co_return answer;
}

/// What a scrape says of `name`, without its labels; empty: it is not there.
std::string scraped(const Metrics& metrics, const std::string& name) {
    const std::string text = metrics.render();
    const auto at = text.find("\n" + name + "{");
    if (at == std::string::npos)
        return {};
    const auto value = text.find("} ", at) + 2;
    return text.substr(value, text.find('\n', value) - value);
}

class CallMeterTest : public ::testing::Test {
protected:
    Result<int> measured(Result<int> answer) {
        return evergrant::testing::run_task(context_, meter_.measured(answering(std::move(answer))));
    }

    boost::asio::io_context context_{1};
    Metrics metrics_;
    CallMeter meter_{metrics_, "sqlite", "read"};
};

TEST_F(CallMeterTest, a_call_comes_back_as_it_was_and_its_time_is_told) {
    EXPECT_EQ(measured(42), 42);

    EXPECT_EQ(scraped(metrics_, "evergrant_store_call_duration_seconds_count"), "1");
    EXPECT_EQ(scraped(metrics_, "evergrant_store_calls_failed_total"), "0");
}

TEST_F(CallMeterTest, a_call_that_has_ended_is_under_way_no_more) {
    measured(42).value();

    EXPECT_EQ(scraped(metrics_, "evergrant_store_calls_under_way"), "0");
}

TEST_F(CallMeterTest, a_store_that_is_away_is_counted) {
    EXPECT_FALSE(measured(failure(Errc::store_unavailable, "Away.")));

    EXPECT_EQ(scraped(metrics_, "evergrant_store_calls_failed_total"), "1");
}

TEST_F(CallMeterTest, an_answer_that_says_no_is_an_answer) {
    EXPECT_FALSE(measured(failure(Errc::no_connection, "None.")));

    EXPECT_EQ(scraped(metrics_, "evergrant_store_calls_failed_total"), "0");
}

TEST_F(CallMeterTest, without_metrics_nothing_is_measured) {
    const CallMeter none;

    EXPECT_EQ(evergrant::testing::run_task(context_, none.measured(answering(42))), 42);
}

}  // namespace
}  // namespace evergrant::storage
