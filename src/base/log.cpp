#include "base/log.h"

#include "base/clock.h"
#include "base/nearest.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

namespace evergrant {

namespace {

struct LevelName {
    std::string_view name;
    LogLevel level;
    spdlog::level::level_enum sink_level;
};

constexpr std::array level_names{
    LevelName{"trace", LogLevel::trace, spdlog::level::trace},
    LevelName{"debug", LogLevel::debug, spdlog::level::debug},
    LevelName{"info", LogLevel::info, spdlog::level::info},
    LevelName{"warning", LogLevel::warning, spdlog::level::warn},
    LevelName{"error", LogLevel::error, spdlog::level::err},
};

const LevelName& named(LogLevel level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

// Never destroyed: objects that outlive main's locals may still log.
spdlog::logger& sink() {
    static spdlog::logger& logger = [] -> spdlog::logger& {
        auto* fresh = new spdlog::logger("evergrant", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        fresh->set_pattern("%v", spdlog::pattern_time_type::utc);
        fresh->set_level(spdlog::level::info);
        return *fresh;
    }();
    return logger;
}

std::string time_in_milliseconds(Instant now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const std::string fraction = std::to_string((now - seconds).count() + 1000);  // 1000 to 1999 keeps leading zeros
    std::string text = to_iso8601(seconds);
    text.insert(text.size() - 1, "." + fraction.substr(1));
    return text;
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Upstream text may be of any encoding; a line must be valid UTF-8 whatever it quotes.
std::string as_valid_json(std::string line) {
    if (is_ascii(line))
        return line;
    std::error_code malformed;
    boost::json::parse(line, malformed);
    if (malformed)
        std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return line;
}

thread_local const LogScope* innermost = nullptr;

void add_context(boost::json::object& line) {
    const auto context = LogScope::current();
    if (context == nullptr)
        return;
    line["request_id"] = context->request_id;
    if (!context->trace_id.empty())
        line["trace_id"] = context->trace_id;
}

std::string json_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    boost::json::object line;
    line["time"] = time_in_milliseconds(SystemClock{}.now());
    line["level"] = named(level).name;
    line["event"] = event;
    add_context(line);
    for (const auto& [name, value] : fields) {
        if (const auto* text = std::get_if<std::string_view>(&value))
            line[name] = redact(*text);
        else if (const auto* number = std::get_if<std::int64_t>(&value))
            line[name] = *number;
        else
            line[name] = std::get<bool>(value);
    }
    return as_valid_json(boost::json::serialize(line));
}

}  // namespace

LogScope::LogScope(std::shared_ptr<const LogContext> context) noexcept
    : context_(std::move(context)), outer_(std::exchange(innermost, this)) {}

LogScope::~LogScope() {
    innermost = outer_;
}

std::shared_ptr<const LogContext> LogScope::current() noexcept {
    return innermost == nullptr ? nullptr : innermost->context_;
}

void set_log_level(LogLevel level) noexcept {
    sink().set_level(named(level).sink_level);
}

Result<LogLevel> parse_log_level(std::string_view text) {
    const auto* const found = std::ranges::find(level_names, text, &LevelName::name);
    if (found != level_names.end())
        return found->level;
    std::array<std::string_view, level_names.size()> known;
    std::ranges::transform(level_names, known.begin(), &LevelName::name);
    return failure(Errc::invalid_request,
                   "A log level is trace, debug, info, warning or error" + did_you_mean(text, known));
}

bool log_enabled(LogLevel level) noexcept {
    return sink().should_log(named(level).sink_level);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
    if (!log_enabled(level))
        return;
    try {
        sink().log(named(level).sink_level, spdlog::string_view_t(json_line(level, event, fields)));
    } catch (...) {
        // Out of memory, or standard error is gone: the line is dropped, the server goes on.
    }
}

}  // namespace evergrant
