#pragma once
//
// A SharedCopy as bytes in a box that only holders of the key can open, and back. What is kept and where is
// redis_cache.h.
//
#include "cache/shared_cache.h"
#include "crypto/aead.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::cache {

/// Sealed for its connection and generation alone. The refresh token, if there is one, is left out.
[[nodiscard]] std::string seal_copy(const crypto::AeadKey& key, const SharedCopy& copy, crypto::Random& random);

/// Nothing unless one of `keys` sealed exactly this for that connection and generation.
[[nodiscard]] std::optional<SharedCopy> open_copy(std::span<const crypto::AeadKey> keys, std::string_view box,
                                                  const ConnectionKey& connection, std::uint64_t generation);

/// A name outside of boxes, of a connection or of what is counted: a hash of 128 bits.
[[nodiscard]] std::string blind_name(const ConnectionKey& connection);
[[nodiscard]] std::string blind_name(std::string_view name);

}  // namespace evergrant::cache
