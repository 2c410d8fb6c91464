#pragma once
//
// For tests: keys that sign tokens, as an issuer would, and their public JWKs.
//
#include "crypto/encoding.h"
#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

namespace evergrant::testing {

/// How an algorithm signs.
struct SigningMethod {
    std::string_view name;  ///< `alg`
    const char* digest;
    bool is_pss{false};
    std::size_t integer_size{0};
};

inline constexpr SigningMethod signing_methods[] = {
    {"RS256", "SHA256"},
    {"RS384", "SHA384"},
    {"RS512", "SHA512"},
    {"PS256", "SHA256", true},
    {"PS384", "SHA384", true},
    {"PS512", "SHA512", true},
    {"ES256", "SHA256", false, 32},
    {"ES384", "SHA384", false, 48},
    {"EdDSA", nullptr},
};

class SigningKey {
public:
    static const SigningKey& rsa() {
        static const SigningKey key(EVP_RSA_gen(2048), "RSA", "");
        return key;
    }
    static const SigningKey& p256() {
        static const SigningKey key(EVP_EC_gen("P-256"), "EC", "P-256");
        return key;
    }
    static const SigningKey& p384() {
        static const SigningKey key(EVP_EC_gen("P-384"), "EC", "P-384");
        return key;
    }
    static const SigningKey& ed25519() {
        static const SigningKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "OKP", "Ed25519");
        return key;
    }
    /// The key that fits an algorithm.
    static const SigningKey& fitting(std::string_view algorithm) {
        if (algorithm == "ES256")
            return p256();
        if (algorithm == "ES384")
            return p384();
        return algorithm == "EdDSA" ? ed25519() : rsa();
    }

    SigningKey(EVP_PKEY* key, std::string_view type, std::string_view curve)
        : key_(crypto::openssl::own<crypto::openssl::Key>(key, "make a key")), type_(type), curve_(curve) {}

    [[nodiscard]] boost::json::object jwk() const {
        boost::json::object jwk{{"kty", type_}};
        if (type_ == "RSA") {
            jwk["n"] = number(OSSL_PKEY_PARAM_RSA_N);
            jwk["e"] = number(OSSL_PKEY_PARAM_RSA_E);
            return jwk;
        }
        jwk["crv"] = curve_;
        if (type_ == "EC") {
            const std::size_t size = curve_ == "P-256" ? 32 : 48;
            jwk["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, size);
            jwk["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, size);
            return jwk;
        }
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key_.get(), writable(raw), &size);
        jwk["x"] = crypto::to_base64url(crypto::bytes_of(raw));
        return jwk;
    }

    /// The signature as RFC 7518 encodes it.
    [[nodiscard]] std::string sign(const SigningMethod& method, std::string_view text) const {
        using namespace crypto::openssl;
        const auto context = own<DigestContext>(EVP_MD_CTX_new(), "make a digest context");
        EVP_PKEY_CTX* key_context = nullptr;
        require(EVP_DigestSignInit_ex(context.get(), &key_context, method.digest, nullptr, nullptr, key_.get(),
                                      nullptr) == 1,
                "start signing");
        if (method.is_pss)
            require(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                        EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1,
                    "choose PSS");
        std::size_t size = 0;
        const auto* bytes = data_of(crypto::bytes_of(text));
        require(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1, "measure a signature");
        std::string signature(size, '\0');
        require(EVP_DigestSign(context.get(), writable(signature), &size, bytes, text.size()) == 1, "sign");
        signature.resize(size);
        return method.integer_size == 0 ? signature : raw_of(signature, method.integer_size);
    }

private:
    static unsigned char* writable(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

    [[nodiscard]] std::string number(const char* name, std::size_t size = 0) const {
        BIGNUM* taken = nullptr;
        crypto::openssl::require(EVP_PKEY_get_bn_param(key_.get(), name, &taken) == 1, "read a key");
        const crypto::openssl::BigNumber number(taken);
        const std::size_t needed = size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(number.get()));
        std::string bytes(needed, '\0');
        BN_bn2binpad(number.get(), writable(bytes), static_cast<int>(needed));
        return crypto::to_base64url(crypto::bytes_of(bytes));
    }

    static std::string raw_of(std::string& der, std::size_t integer_size) {
        const unsigned char* in = writable(der);
        const crypto::openssl::EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
        std::string raw(2 * integer_size, '\0');
        BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), writable(raw), static_cast<int>(integer_size));
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), writable(raw) + integer_size, static_cast<int>(integer_size));
        return raw;
    }

    crypto::openssl::Key key_;
    std::string type_;
    std::string curve_;
};

inline const SigningMethod& signing_method(std::string_view name) {
    for (const auto& method : signing_methods)
        if (method.name == name)
            return method;
    throw std::invalid_argument("no such algorithm");
}

inline std::string encode(std::string_view text) {
    return crypto::to_base64url(crypto::bytes_of(text));
}

/// A compact JWS of a header and payload written as they are.
inline std::string sign_compact(const SigningKey& key, std::string_view algorithm, std::string_view header,
                                std::string_view payload) {
    const auto text = encode(header) + "." + encode(payload);
    return text + "." + encode(key.sign(signing_method(algorithm), text));
}

/// A JWK set of these keys.
inline std::string key_set(std::initializer_list<boost::json::object> keys) {
    boost::json::array list;
    for (const auto& key : keys)
        list.push_back(key);
    return boost::json::serialize(boost::json::object{{"keys", list}});
}

}  // namespace evergrant::testing
