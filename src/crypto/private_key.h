#pragma once
//
// Private keys on OpenSSL: making, reading and writing them, and signing with one. For the sources of this folder;
// others use jwt_signer.h.
//
#include "base/error.h"
#include "base/secret.h"
#include "crypto/jwk.h"
#include "crypto/openssl.h"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace evergrant::crypto {

[[nodiscard]] openssl::Key generate_private_key(const SignatureAlgorithm& algorithm);

/// PEM without a passphrase, or a JWK (RFC 7518 section 6). Errors: invalid_request whose field is `privateKey`.
[[nodiscard]] Result<openssl::Key> read_private_key(const SecretString& text, const SignatureAlgorithm& algorithm);

/// PKCS #8 in PEM.
[[nodiscard]] SecretString write_private_key(EVP_PKEY* key);

/// `kty` and the members of the public key alone (RFC 7518 section 6, RFC 8037 section 2).
[[nodiscard]] boost::json::object public_members(EVP_PKEY* key, const SignatureAlgorithm& algorithm);

/// The signature as RFC 7518 encodes it.
[[nodiscard]] std::string sign_text(EVP_PKEY* key, const SignatureAlgorithm& algorithm, std::string_view text);

}  // namespace evergrant::crypto
