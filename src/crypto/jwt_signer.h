#pragma once
//
// Signs JSON Web Tokens: the counterpart of jwt.h. RFC 7515, RFC 7518, RFC 8037.
//
#include "base/error.h"
#include "base/secret.h"

#include <boost/json/object.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace evergrant::crypto {

/// A private key and the one algorithm it signs with (RFC 8725 section 3.1): RS256, RS384, RS512, PS256, PS384, PS512,
/// ES256, ES384 or EdDSA (Ed25519). Immutable; shared by all threads.
class JwtSigner {
public:
    /// The algorithms that `generate` and `from_private_key` know, as RFC 7518 and RFC 8037 name them.
    [[nodiscard]] static std::span<const std::string_view> algorithms() noexcept;

    /// A new key; RSA keys have 2,048 bits. Errors: invalid_request for an unknown algorithm.
    [[nodiscard]] static Result<JwtSigner> generate(std::string_view algorithm);
    /// Reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1, without a passphrase), or as a JWK (RFC 7517). Errors:
    /// invalid_request, in one sentence: unreadable, of another kind than the algorithm's, weak (RSA under 2,048 bits),
    /// or a JWK that is for another algorithm.
    [[nodiscard]] static Result<JwtSigner> from_private_key(const SecretString& text, std::string_view algorithm);

    [[nodiscard]] std::string_view algorithm() const noexcept;
    /// The public key's thumbprint: RFC 7638 with SHA-256, base64url.
    [[nodiscard]] const std::string& key_id() const noexcept;
    /// For a JWK set: with `kid`, `alg` and `use`.
    [[nodiscard]] const boost::json::object& public_jwk() const noexcept;
    /// PKCS #8 in PEM, as from_private_key reads it.
    [[nodiscard]] SecretString private_key() const;

    /// A compact JWS of the claims, whose header holds `alg`, `kid` and `typ: JWT`. Whoever holds it can use it.
    [[nodiscard]] SecretString sign(const boost::json::object& claims) const;

    JwtSigner(JwtSigner&&) noexcept;
    JwtSigner& operator=(JwtSigner&&) noexcept;
    ~JwtSigner();

private:
    struct State;
    explicit JwtSigner(std::unique_ptr<const State> state);
    static Result<JwtSigner> make(std::unique_ptr<State> state);
    std::unique_ptr<const State> state_;
};

}  // namespace evergrant::crypto
