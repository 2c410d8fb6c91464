#pragma once
//
// SHA-256, HMAC-SHA256, HKDF-SHA256 (RFC 5869) and comparison in constant time, on OpenSSL.
//
#include "base/secret.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::crypto {

using Digest = std::array<std::byte, 32>;

[[nodiscard]] Digest sha256(std::string_view data);
/// SHA-2 of 256, 384 or 512 bits, as bytes. Throws std::invalid_argument for any other size.
[[nodiscard]] std::string sha2(unsigned bits, std::string_view data);
[[nodiscard]] Digest hmac_sha256(std::span<const std::byte> key, std::string_view data);
[[nodiscard]] Secret<Digest> hkdf_sha256(std::span<const std::byte> key, std::span<const std::byte> salt,
                                         std::string_view info);
/// HKDF to any length up to 255·32 bytes.
[[nodiscard]] SecretString hkdf_sha256(std::span<const std::byte> key, std::span<const std::byte> salt,
                                       std::string_view info, std::size_t length);

/// Takes the same time wherever the inputs differ; their lengths may be told apart.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) noexcept;

}  // namespace evergrant::crypto
