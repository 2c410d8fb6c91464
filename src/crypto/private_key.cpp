#include "crypto/private_key.h"

#include "crypto/encoding.h"
#include "crypto/strict_json.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace evergrant::crypto {

namespace {

using openssl::own;
using openssl::require;

constexpr unsigned rsa_bits = 2048;
constexpr std::size_t longest_private_key = 64 * 1024;

unsigned char* writable(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::unexpected<Error> unreadable() {
    return invalid_field("privateKey",
                         "The private key cannot be read: give PEM without a passphrase (PKCS #8, PKCS #1 or SEC 1) or "
                         "a JWK.");
}

/// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

openssl::Key read_pem(const SecretString& text) {
    const openssl::QuietErrors quiet;
    const auto bytes = own<openssl::Bio>(BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.reveal().size())),
                                         "read from memory");
    return openssl::Key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_passphrase, nullptr));
}

/// A member of a JWK, decoded; empty if it is missing or malformed.
SecretString member(const boost::json::object& jwk, std::string_view name) {
    const auto* value = jwk.if_contains(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr)
        return {};
    return SecretString(from_base64url(*text).value_or(""));
}

bool names(const boost::json::object& jwk, std::string_view name, std::string_view text) {
    const auto* value = jwk.if_contains(name);
    return value != nullptr && value->is_string() && std::string_view(value->get_string()) == text;
}

struct RsaMember {
    std::string_view name;  ///< of the JWK, RFC 7518 section 6.3
    const char* parameter;  ///< of OpenSSL
};
constexpr std::array<RsaMember, 8> rsa_members{{{"n", OSSL_PKEY_PARAM_RSA_N},
                                                {"e", OSSL_PKEY_PARAM_RSA_E},
                                                {"d", OSSL_PKEY_PARAM_RSA_D},
                                                {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                                {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                                {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                                {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                                {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};

using SecretNumber = openssl::Owned<BIGNUM, BN_clear_free>;

SecretNumber number_of(const SecretString& bytes) {
    return own<SecretNumber>(
        BN_bin2bn(openssl::data_of(bytes_of(bytes.reveal())), static_cast<int>(bytes.reveal().size()), nullptr),
        "read a number");
}

openssl::Key rsa_from_jwk(const boost::json::object& jwk) {
    const auto builder = own<openssl::ParameterBuilder>(OSSL_PARAM_BLD_new(), "describe a key");
    std::array<SecretNumber, rsa_members.size()> numbers;
    for (std::size_t at = 0; at < rsa_members.size(); ++at) {
        const SecretString bytes = member(jwk, rsa_members[at].name);
        if (bytes.empty())
            return nullptr;
        numbers[at] = number_of(bytes);
        require(OSSL_PARAM_BLD_push_BN(builder.get(), rsa_members[at].parameter, numbers[at].get()) == 1,
                "describe a key");
    }
    const auto parameters = own<openssl::Parameters>(OSSL_PARAM_BLD_to_param(builder.get()), "describe a key");
    return openssl::make_key("RSA", parameters.get(), EVP_PKEY_KEYPAIR);
}

openssl::Key ec_from_jwk(const boost::json::object& jwk, const SignatureAlgorithm& algorithm) {
    const SecretString x = member(jwk, "x");
    const SecretString y = member(jwk, "y");
    const SecretString d = member(jwk, "d");
    const std::size_t size = algorithm.integer_size;
    if (x.reveal().size() != size || y.reveal().size() != size || d.reveal().size() != size)
        return nullptr;
    const std::string point = "\x04" + x.reveal() + y.reveal();
    const SecretNumber secret = number_of(d);
    const std::string group(algorithm.curve);
    const auto builder = own<openssl::ParameterBuilder>(OSSL_PARAM_BLD_new(), "describe a key");
    require(
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1,
        "describe a key");
    const auto parameters = own<openssl::Parameters>(OSSL_PARAM_BLD_to_param(builder.get()), "describe a key");
    return openssl::make_key("EC", parameters.get(), EVP_PKEY_KEYPAIR);
}

openssl::Key from_jwk(const boost::json::object& jwk, const SignatureAlgorithm& algorithm) {
    const openssl::QuietErrors quiet;
    if (!names(jwk, "kty", algorithm.key_type) || (!algorithm.curve.empty() && !names(jwk, "crv", algorithm.curve)))
        return nullptr;
    if (algorithm.key_type == "RSA")
        return rsa_from_jwk(jwk);
    if (algorithm.key_type == "EC")
        return ec_from_jwk(jwk, algorithm);
    const SecretString d = member(jwk, "d");
    return openssl::Key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr,
                                                        openssl::data_of(bytes_of(d.reveal())), d.reveal().size()));
}

/// OpenSSL's name of a curve.
std::string_view group_of(const SignatureAlgorithm& algorithm) {
    return algorithm.curve == "P-256" ? "prime256v1" : "secp384r1";
}

bool fits(EVP_PKEY* key, const SignatureAlgorithm& algorithm) {
    if (algorithm.key_type == "RSA")
        return EVP_PKEY_is_a(key, "RSA") == 1;
    if (algorithm.key_type == "OKP")
        return EVP_PKEY_is_a(key, "ED25519") == 1;
    constexpr std::size_t longest_name = 64;
    std::array<char, longest_name> name{};
    std::size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1 &&
           std::string_view(name.data(), size) == group_of(algorithm);
}

/// A number of the public key, with zeros in front up to `size`.
std::string number(EVP_PKEY* key, const char* name, std::size_t size = 0) {
    BIGNUM* taken = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &taken) == 1, "read a key");
    const openssl::BigNumber owned(taken);
    std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(taken))), '\0');
    require(BN_bn2binpad(taken, writable(bytes), static_cast<int>(bytes.size())) >= 0, "write a number");
    return to_base64url(bytes_of(bytes));
}

