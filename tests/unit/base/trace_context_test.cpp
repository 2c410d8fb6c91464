#include "base/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace evergrant {
namespace {

// The example of W3C Trace Context, 3.2.
const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContextTest, the_trace_id_is_read) {
    EXPECT_EQ(TraceContext::parse(example)->trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceContextTest, a_child_is_of_the_same_trace_with_the_same_flags_and_another_span) {
    const std::string child = TraceContext::parse(example)->header_of_a_child();

    EXPECT_EQ(child.substr(0, 36), example.substr(0, 36));
    EXPECT_NE(child.substr(36, 16), example.substr(36, 16));
    EXPECT_EQ(child.substr(52), "-01");
    EXPECT_TRUE(TraceContext::parse(child));
}

TEST(TraceContextTest, two_children_have_different_spans) {
    const auto trace = TraceContext::parse(example);

    EXPECT_NE(trace->header_of_a_child(), trace->header_of_a_child());
}

TEST(TraceContextTest, what_a_later_version_adds_is_left_out) {
    const std::string later = "01" + example.substr(2) + "-more";

    EXPECT_EQ(TraceContext::parse(later)->header_of_a_child().size(), example.size());
}

class MalformedTraceTest : public ::testing::TestWithParam<std::string> {};

TEST_P(MalformedTraceTest, is_no_trace) {
    EXPECT_FALSE(TraceContext::parse(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(headers, MalformedTraceTest,
                         ::testing::Values("", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                                           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
                                           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));

}  // namespace
}  // namespace evergrant
