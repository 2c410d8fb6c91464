#include "crypto/encoding.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include "crypto/strict_json.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace evergrant::crypto {
namespace {

constexpr std::size_t longest_token = 16 * 1024;
constexpr std::size_t longest_key_set = 256 * 1024;

struct CompactParts {
    std::string_view signed_text;
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
};

std::optional<CompactParts> split(std::string_view token) {
    if (token.size() > longest_token || std::ranges::count(token, '.') != 2)
        return std::nullopt;
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    return CompactParts{.signed_text = token.substr(0, last),
                        .header = token.substr(0, first),
                        .payload = token.substr(first + 1, last - first - 1),
                        .signature = token.substr(last + 1)};
}

/// What the header says of the key.
struct KeyHint {
    std::string_view algorithm;
    std::string_view key_id;  ///< empty: none
};

/// Nothing if the header is not one that is understood here in full.
std::optional<KeyHint> read_hint(const boost::json::object& header) {
    // RFC 7515 section 4.1.11: extensions that must be understood; none are. RFC 7797 demands `crit` beside `b64`.
    if (header.contains("crit") || header.contains("b64"))
        return std::nullopt;
    const auto* algorithm = header.if_contains("alg");
    const auto* key_id = header.if_contains("kid");
    if (algorithm == nullptr || !algorithm->is_string() || (key_id != nullptr && !key_id->is_string()))
        return std::nullopt;
    KeyHint hint{.algorithm = algorithm->get_string(), .key_id = {}};
    if (key_id != nullptr)
        hint.key_id = key_id->get_string();
    return hint;
}

bool may_have_signed(const VerificationKey& key, const KeyHint& hint) {
    return key.algorithm->name == hint.algorithm && (key.id.empty() || hint.key_id.empty() || key.id == hint.key_id);
}

}  // namespace

struct JwtKeys::State {
    std::vector<VerificationKey> keys;
};

JwtKeys::JwtKeys(std::unique_ptr<State> state) : state_(std::move(state)) {}
JwtKeys::JwtKeys(JwtKeys&&) noexcept = default;
JwtKeys& JwtKeys::operator=(JwtKeys&&) noexcept = default;
JwtKeys::~JwtKeys() = default;

JwtKeys JwtKeys::shared_secret(SecretString secret) {
    if (secret.reveal().size() < shortest_secret)
        throw std::invalid_argument("A shared secret for JSON Web Tokens has at least 32 bytes.");
    auto state = std::make_unique<State>();
    state->keys.push_back(hs256_key(std::move(secret)));
    return JwtKeys(std::move(state));
}

Result<JwtKeys> JwtKeys::from_jwks(std::string_view document) {
    if (document.size() > longest_key_set)
        return failure(Errc::invalid_request, "The JWK set is longer than 256 KiB.");
    const auto set = parse_strict_object(document);
    const auto* member = set ? set->if_contains("keys") : nullptr;
    const auto* list = member == nullptr ? nullptr : member->if_array();
    if (list == nullptr)
        return failure(Errc::invalid_request, "The document is not a JWK set.");
    auto state = std::make_unique<State>();
    for (const auto& entry : *list) {
        const auto* jwk = entry.if_object();
        auto key = jwk == nullptr ? std::nullopt : parse_jwk(*jwk);
        if (key)
            state->keys.push_back(std::move(*key));
    }
    if (state->keys.empty())
        return failure(Errc::invalid_request, "The JWK set holds no key that verifies signatures.");
    return JwtKeys(std::move(state));
}

std::optional<SignedContent> JwtKeys::open(std::string_view token) const {
    const auto parts = split(token);
    if (!parts)
        return std::nullopt;
    const auto header_text = from_base64url(parts->header);
    auto payload = from_base64url(parts->payload);
    const auto signature = from_base64url(parts->signature);
    if (!header_text || !payload || !signature)
        return std::nullopt;
    auto header = parse_strict_object(*header_text);
    const auto hint = header ? read_hint(*header) : std::nullopt;
    if (!hint)
        return std::nullopt;
    const bool verified = std::ranges::any_of(state_->keys, [&](const VerificationKey& key) {
        return may_have_signed(key, *hint) && verify_signature(key, parts->signed_text, *signature);
    });
    if (!verified)
        return std::nullopt;
    return SignedContent{.header = std::move(*header), .payload = std::move(*payload)};
}

bool JwtKeys::lacks_key_of(std::string_view token) const {
    const auto parts = split(token);
    const auto header_text = parts ? from_base64url(parts->header) : std::nullopt;
    const auto header = header_text ? parse_strict_object(*header_text) : std::nullopt;
    const auto hint = header ? read_hint(*header) : std::nullopt;
    if (!hint || hint->key_id.empty())
        return false;
    return std::ranges::none_of(
        state_->keys, [&hint](const VerificationKey& key) { return key.id.empty() || key.id == hint->key_id; });
}

}  // namespace evergrant::crypto
