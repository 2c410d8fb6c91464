#pragma once
//
// base64url (RFC 4648 section 5, no padding), base64 and hex. Decoders are strict: nothing for any deviation.
//
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::crypto {

[[nodiscard]] std::string to_base64url(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);
[[nodiscard]] std::string to_base64(std::span<const std::byte> bytes);
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
    return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace evergrant::crypto
