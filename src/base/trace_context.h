#pragma once
//
// Trace context: which distributed trace a request belongs to, as its caller's `traceparent` header says (W3C Trace
// Context, https://www.w3.org/TR/trace-context/). We record no spans; we log the trace and hand it on, each request of
// ours under a span id of its own.
//
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant {

class TraceContext {
public:
    /// Nothing if `header` is not a traceparent that may be handed on (3.2.2): a malformed one starts no trace here.
    [[nodiscard]] static std::optional<TraceContext> parse(std::string_view header);

    /// 32 lower-case hex digits.
    [[nodiscard]] const std::string& trace_id() const noexcept { return trace_id_; }
    /// The header of a request made on behalf of this one, under a new span id.
    [[nodiscard]] std::string header_of_a_child() const;

private:
    TraceContext(std::string trace_id, std::string flags) : trace_id_(std::move(trace_id)), flags_(std::move(flags)) {}

    std::string trace_id_;
    std::string flags_;
};

/// The id, or empty: for the log.
[[nodiscard]] inline std::string_view trace_id_of(const std::optional<TraceContext>& trace) noexcept {
    return trace ? std::string_view(trace->trace_id()) : std::string_view();
}

}  // namespace evergrant
