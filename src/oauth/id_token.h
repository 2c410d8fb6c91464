#pragma once
//
// id_token: who granted access, as the issuer says it (OpenID Connect Core). Pure: keys and time are given.
//
#include "base/clock.h"
#include "base/secret.h"
#include "crypto/jwt.h"
#include "oauth/identity.h"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::oauth {

/// Which check an id_token did not pass.
enum class IdTokenFlaw : std::uint8_t {
    missing,           ///< the answer holds none
    malformed,         ///< no JWT, or its claims are no JSON object
    signature,         ///< by none of the issuer's keys, by another algorithm than is allowed, or by none at all
    issuer,            ///< `iss` is another's or missing
    audience,          ///< `aud` does not name our client
    authorized_party,  ///< `azp` names another client, or is missing beside several audiences
    expiry,            ///< `exp` is missing or over
    issued_at,         ///< `iat` is missing, in the future or long ago
    nonce,             ///< `nonce` is missing or not the one sent
    subject,           ///< `sub` is missing, empty, too long, no ASCII, or another person's
    access_token_hash  ///< `at_hash` is not that of the access token beside it
};

/// One sentence for a person, which quotes nothing of the token.
[[nodiscard]] std::string_view sentence_of(IdTokenFlaw flaw) noexcept;

/// What an id_token must say when an authorization is finished.
struct IdTokenExpectations {
    std::string issuer;
    std::string client_id;
    std::string nonce;              ///< the one that was sent
    std::string algorithm;          ///< the only one allowed; empty: any by a public key
    std::string_view access_token;  ///< which `at_hash`, if it is there, belongs to; outlives the check
    sys_seconds now;
    std::chrono::seconds leeway{30};              ///< for clocks that differ, on `exp` and `iat`
    std::chrono::seconds longest_under_way{600};  ///< `iat` may be that long ago
};

/// Core 3.1.3.7 and 3.1.3.8, all of it; `keys` are the issuer's, or the client secret for HS256.
[[nodiscard]] std::expected<Identity, IdTokenFlaw> check_id_token(std::string_view token, const crypto::JwtKeys& keys,
                                                                  const IdTokenExpectations& expected);

/// Core 12.2: a refresh may bring an id_token, of the same issuer, subject and audience. Its signature is not looked
/// at: the answer came from the token endpoint itself, by TLS (Core 3.1.3.7, 6). Nothing: it may be the same grant, or
/// cannot be read, which tells nothing. A flaw: `issuer`, `subject` or `audience`, and it is another's.
[[nodiscard]] std::optional<IdTokenFlaw> flaw_of_refreshed(std::string_view token, const Identity& granted_by,
                                                           std::string_view client_id);

/// The `id_token` of a token answer; empty: it has none.
[[nodiscard]] SecretString id_token_in(std::string_view body);

}  // namespace evergrant::oauth
