#include "broker/browser_binding.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"

namespace evergrant::broker {

std::string hash_of_secret(std::string_view secret) {
    return crypto::to_hex(crypto::sha256(secret));
}

SecretString browser_secret_for(SecretString held, crypto::Random& random) {
    constexpr std::size_t secret_size = 43;
    return held.reveal().size() == secret_size ? std::move(held) : SecretString(random.token());
}

bool is_the_browser(std::string_view browser_hash, const SecretString& browser_secret) {
    if (browser_hash.empty() || browser_secret.empty())
        return false;
    const std::string received = hash_of_secret(browser_secret.reveal());
    return crypto::equal_in_constant_time(crypto::bytes_of(received), crypto::bytes_of(browser_hash));
}

}  // namespace evergrant::broker
