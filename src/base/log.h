#pragma once
//
// Logging: one JSON object a line on standard error. Every value passes the redactor; secrets have no overload.
//
#include "base/error.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace evergrant {

/// One named value of a log line. Names are snake_case.
struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, bool> value;
};

/// For whom a thread is at work: the request that is being served. Each line bears its ids.
struct LogContext {
    std::string request_id;
    std::string trace_id;  ///< empty: the request belongs to no trace
};

/// While it lives, what its thread logs bears `context`; null: nothing. It never lives over a co_await: who resumes a
/// coroutine sets it anew each time (async/on_behalf.h).
class LogScope {
public:
    explicit LogScope(std::shared_ptr<const LogContext> context) noexcept;
    ~LogScope();
    LogScope(const LogScope&) = delete;
    LogScope& operator=(const LogScope&) = delete;

    /// Of this thread now; null: none.
    [[nodiscard]] static std::shared_ptr<const LogContext> current() noexcept;

private:
    std::shared_ptr<const LogContext> context_;
    const LogScope* outer_;
};

/// Sets the lowest level that is written, from now on, in every thread.
void set_log_level(LogLevel level) noexcept;

/// Parses `trace`, `debug`, `info`, `warning` or `error`.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// Writes {"time","level","event",…}, the ids of the thread's LogContext and the fields, which win over it. `event` is
/// a constant: what happened, in snake_case. Thread-safe; never throws; drops the line if standard error is gone.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) noexcept;

/// `text` with what looks like a token, code, secret or verifier replaced by `[redacted]`, and cut to 2,000 bytes:
/// values of sensitive query or form parameters and JSON members, bearer values, JWTs, API keys.
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace evergrant
