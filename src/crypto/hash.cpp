#include "crypto/hash.h"

#include "crypto/encoding.h"
#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <stdexcept>

namespace evergrant::crypto {
namespace {

using openssl::data_of;
using openssl::own;
using openssl::require;

constexpr std::size_t longest_hkdf = 255 * std::tuple_size_v<Digest>;

// Methods are fetched once: a fetch takes a lock and costs more than hashing an API key.
const EVP_MD* sha256_method() {
    static const auto method = own<openssl::DigestMethod>(EVP_MD_fetch(nullptr, "SHA256", nullptr), "fetch SHA256");
    return method.get();
}

EVP_MAC* hmac_method() {
    static const auto method = own<openssl::Mac>(EVP_MAC_fetch(nullptr, "HMAC", nullptr), "fetch HMAC");
    return method.get();
}

EVP_KDF* hkdf_method() {
    static const auto method = own<openssl::Kdf>(EVP_KDF_fetch(nullptr, "HKDF", nullptr), "fetch HKDF");
    return method.get();
}

char* sha256_name() {
    static char name[] = "SHA256";
    return name;
}

OSSL_PARAM octets(const char* name, std::span<const std::byte> bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(data_of(bytes)), bytes.size());
}

void derive(std::span<const std::byte> key, std::span<const std::byte> salt, std::string_view info,
            std::span<std::byte> out) {
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256_name(), 0),
        octets(OSSL_KDF_PARAM_KEY, key),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_INFO, bytes_of(info)),
        OSSL_PARAM_construct_end(),
    };
    const auto context = own<openssl::KdfContext>(EVP_KDF_CTX_new(hkdf_method()), "make an HKDF context");
    auto* const data = reinterpret_cast<unsigned char*>(out.data());
    require(EVP_KDF_derive(context.get(), data, out.size(), parameters) == 1, "HKDF");
}

}  // namespace

Digest sha256(std::string_view data) {
    Digest digest;
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    require(EVP_Digest(data.data(), data.size(), out, nullptr, sha256_method(), nullptr) == 1, "SHA-256");
    return digest;
}

std::string sha2(unsigned bits, std::string_view data) {
    constexpr unsigned small = 256;
    constexpr unsigned middle = 384;
    constexpr unsigned large = 512;
    constexpr std::size_t bits_of_a_byte = 8;
    if (bits != small && bits != middle && bits != large)
        throw std::invalid_argument("There is no such SHA-2.");
    const EVP_MD* method = bits == small ? EVP_sha256() : bits == middle ? EVP_sha384() : EVP_sha512();
    std::string digest(bits / bits_of_a_byte, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    require(EVP_Digest(data.data(), data.size(), out, nullptr, method, nullptr) == 1, "SHA-2");
    return digest;
}

Digest hmac_sha256(std::span<const std::byte> key, std::string_view data) {
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256_name(), 0),
        OSSL_PARAM_construct_end(),
    };
    const auto context = own<openssl::MacContext>(EVP_MAC_CTX_new(hmac_method()), "make an HMAC context");
    Digest digest;
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    std::size_t length = 0;
    require(EVP_MAC_init(context.get(), data_of(key), key.size(), parameters) == 1, "start HMAC");
    require(EVP_MAC_update(context.get(), data_of(bytes_of(data)), data.size()) == 1, "HMAC");
    require(EVP_MAC_final(context.get(), out, &length, digest.size()) == 1, "finish HMAC");
    return digest;
}

Secret<Digest> hkdf_sha256(std::span<const std::byte> key, std::span<const std::byte> salt, std::string_view info) {
    Digest derived;
    derive(key, salt, info, derived);
    Secret<Digest> secret(derived);
    wipe(derived.data(), derived.size());
    return secret;
}

SecretString hkdf_sha256(std::span<const std::byte> key, std::span<const std::byte> salt, std::string_view info,
                         std::size_t length) {
    if (length > longest_hkdf)
        throw std::invalid_argument("HKDF-SHA256 gives at most 8,160 bytes.");
    std::string derived(length, '\0');
    if (length > 0)
        derive(key, salt, info, std::as_writable_bytes(std::span(derived)));
    SecretString secret(std::move(derived));
    return secret;
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(data_of(a), data_of(b), a.size()) == 0;
}

}  // namespace evergrant::crypto
