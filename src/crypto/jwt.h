#pragma once
//
// Verifies JSON Web Tokens, RFC 7519 with RFC 8725's advice: the algorithm comes from the key, never from the token.
// Pure but for the key material handed in.
//
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::crypto {

/// What a compact JWS (RFC 7515 section 7.1) says, once its signature has been verified.
struct SignedContent {
    boost::json::object header;
    std::string payload;
};

/// Keys that may have signed a token. HS256 from a shared secret; RS256, RS384, RS512, PS256, PS384, PS512, ES256,
/// ES384 and EdDSA (Ed25519) from a JWK set. Each key is for one algorithm. Immutable; shared by all threads.
class JwtKeys {
public:
    static constexpr std::size_t shortest_secret = 32;  ///< bytes, RFC 7518 section 3.2

    /// Only HS256 is accepted with a shared secret. Throws std::invalid_argument if it is shorter than
    /// `shortest_secret`: only an operator can mend that.
    [[nodiscard]] static JwtKeys shared_secret(SecretString secret);
    /// Reads a JWK set (RFC 7517), at most 256 KiB. Keys for other uses, of unknown kinds, malformed or weak (RSA under
    /// 2,048 bits) are passed over; an RSA key without `alg` is for RS256. Errors: invalid_request if none is left.
    [[nodiscard]] static Result<JwtKeys> from_jwks(std::string_view document);

    /// Verifies the signature alone, by the keys that the header's `kid` allows; nothing for every other cause as well:
    /// more than 16 KiB, malformed, another algorithm than the key's, `crit`. For tokens use JwtVerifier.
    [[nodiscard]] std::optional<SignedContent> open(std::string_view token) const;

    /// Whether the token's header names a key (`kid`) that is not among these. False for what is no token.
    [[nodiscard]] bool lacks_key_of(std::string_view token) const;

    JwtKeys(JwtKeys&&) noexcept;
    JwtKeys& operator=(JwtKeys&&) noexcept;
    ~JwtKeys();

private:
    struct State;
    explicit JwtKeys(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What a token must say besides being signed. Empty issuer or audience: not checked.
struct JwtExpectations {
    std::string issuer;
    std::string audience;
    std::chrono::seconds leeway{30};  ///< for clocks that differ, on `exp`, `nbf` and `iat`; >= 0
};

class JwtVerifier {
public:
    JwtVerifier(JwtKeys keys, JwtExpectations expectations);

    /// The claims of a valid token. Errors: invalid_credentials (one sentence for all causes), token_expired.
    /// `exp` is required, `nbf` and `iat` honoured; `none` and a key of another kind are refused; `crit` is refused;
    /// a token whose `type`, `token_type`, `typ` or `use` says refresh is refused.
    [[nodiscard]] Result<boost::json::object> verify(std::string_view token, sys_seconds now) const;

    /// As JwtKeys says. Nothing of the token has been verified then.
    [[nodiscard]] bool lacks_key_of(std::string_view token) const { return keys_.lacks_key_of(token); }

private:
    JwtKeys keys_;
    JwtExpectations expectations_;
};

}  // namespace evergrant::crypto
