#include "crypto/jwk.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/rsa_key.h"

#include <openssl/core_names.h>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace evergrant::crypto {
namespace {

constexpr SignatureAlgorithm hs256{.name = "HS256", .key_type = "oct", .curve = "", .digest = "SHA256"};

// Of two that fit a key which names none, the first is meant.
constexpr std::array<SignatureAlgorithm, 9> algorithms{{
    {.name = "RS256", .key_type = "RSA", .curve = "", .digest = "SHA256"},
    {.name = "RS384", .key_type = "RSA", .curve = "", .digest = "SHA384"},
    {.name = "RS512", .key_type = "RSA", .curve = "", .digest = "SHA512"},
    {.name = "PS256", .key_type = "RSA", .curve = "", .digest = "SHA256", .is_pss = true},
    {.name = "PS384", .key_type = "RSA", .curve = "", .digest = "SHA384", .is_pss = true},
    {.name = "PS512", .key_type = "RSA", .curve = "", .digest = "SHA512", .is_pss = true},
    {.name = "ES256", .key_type = "EC", .curve = "P-256", .digest = "SHA256", .integer_size = 32},
    {.name = "ES384", .key_type = "EC", .curve = "P-384", .digest = "SHA384", .integer_size = 48},
    {.name = "EdDSA", .key_type = "OKP", .curve = "Ed25519", .digest = nullptr},
}};

/// The text of a member; empty if it is absent; nothing if it is not text.
std::optional<std::string_view> text_of(const boost::json::object& jwk, std::string_view name) {
    const auto* value = jwk.if_contains(name);
    if (value == nullptr)
        return std::string_view();
    const auto* text = value->if_string();
    if (text == nullptr)
        return std::nullopt;
    return std::string_view(text->data(), text->size());
}

const SignatureAlgorithm* algorithm_of(const boost::json::object& jwk) {
    const auto key_type = text_of(jwk, "kty");
    const auto curve = text_of(jwk, "crv");
    const auto name = text_of(jwk, "alg");
    if (!key_type || !curve || !name)
        return nullptr;
    const auto found = std::ranges::find_if(algorithms, [&](const SignatureAlgorithm& algorithm) {
        return algorithm.key_type == *key_type && algorithm.curve == *curve &&
               (name->empty() || algorithm.name == *name);
    });
    return found == algorithms.end() ? nullptr : &*found;
}

/// RFC 7517 sections 4.2 and 4.3.
bool is_for_verifying(const boost::json::object& jwk) {
    const auto use = text_of(jwk, "use");
    if (!use || (!use->empty() && *use != "sig"))
        return false;
    const auto* operations = jwk.if_contains("key_ops");
    if (operations == nullptr)
        return true;
    const auto* list = operations->if_array();
    return list != nullptr && std::ranges::find(*list, boost::json::value("verify")) != list->end();
}

/// The bytes of a base64url member; empty unless it is there and well formed.
std::string bytes_of_member(const boost::json::object& jwk, std::string_view name) {
    const auto text = text_of(jwk, name);
    return text ? from_base64url(*text).value_or("") : "";
}

openssl::Key make_ec_public_key(const SignatureAlgorithm& algorithm, std::string_view x, std::string_view y) {
    // RFC 7518 section 6.2.1.2: the full size of a coordinate, zeros in front included.
    if (x.size() != algorithm.integer_size || y.size() != algorithm.integer_size)
        return nullptr;
    std::string point = "\x04";
    point.append(x).append(y);
    std::string group(algorithm.curve);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end(),
    };
    return openssl::make_public_key("EC", parameters);
}

openssl::Key make_public_key(const SignatureAlgorithm& algorithm, const boost::json::object& jwk) {
    if (algorithm.key_type == "RSA")
        return make_rsa_public_key(bytes_of_member(jwk, "n"), bytes_of_member(jwk, "e"));
    const auto x = bytes_of_member(jwk, "x");
    if (algorithm.key_type == "EC")
        return make_ec_public_key(algorithm, x, bytes_of_member(jwk, "y"));
    return openssl::Key(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, openssl::data_of(bytes_of(x)), x.size()));
}

/// RFC 7518 section 3.4 writes r and s side by side, OpenSSL wants them as a DER sequence. Empty if they do not fit.
std::string der_of(std::string_view signature, std::size_t integer_size) {
    if (signature.size() != 2 * integer_size)
        return {};
    const auto number = [&](std::size_t from) {
        return openssl::own<openssl::BigNumber>(
            BN_bin2bn(openssl::data_of(bytes_of(signature.substr(from, integer_size))), static_cast<int>(integer_size),
                      nullptr),
            "read a signature");
    };
    auto r = number(0);
    auto s = number(integer_size);
    const auto pair = openssl::own<openssl::EcdsaSignature>(ECDSA_SIG_new(), "make a signature");
    openssl::require(ECDSA_SIG_set0(pair.get(), r.get(), s.get()) == 1, "make a signature");
    static_cast<void>(r.release());  // the pair owns them now
    static_cast<void>(s.release());
    const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
    openssl::require(size > 0, "encode a signature");
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    openssl::require(i2d_ECDSA_SIG(pair.get(), &out) == size, "encode a signature");
    return der;
}

bool verify_by_public_key(const VerificationKey& key, std::string_view signed_text, std::string_view signature) {
    const openssl::QuietErrors quiet;
    const auto context = openssl::own<openssl::DigestContext>(EVP_MD_CTX_new(), "make a digest context");
    EVP_PKEY_CTX* key_context = nullptr;  // owned by the digest context
    openssl::require(EVP_DigestVerifyInit_ex(context.get(), &key_context, key.algorithm->digest, nullptr, nullptr,
                                             key.key.get(), nullptr) == 1,
                     "start verifying");
    if (key.algorithm->is_pss)
        openssl::require(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                             EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1,
                         "choose PSS");
    return EVP_DigestVerify(context.get(), openssl::data_of(bytes_of(signature)), signature.size(),
                            openssl::data_of(bytes_of(signed_text)), signed_text.size()) == 1;
}

}  // namespace

std::span<const SignatureAlgorithm> signature_algorithms() noexcept {
    return algorithms;
}

VerificationKey hs256_key(SecretString secret) {
    return {.algorithm = &hs256, .id = {}, .key = {}, .secret = std::move(secret)};
}

std::optional<VerificationKey> parse_jwk(const boost::json::object& jwk) {
    const openssl::QuietErrors quiet;
    const auto* algorithm = algorithm_of(jwk);
    const auto id = text_of(jwk, "kid");
    if (algorithm == nullptr || !id || !is_for_verifying(jwk))
        return std::nullopt;
    auto key = make_public_key(*algorithm, jwk);
    if (key == nullptr)
        return std::nullopt;
    return VerificationKey{.algorithm = algorithm, .id = std::string(*id), .key = std::move(key), .secret = {}};
}

bool verify_signature(const VerificationKey& key, std::string_view signed_text, std::string_view signature) {
    if (key.key == nullptr) {
        const auto expected = hmac_sha256(bytes_of(key.secret.reveal()), signed_text);
        return equal_in_constant_time(expected, bytes_of(signature));
    }
    if (key.algorithm->integer_size == 0)
        return verify_by_public_key(key, signed_text, signature);
    const auto der = der_of(signature, key.algorithm->integer_size);
    return !der.empty() && verify_by_public_key(key, signed_text, der);
}

}  // namespace evergrant::crypto
