#pragma once
//
// PKCE, RFC 7636: S256 always, plain never. Pure.
//
#include "base/secret.h"

#include <array>
#include <cstddef>
#include <string>

namespace evergrant::oauth {

/// A verifier of 43 characters from 256 random bits (section 4.1).
[[nodiscard]] SecretString code_verifier(const std::array<std::byte, 32>& random);

/// BASE64URL(SHA256(verifier)) (section 4.2).
[[nodiscard]] std::string code_challenge(const SecretString& verifier);

}  // namespace evergrant::oauth