/// RFC 7518 section 3.4: r and s side by side, each in full length.
std::string side_by_side(const std::string& der, std::size_t integer_size) {
    const auto* in = reinterpret_cast<const unsigned char*>(der.data());
    const auto pair =
        own<openssl::EcdsaSignature>(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), "read a signature");
    std::string raw(2 * integer_size, '\0');
    const int size = static_cast<int>(integer_size);
    require(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), writable(raw), size) == size &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), writable(raw) + integer_size, size) == size,
            "write a signature");
    return raw;
}

}  // namespace

openssl::Key generate_private_key(const SignatureAlgorithm& algorithm) {
    if (algorithm.key_type == "RSA")
        return own<openssl::Key>(EVP_RSA_gen(rsa_bits), "make a key");
    if (algorithm.key_type == "EC")
        return own<openssl::Key>(EVP_EC_gen(std::string(algorithm.curve).c_str()), "make a key");
    return own<openssl::Key>(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "make a key");
}

Result<openssl::Key> read_private_key(const SecretString& text, const SignatureAlgorithm& algorithm) {
    if (text.empty() || text.reveal().size() > longest_private_key)
        return unreadable();
    openssl::Key key;
    if (text.reveal().find("-----BEGIN") != std::string::npos) {
        key = read_pem(text);
    } else if (const auto jwk = parse_strict_object(text.reveal())) {
        const bool for_another = jwk->contains("alg") && !names(*jwk, "alg", algorithm.name);
        if (for_another || (jwk->contains("kty") && !names(*jwk, "kty", algorithm.key_type)))
            return invalid_field("algorithm", "The JWK is not for " + std::string(algorithm.name) + ".");
        key = from_jwk(*jwk, algorithm);
    }
    if (!key)
        return unreadable();
    if (!fits(key.get(), algorithm))
        return invalid_field("algorithm", "The private key is not of the kind that " + std::string(algorithm.name) +
                                              " signs with (" + std::string(algorithm.key_type) +
                                              (algorithm.curve.empty() ? "" : " " + std::string(algorithm.curve)) +
                                              ").");
    return key;
}

SecretString write_private_key(EVP_PKEY* key) {
    const auto memory = own<openssl::Bio>(BIO_new(BIO_s_secmem()), "write to memory");
    require(PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "write a key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    require(size > 0, "write a key");
    return SecretString(std::string(text, static_cast<std::size_t>(size)));
}

boost::json::object public_members(EVP_PKEY* key, const SignatureAlgorithm& algorithm) {
    boost::json::object jwk{{"kty", algorithm.key_type}};
    if (algorithm.key_type == "RSA") {
        jwk["n"] = number(key, OSSL_PKEY_PARAM_RSA_N);
        jwk["e"] = number(key, OSSL_PKEY_PARAM_RSA_E);
        return jwk;
    }
    jwk["crv"] = algorithm.curve;
    if (algorithm.key_type == "EC") {
        jwk["x"] = number(key, OSSL_PKEY_PARAM_EC_PUB_X, algorithm.integer_size);
        jwk["y"] = number(key, OSSL_PKEY_PARAM_EC_PUB_Y, algorithm.integer_size);
        return jwk;
    }
    constexpr std::size_t ed25519_size = 32;
    std::string raw(ed25519_size, '\0');
    std::size_t size = raw.size();
    require(EVP_PKEY_get_raw_public_key(key, writable(raw), &size) == 1, "read a key");
    jwk["x"] = to_base64url(bytes_of(raw));
    return jwk;
}

std::string sign_text(EVP_PKEY* key, const SignatureAlgorithm& algorithm, std::string_view text) {
    const auto context = own<openssl::DigestContext>(EVP_MD_CTX_new(), "make a digest context");
    EVP_PKEY_CTX* key_context = nullptr;  // owned by the digest context
    require(EVP_DigestSignInit_ex(context.get(), &key_context, algorithm.digest, nullptr, nullptr, key, nullptr) == 1,
            "start signing");
    if (algorithm.is_pss)
        require(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1,
                "choose PSS");
    std::size_t size = 0;
    const auto* bytes = openssl::data_of(bytes_of(text));
    require(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1, "measure a signature");
    std::string signature(size, '\0');
    require(EVP_DigestSign(context.get(), writable(signature), &size, bytes, text.size()) == 1, "sign");
    signature.resize(size);
    return algorithm.integer_size == 0 ? signature : side_by_side(signature, algorithm.integer_size);
}

}  // namespace evergrant::crypto
