#include "base/log.h"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <regex>
#include <thread>

namespace evergrant {
namespace {

/// What `write` logs, line by line.
template <class Write>
std::vector<std::string> lines_of(Write write) {
    testing::internal::CaptureStderr();
    write();
    std::istringstream output(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(output, line);)
        lines.push_back(line);
    return lines;
}

class LogTest : public testing::Test {
protected:
    ~LogTest() override { set_log_level(LogLevel::info); }
};

TEST_F(LogTest, a_line_bears_the_ids_of_the_request_that_its_thread_is_at_work_for) {
    const auto context = std::make_shared<const LogContext>("request-1", "trace-1");

    const auto lines = lines_of([&] {
        const LogScope scope(context);
        log(LogLevel::info, "inside");
        log(LogLevel::info, "its_own", {{"request_id", "request-2"}});
    });

    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[0].ends_with(R"("event":"inside","request_id":"request-1","trace_id":"trace-1"})")) << lines[0];
    EXPECT_TRUE(lines[1].ends_with(R"("request_id":"request-2","trace_id":"trace-1"})")) << lines[1];
}

TEST_F(LogTest, a_line_outside_any_request_bears_no_ids) {
    const auto lines = lines_of([] {
        { const LogScope scope(std::make_shared<const LogContext>("request-1", "")); }
        log(LogLevel::info, "outside");
    });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with(R"("event":"outside"})")) << lines[0];
}

TEST_F(LogTest, within_a_request_what_belongs_to_none_bears_no_ids) {
    const auto lines = lines_of([] {
        const LogScope outer(std::make_shared<const LogContext>("request-1", ""));
        const LogScope inner(nullptr);
        log(LogLevel::info, "inside");
    });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with(R"("event":"inside"})")) << lines[0];
}

TEST_F(LogTest, a_line_is_one_json_object_with_its_fields_in_order) {
    const auto lines = lines_of(
        [] { log(LogLevel::warning, "refresh_failed", {{"tenant", "acme"}, {"attempt", 3}, {"degraded", true}}); });

    ASSERT_EQ(lines.size(), 1U);
    const std::regex expected(
        R"(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warning","event":"refresh_failed",)"
        R"("tenant":"acme","attempt":3,"degraded":true\})");
    EXPECT_TRUE(std::regex_match(lines[0], expected)) << lines[0];
}

TEST_F(LogTest, a_value_with_quotes_line_ends_and_control_characters_stays_on_its_line) {
    const std::string value = "a\"b\\c\nd\x1b[31m";

    const auto lines = lines_of([&] { log(LogLevel::error, "upstream", {{"detail", value}}); });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(boost::json::parse(lines[0]).at("detail").as_string(), value);
}

TEST_F(LogTest, a_value_that_is_not_utf8_still_makes_valid_json) {
    const auto lines = lines_of([] { log(LogLevel::error, "upstream", {{"detail", "caf\xe9 \xff\xfe ok"}}); });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(boost::json::parse(lines[0]).at("detail").as_string(), "caf? ?? ok");
}

TEST_F(LogTest, utf8_passes_unchanged) {
    const auto lines = lines_of([] { log(LogLevel::error, "upstream", {{"detail", "caf\u00e9 \u2713"}}); });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(boost::json::parse(lines[0]).at("detail").as_string(), "caf\u00e9 \u2713");
}

TEST_F(LogTest, values_pass_the_redactor) {
    const auto lines = lines_of([] { log(LogLevel::error, "upstream", {{"detail", R"({"access_token":"s3cr3t"})"}}); });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].find("s3cr3t"), std::string::npos) << lines[0];
}

TEST_F(LogTest, lines_below_the_level_are_not_written) {
    set_log_level(LogLevel::warning);

    const auto lines = lines_of([] {
        log(LogLevel::info, "quiet");
        log(LogLevel::warning, "loud");
    });

    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("loud"), std::string::npos);
    EXPECT_FALSE(log_enabled(LogLevel::info));
    EXPECT_TRUE(log_enabled(LogLevel::error));
}

TEST_F(LogTest, info_is_written_and_debug_is_not_unless_asked_for) {
    EXPECT_TRUE(log_enabled(LogLevel::info));
    EXPECT_FALSE(log_enabled(LogLevel::debug));
}

TEST_F(LogTest, lines_of_several_threads_do_not_mix) {
    constexpr int threads = 4;
    constexpr int lines_each = 200;

    const auto lines = lines_of([] {
        std::vector<std::jthread> writers;
        for (int i = 0; i < threads; ++i)
            writers.emplace_back([i] {
                for (int j = 0; j < lines_each; ++j)
                    log(LogLevel::info, "line", {{"thread", i}, {"text", std::string(200, 'x')}});
            });
    });

    ASSERT_EQ(lines.size(), static_cast<std::size_t>(threads * lines_each));
    for (const std::string& line : lines)
        EXPECT_EQ(boost::json::parse(line).at("text").as_string().size(), 200U);
}

TEST(LogLevelTest, every_level_is_parsed_by_its_name) {
    EXPECT_EQ(parse_log_level("trace").value(), LogLevel::trace);
    EXPECT_EQ(parse_log_level("debug").value(), LogLevel::debug);
    EXPECT_EQ(parse_log_level("info").value(), LogLevel::info);
    EXPECT_EQ(parse_log_level("warning").value(), LogLevel::warning);
    EXPECT_EQ(parse_log_level("error").value(), LogLevel::error);
}

TEST(LogLevelTest, an_unknown_level_is_refused_with_the_nearest_name) {
    const auto level = parse_log_level("waning");

    ASSERT_FALSE(level.has_value());
    EXPECT_EQ(level.error().code, Errc::invalid_request);
    EXPECT_NE(level.error().message.find(R"(did you mean "warning"?)"), std::string::npos) << level.error().message;
}

}  // namespace
}  // namespace evergrant
