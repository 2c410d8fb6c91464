#pragma once
//
// What a provider wrote, made fit to be compared, shown or logged. Pure.
//
#include <span>
#include <string>
#include <string_view>

namespace evergrant::oauth {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Printable ASCII and nothing else: RFC 6749's VSCHAR, of which codes, states and access tokens are made. What passes
/// cannot end a header line.
[[nodiscard]] bool is_visible_ascii(std::string_view text) noexcept;

/// ASCII letters count as equal in either case.
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept;

/// `text` without these, as they are and form-encoded: providers quote what they were sent, and the redactor knows a
/// secret by its look alone. What is shorter than six bytes stays.
[[nodiscard]] std::string without(std::string_view text, std::span<const std::string_view> secrets);

/// An error code fit to be shown: at most 64 letters, digits, spaces and `_-.`; what looks like a token is taken out.
/// `unreadable_code` if nothing is left of a code that was there.
[[nodiscard]] std::string shown_code(std::string_view code);

/// Upstream text for a log: redacted, and cut to 500 bytes between two characters.
[[nodiscard]] std::string logged_detail(std::string_view text);

}  // namespace evergrant::oauth
