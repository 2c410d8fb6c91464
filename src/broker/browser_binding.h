#pragma once
//
// Browser binding: the cookie by which the browser that began is told from another. Only its hash is stored. Row C4 of
// docs/security.md.
//
#include "base/secret.h"
#include "crypto/random.h"

#include <string>
#include <string_view>

namespace evergrant::broker {

/// SHA-256 in hexadecimal: as states, tickets, links and cookies are stored.
[[nodiscard]] std::string hash_of_secret(std::string_view secret);

/// What the browser is to hold: what it holds already, if that is of ours, so that it can have several things under
/// way.
[[nodiscard]] SecretString browser_secret_for(SecretString held, crypto::Random& random);

/// In constant time. False for no hash and for no secret.
[[nodiscard]] bool is_the_browser(std::string_view browser_hash, const SecretString& browser_secret);

}  // namespace evergrant::broker
