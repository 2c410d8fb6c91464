#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace evergrant {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(MetricsTest, one_name_and_labels_are_one_handle) {
    Metrics metrics;

    Counter& first = metrics.counter("evergrant_reads_total", "Reads.", {{"result", "hit"}});
    Counter& same = metrics.counter("evergrant_reads_total", "Reads.", {{"result", "hit"}});
    Counter& other = metrics.counter("evergrant_reads_total", "Reads.", {{"result", "miss"}});

    EXPECT_EQ(&first, &same);
    EXPECT_NE(&first, &other);
}

TEST(MetricsTest, a_counter_is_rendered_with_help_type_and_labels) {
    Metrics metrics;
    metrics.counter("evergrant_reads_total", "Reads.", {{"result", "hit"}}).increment(3);

    EXPECT_THAT(metrics.render(), HasSubstr("# HELP evergrant_reads_total Reads.\n"
                                            "# TYPE evergrant_reads_total counter\n"
                                            "evergrant_reads_total{result=\"hit\"} 3\n"));
}

TEST(MetricsTest, a_counter_loses_no_increment_of_any_thread) {
    constexpr int threads = 20;  // more than it has cells
    constexpr std::uint64_t increments = 10'000;
    Metrics metrics;
    Counter& counter = metrics.counter("evergrant_reads_total", "Reads.");

    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < threads; ++i)
            writers.emplace_back([&counter] {
                for (std::uint64_t j = 0; j < increments; ++j)
                    counter.increment();
            });
    }

    EXPECT_EQ(counter.value(), threads * increments);
}

TEST(MetricsTest, a_counter_beyond_a_million_is_rendered_to_the_last_digit) {
    Metrics metrics;
    metrics.counter("evergrant_reads_total", "Reads.").increment(123'456'789'012);

    EXPECT_THAT(metrics.render(), HasSubstr("evergrant_reads_total 123456789012\n"));
}

TEST(MetricsTest, a_gauge_shows_what_it_was_set_to_last) {
    Metrics metrics;
    Gauge& gauge = metrics.gauge("evergrant_connections", "Connections.");

    gauge.set(7);
    gauge.set(2.5);

    EXPECT_EQ(gauge.value(), 2.5);
    EXPECT_THAT(metrics.render(), HasSubstr("# TYPE evergrant_connections gauge\nevergrant_connections 2.5\n"));
}

TEST(MetricsTest, a_histogram_counts_cumulatively_with_inclusive_bounds) {
    Metrics metrics;
    Histogram& histogram = metrics.histogram("evergrant_request_seconds", "Time.");

    for (const double seconds : {0.0001, 0.001, 0.002, 59.0, 61.0})
        histogram.observe(seconds);

    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_bucket{le=\"0.001\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_bucket{le=\"0.0025\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_bucket{le=\"30\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_bucket{le=\"60\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_bucket{le=\"+Inf\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("evergrant_request_seconds_count 5\n"));
    EXPECT_THAT(text, ContainsRegex("evergrant_request_seconds_sum 120\\.003"));
}

TEST(MetricsTest, a_histogram_loses_no_observation_of_any_thread) {
    Metrics metrics;
    Histogram& histogram = metrics.histogram("evergrant_request_seconds", "Time.");

    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i)
            writers.emplace_back([&histogram] {
                for (int j = 0; j < 5'000; ++j)
                    histogram.observe(0.5);
            });
    }

    EXPECT_THAT(metrics.render(), HasSubstr("evergrant_request_seconds_sum 10000\n"));
}

TEST(MetricsTest, label_values_are_escaped) {
    Metrics metrics;
    metrics.counter("evergrant_reads_total", "Reads.", {{"provider", "a\"b\\c\nd"}}).increment();

    EXPECT_THAT(metrics.render(), HasSubstr(R"(evergrant_reads_total{provider="a\"b\\c\nd"} 1)"));
}

TEST(MetricsTest, a_wrong_name_or_a_name_of_two_types_is_a_bug) {
    Metrics metrics;
    static_cast<void>(metrics.counter("evergrant_reads_total", "Reads."));

    EXPECT_THROW(static_cast<void>(metrics.gauge("evergrant_reads_total", "Reads.")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(metrics.counter("evergrant-reads", "Reads.")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(metrics.counter("evergrant_x", "X.", {{"a-b", "c"}})), std::invalid_argument);
}

TEST(MetricsTest, metrics_may_be_asked_for_while_others_are_rendered) {
    Metrics metrics;
    std::jthread reader([&metrics] {
        for (int i = 0; i < 50; ++i)
            EXPECT_THAT(metrics.render(), Not(testing::IsEmpty()));
    });

    for (int i = 0; i < 200; ++i)
        metrics.counter("evergrant_reads_total", "Reads.", {{"n", std::to_string(i)}}).increment();
    reader.join();

    EXPECT_THAT(metrics.render(), HasSubstr("{n=\"199\"} 1"));
}

TEST(MetricsTest, the_process_figures_are_there_and_plausible) {
    const std::string text = Metrics().render();

    EXPECT_THAT(text, ContainsRegex("\nprocess_resident_memory_bytes [1-9][0-9.e+]+\n"));
    EXPECT_THAT(text, ContainsRegex("\nprocess_cpu_seconds_total [0-9]"));
    EXPECT_THAT(text, ContainsRegex("\nprocess_open_fds [1-9]"));
    EXPECT_THAT(text, ContainsRegex("\nprocess_start_time_seconds [1-9][0-9.e+]+\n"));
}

}  // namespace
}  // namespace evergrant
