#include "oauth/pkce.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

namespace evergrant::oauth {

SecretString code_verifier(const std::array<std::byte, 32>& random) {
    return SecretString(crypto::to_base64url(random));
}

std::string code_challenge(const SecretString& verifier) {
    return crypto::to_base64url(crypto::sha256(verifier.reveal()));
}

}  // namespace evergrant::oauth
