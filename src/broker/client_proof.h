#pragma once
//
// Client proof: how our client proves itself at one provider for one connection, with all that it takes to do so again
// for every request.
//
#include "base/clock.h"
#include "catalog/provider.h"
#include "crypto/jwt_signer.h"
#include "crypto/random.h"
#include "oauth/client_authentication.h"

#include <memory>
#include <string>

namespace evergrant::broker {

/// What signs, and what it says. Without a signer nothing is signed: another way to prove oneself.
struct ClientProof {
    catalog::Assertion assertion;
    std::shared_ptr<const crypto::JwtSigner> signer{};

    bool names_client{true};  ///< beside an assertion, which names it too: SMART has it left out

    /// The registration as the next request shows it, with an assertion of its own (RFC 7523 2.2).
    [[nodiscard]] oauth::ClientRegistration shown(const oauth::ClientRegistration& registration, sys_seconds now,
                                                  crypto::Random& random) const;

    /// An assertion that asks for a grant (RFC 7523 2.1). `scope` is already joined; empty: none.
    [[nodiscard]] SecretString grant_assertion(const std::string& client_id, const std::string& scope, sys_seconds now,
                                               crypto::Random& random) const;
};

}  // namespace evergrant::broker
