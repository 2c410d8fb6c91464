#pragma once
//
// AES-256-GCM with a random 96-bit nonce. For sealing a value of the store see storage/sealer.h.
//
#include "base/secret.h"
#include "crypto/random.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::crypto {

using AeadKey = Secret<std::array<std::byte, 32>>;

inline constexpr std::size_t aead_overhead = 12 + 16;  ///< nonce before, tag after the ciphertext

/// nonce ‖ ciphertext ‖ tag. The caller counts the uses of a key: at most 2^32 with random nonces (NIST SP
/// 800-38D 8.3).
[[nodiscard]] std::string aead_seal(const AeadKey& key, std::string_view plaintext, std::string_view associated_data,
                                    Random& random);

/// Nothing if the box is not exactly what was sealed with this key and associated data; one answer for all causes.
[[nodiscard]] std::optional<SecretString> aead_open(const AeadKey& key, std::string_view box,
                                                    std::string_view associated_data);

}  // namespace evergrant::crypto
