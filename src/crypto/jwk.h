#pragma once
//
// Keys that verify signatures: which algorithm a key is for, and reading one from a JWK (RFC 7517, RFC 7518 section 6).
// For the sources of this folder; others use jwt.h.
//
#include "base/secret.h"
#include "crypto/openssl.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::crypto {

/// A signature algorithm of RFC 7518 section 3.1 or RFC 8037.
struct SignatureAlgorithm {
    std::string_view name;        ///< `alg`
    std::string_view key_type;    ///< `kty`
    std::string_view curve;       ///< `crv`; empty: the key has none
    const char* digest;           ///< OpenSSL's name; null: the algorithm has its own
    bool is_pss{false};           ///< RSASSA-PSS instead of PKCS #1 v1.5
    std::size_t integer_size{0};  ///< bytes of each of r and s, for ECDSA
};

/// All but HS256, in the order of their strength within a kind.
[[nodiscard]] std::span<const SignatureAlgorithm> signature_algorithms() noexcept;

/// A key and the one algorithm it is for (RFC 8725 section 3.1). `secret` is set for HS256, `key` for all others.
struct VerificationKey {
    const SignatureAlgorithm* algorithm;
    std::string id;  ///< `kid`; empty: none
    openssl::Key key;
    SecretString secret;
};

/// HS256 under `secret`.
[[nodiscard]] VerificationKey hs256_key(SecretString secret);

/// Nothing if the key cannot verify signatures here: unknown kind, other use, malformed, or too weak. An RSA key that
/// names no algorithm is for RS256. Private members are not looked at.
[[nodiscard]] std::optional<VerificationKey> parse_jwk(const boost::json::object& jwk);

/// Whether `signature`, as RFC 7518 encodes it, is the key's over `signed_text`.
[[nodiscard]] bool verify_signature(const VerificationKey& key, std::string_view signed_text,
                                    std::string_view signature);

}  // namespace evergrant::crypto
