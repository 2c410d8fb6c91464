#pragma once
//
// Verifies JSON Web Tokens, RFC 7519 with RFC 8725's advice: the algorithm comes from the key, never from the token.
// Pure but for the key material handed in.
//
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::crypto {

/// Keys that may have signed a token. HS256 from a shared secret; RS256, PS256, ES256, ES384 and EdDSA from a JWK set.
class JwtKeys {
public:
    /// Only HS256 is accepted with a shared secret.
    [[nodiscard]] static JwtKeys shared_secret(SecretString secret);
    /// Reads a JWK set (RFC 7517). Keys for other uses and of unknown kinds are passed over; none left is an error.
    [[nodiscard]] static Result<JwtKeys> from_jwks(std::string_view document);

    JwtKeys(JwtKeys&&) noexcept;
    JwtKeys& operator=(JwtKeys&&) noexcept;
    ~JwtKeys();

private:
    friend class JwtVerifier;
    struct State;
    explicit JwtKeys(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What a token must say besides being signed. Empty issuer or audience: not checked.
struct JwtExpectations {
    std::string issuer;
    std::string audience;
    std::chrono::seconds leeway{30};
};

class JwtVerifier {
public:
    JwtVerifier(JwtKeys keys, JwtExpectations expectations);

    /// The claims of a valid token. Errors: invalid_credentials (one sentence for all causes), token_expired.
    /// `exp` is required, `nbf` honoured; `none` and a key of another kind are refused; `crit` is refused;
    /// a token whose `type`, `token_type`, `typ` or `use` says refresh is refused.
    [[nodiscard]] Result<boost::json::object> verify(std::string_view token, sys_seconds now) const;

private:
    JwtKeys keys_;
    JwtExpectations expectations_;
};

}  // namespace evergrant::crypto
