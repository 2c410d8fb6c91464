#include "crypto/jwt_signer.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/jwk.h"
#include "crypto/openssl.h"
#include "crypto/private_key.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::crypto {

namespace {

constexpr std::size_t known_algorithms = 9;

const SignatureAlgorithm* find_algorithm(std::string_view name) noexcept {
    const auto found = std::ranges::find(signature_algorithms(), name, &SignatureAlgorithm::name);
    return found == signature_algorithms().end() ? nullptr : &*found;
}

std::unexpected<Error> unknown_algorithm(std::string_view name) {
    std::string message = "There is no signature algorithm \"" + std::string(name) + "\"; known are ";
    for (const std::string_view known : JwtSigner::algorithms()) {
        message += known;
        message += known == JwtSigner::algorithms().back() ? "." : ", ";
    }
    return invalid_field("algorithm", std::move(message));
}

std::string encoded(const boost::json::object& object) {
    return to_base64url(bytes_of(boost::json::serialize(object)));
}

/// RFC 7638 section 3: the required members alone, in the order of their names, without a space.
std::string thumbprint_of(const boost::json::object& jwk) {
    std::string text;
    for (const std::string_view name : {"crv", "e", "kty", "n", "x", "y"}) {
        const auto* value = jwk.if_contains(name);
        if (value == nullptr)
            continue;
        text += text.empty() ? "{" : ",";
        text += boost::json::serialize(boost::json::string(name)) + ":" + boost::json::serialize(*value);
    }
    text += "}";
    return to_base64url(sha256(text));
}

}  // namespace

struct JwtSigner::State {
    const SignatureAlgorithm* algorithm{nullptr};
    openssl::Key key;
    std::string id;
    boost::json::object public_jwk;
};

JwtSigner::JwtSigner(std::unique_ptr<const State> state) : state_(std::move(state)) {}
JwtSigner::JwtSigner(JwtSigner&&) noexcept = default;
JwtSigner& JwtSigner::operator=(JwtSigner&&) noexcept = default;
JwtSigner::~JwtSigner() = default;

std::span<const std::string_view> JwtSigner::algorithms() noexcept {
    static const auto names = [] {
        std::array<std::string_view, known_algorithms> list;
        std::ranges::transform(signature_algorithms(), list.begin(), &SignatureAlgorithm::name);
        return list;
    }();
    return names;
}

Result<JwtSigner> JwtSigner::generate(std::string_view algorithm) {
    const auto* known = find_algorithm(algorithm);
    if (known == nullptr)
        return unknown_algorithm(algorithm);
    auto state = std::make_unique<State>();
    state->algorithm = known;
    state->key = generate_private_key(*known);
    return make(std::move(state));
}

Result<JwtSigner> JwtSigner::from_private_key(const SecretString& text, std::string_view algorithm) {
    const auto* known = find_algorithm(algorithm);
    if (known == nullptr)
        return unknown_algorithm(algorithm);
    auto key = read_private_key(text, *known);
    if (!key)
        return std::unexpected(std::move(key).error());
    auto state = std::make_unique<State>();
    state->algorithm = known;
    state->key = std::move(*key);
    return make(std::move(state));
}

/// What it signs must pass here, too: a key that others would refuse, or whose halves do not belong together, is none.
Result<JwtSigner> JwtSigner::make(std::unique_ptr<State> state) {
    state->public_jwk = public_members(state->key.get(), *state->algorithm);
    state->id = thumbprint_of(state->public_jwk);
    state->public_jwk["kid"] = state->id;
    state->public_jwk["alg"] = state->algorithm->name;
    state->public_jwk["use"] = "sig";
    constexpr std::string_view probe = "evergrant";
    const auto verifying = parse_jwk(state->public_jwk);
    const std::string signature = sign_text(state->key.get(), *state->algorithm, probe);
    if (!verifying || !verify_signature(*verifying, probe, signature))
        return invalid_field("privateKey",
                             "The private key is weak or damaged: what it signs is refused. RSA keys need 2,048 to "
                             "8,192 bits; make a new key.");
    return JwtSigner(std::move(state));
}

std::string_view JwtSigner::algorithm() const noexcept {
    return state_->algorithm->name;
}

const std::string& JwtSigner::key_id() const noexcept {
    return state_->id;
}

const boost::json::object& JwtSigner::public_jwk() const noexcept {
    return state_->public_jwk;
}

SecretString JwtSigner::private_key() const {
    return write_private_key(state_->key.get());
}

SecretString JwtSigner::sign(const boost::json::object& claims) const {
    const boost::json::object header{{"alg", state_->algorithm->name}, {"kid", state_->id}, {"typ", "JWT"}};
    std::string token = encoded(header) + "." + encoded(claims);
    const std::string signature = sign_text(state_->key.get(), *state_->algorithm, token);
    token += "." + to_base64url(bytes_of(signature));
    return SecretString(std::move(token));
}

}  // namespace evergrant::crypto
