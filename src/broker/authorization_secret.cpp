#include "broker/authorization_secret.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

namespace evergrant::broker {

std::string hash_of_secret(std::string_view secret) {
    return crypto::to_hex(crypto::sha256(secret));
}

bool is_secret_of(std::string_view hash, const SecretString& secret) {
    if (hash.empty() || secret.empty())
        return false;
    const std::string received = hash_of_secret(secret.reveal());
    return crypto::equal_in_constant_time(crypto::bytes_of(received), crypto::bytes_of(hash));
}

bool looks_like_a_secret(const SecretString& secret) noexcept {
    constexpr std::size_t size = 43;  // 256 bits as base64url
    return secret.reveal().size() == size;
}

}  // namespace evergrant::broker
