#pragma once
//
// OpenSSL's objects as owners, for the sources of this folder only.
//
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace evergrant::crypto::openssl {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};

template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

using Bio = Owned<BIO, BIO_free_all>;
using BigNumber = Owned<BIGNUM, BN_free>;
using Cipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestMethod = Owned<EVP_MD, EVP_MD_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Mac = Owned<EVP_MAC, EVP_MAC_free>;
using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using Kdf = Owned<EVP_KDF, EVP_KDF_free>;
using KdfContext = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EcdsaSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using ParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

/// For steps that fail only if memory is out or the library is broken: no caller can react to that.
inline void require(bool succeeded, const char* step) {
    if (!succeeded)
        throw std::runtime_error(std::string("OpenSSL failed: ") + step);
}

/// Takes what a fetch or a constructor of OpenSSL returned.
template <class OwnedType>
[[nodiscard]] OwnedType own(typename OwnedType::pointer object, const char* step) {
    require(object != nullptr, step);
    return OwnedType(object);
}

/// While it lives, errors that OpenSSL notes are forgotten again. A refused signature would otherwise stand in the
/// thread's error queue, where the next TLS connection would take it for its own.
class QuietErrors {
public:
    QuietErrors() noexcept { ERR_set_mark(); }
    ~QuietErrors() { ERR_pop_to_mark(); }
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
};

/// Null if the parameters describe no valid key. `selection`: EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.
[[nodiscard]] inline Key make_key(const char* kind, const OSSL_PARAM* parameters, int selection) {
    const auto context = own<KeyContext>(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), "make a key context");
    require(EVP_PKEY_fromdata_init(context.get()) == 1, "start reading a key");
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, selection, const_cast<OSSL_PARAM*>(parameters)) != 1)
        return nullptr;
    return Key(key);
}

[[nodiscard]] inline Key make_public_key(const char* kind, const OSSL_PARAM* parameters) {
    return make_key(kind, parameters, EVP_PKEY_PUBLIC_KEY);
}

/// Never null: OpenSSL takes a null pointer for "not given" even where the length is 0.
[[nodiscard]] inline const unsigned char* data_of(std::span<const std::byte> bytes) noexcept {
    static constexpr unsigned char nothing = 0;
    return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace evergrant::crypto::openssl
