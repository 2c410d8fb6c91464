#include "crypto/aead.h"

#include "crypto/encoding.h"
#include "crypto/openssl.h"

#include <limits>
#include <utility>

namespace evergrant::crypto {
namespace {

using openssl::data_of;
using openssl::own;
using openssl::require;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = aead_overhead - nonce_size;
constexpr std::size_t longest_input = std::numeric_limits<int>::max() - aead_overhead;

const EVP_CIPHER* aes_256_gcm() {
    static const auto cipher =
        own<openssl::Cipher>(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), "fetch AES-256-GCM");
    return cipher.get();
}

unsigned char* writable(std::string& text, std::size_t offset) {
    return reinterpret_cast<unsigned char*>(text.data() + offset);
}

enum class Direction : int { open = 0, seal = 1 };

/// A cipher that knows key and nonce, and has read the associated data.
openssl::CipherContext begin(Direction direction, const AeadKey& key, std::string_view nonce,
                             std::string_view associated_data) {
    auto context = own<openssl::CipherContext>(EVP_CIPHER_CTX_new(), "make a cipher context");
    require(EVP_CipherInit_ex2(context.get(), aes_256_gcm(), data_of(key.reveal()), data_of(bytes_of(nonce)),
                               std::to_underlying(direction), nullptr) == 1,
            "start AES-256-GCM");
    int length = 0;
    require(EVP_CipherUpdate(context.get(), nullptr, &length, data_of(bytes_of(associated_data)),
                             static_cast<int>(associated_data.size())) == 1,
            "read associated data");
    return context;
}

}  // namespace

std::string aead_seal(const AeadKey& key, std::string_view plaintext, std::string_view associated_data,
                      Random& random) {
    if (plaintext.size() > longest_input || associated_data.size() > longest_input)
        throw std::length_error("A sealed value is shorter than 2 GiB.");
    std::string box(plaintext.size() + aead_overhead, '\0');
    random.fill(std::as_writable_bytes(std::span(box).first(nonce_size)));
    const auto context = begin(Direction::seal, key, std::string_view(box).substr(0, nonce_size), associated_data);
    auto* const ciphertext = writable(box, nonce_size);
    auto* const tag = ciphertext + plaintext.size();
    int length = 0;
    require(EVP_CipherUpdate(context.get(), ciphertext, &length, data_of(bytes_of(plaintext)),
                             static_cast<int>(plaintext.size())) == 1,
            "encrypt");
    require(EVP_CipherFinal_ex(context.get(), tag, &length) == 1, "finish encrypting");
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1, "make the tag");
    return box;
}

std::optional<SecretString> aead_open(const AeadKey& key, std::string_view box, std::string_view associated_data) {
    if (box.size() < aead_overhead || box.size() > longest_input || associated_data.size() > longest_input)
        return std::nullopt;
    const openssl::QuietErrors quiet;
    const auto ciphertext = box.substr(nonce_size, box.size() - aead_overhead);
    const auto tag = box.substr(box.size() - tag_size);
    const auto context = begin(Direction::open, key, box.substr(0, nonce_size), associated_data);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, const_cast<char*>(tag.data())) == 1,
            "set the tag");
    std::string plaintext(ciphertext.size(), '\0');
    int length = 0;
    require(EVP_CipherUpdate(context.get(), writable(plaintext, 0), &length, data_of(bytes_of(ciphertext)),
                             static_cast<int>(ciphertext.size())) == 1,
            "decrypt");
    SecretString opened(std::move(plaintext));  // from here on it is wiped, opened or not
    unsigned char nothing_more = 0;
    if (EVP_CipherFinal_ex(context.get(), &nothing_more, &length) != 1)
        return std::nullopt;
    return opened;
}

}  // namespace evergrant::crypto
