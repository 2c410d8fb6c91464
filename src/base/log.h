#pragma once
//
// Logging: one JSON object a line on standard error. Every value passes the redactor; secrets have no overload.
//
#include "base/error.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace evergrant {

/// One named value of a log line. Names are snake_case.
struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, bool> value;
};

/// Sets the lowest level that is written, from now on, in every thread.
void set_log_level(LogLevel level) noexcept;

/// Parses `trace`, `debug`, `info`, `warning` or `error`.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// Writes {"time","level","event","…fields"}. `event` is a constant: what happened, in snake_case.
/// Thread-safe; never throws; drops the line if standard error is gone.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) noexcept;

/// `text` with what looks like a token, code, secret or verifier replaced by `[redacted]`, and cut to 2,000 bytes:
/// values of sensitive query or form parameters and JSON members, bearer values, JWTs, API keys.
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace evergrant
