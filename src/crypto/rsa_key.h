#pragma once
//
// RSA public keys from modulus and exponent, weak ones refused. For the sources of this folder.
//
#include "crypto/openssl.h"

#include <string_view>

namespace evergrant::crypto {

/// Both are unsigned big-endian numbers. Null unless the modulus has 2,048 to 8,192 bits, is odd and bears no trace of
/// the ROCA weakness (CVE-2017-15361), and the exponent is odd, above 1 and at most 64 bits long.
[[nodiscard]] openssl::Key make_rsa_public_key(std::string_view modulus, std::string_view exponent);

}  // namespace evergrant::crypto
