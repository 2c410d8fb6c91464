#include "base/trace_context.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

namespace evergrant {

namespace {

constexpr std::size_t version_size = 2;
constexpr std::size_t trace_id_size = 32;
constexpr std::size_t span_id_size = 16;
constexpr std::size_t flags_size = 2;
constexpr std::size_t header_size = version_size + 1 + trace_id_size + 1 + span_id_size + 1 + flags_size;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
    return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// Span ids must differ and need not be hard to guess.
std::string new_span_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    thread_local std::mt19937_64 engine{std::random_device{}()};
    std::string id(span_id_size, '0');
    do {
        std::uint64_t bits = engine();
        for (char& digit : id) {
            digit = digits[bits & 15U];
            bits >>= 4U;
        }
    } while (!is_id(id));
    return id;
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view header) {
    if (header.size() < header_size)
        return std::nullopt;
    const std::string_view version = header.substr(0, version_size);
    const std::string_view trace_id = header.substr(version_size + 1, trace_id_size);
    const std::string_view parent = header.substr(version_size + 1 + trace_id_size + 1, span_id_size);
    const std::string_view flags = header.substr(header_size - flags_size, flags_size);
    const std::array dashes{header[version_size], header[version_size + 1 + trace_id_size],
                            header[header_size - flags_size - 1]};
    const bool parted = std::ranges::all_of(dashes, [](char c) { return c == '-'; });
    // A later version may say more after a dash; what this one says stands in the same place.
    const bool ends = header.size() == header_size || (version != "00" && header[header_size] == '-');
    if (!parted || !ends || !is_hex(version) || version == "ff" || !is_id(trace_id) || !is_id(parent) || !is_hex(flags))
        return std::nullopt;
    return TraceContext(std::string(trace_id), std::string(flags));
}

std::string TraceContext::header_of_a_child() const {
    return "00-" + trace_id_ + "-" + new_span_id() + "-" + flags_;
}

}  // namespace evergrant
