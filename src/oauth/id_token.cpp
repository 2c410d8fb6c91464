#include "oauth/id_token.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/strict_json.h"
#include "oauth/answer_body.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace evergrant::oauth {

namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t longest_subject = 255;
constexpr std::size_t longest_told = 320;  // of e-mail and name, which are for people to read

bool is_printable_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

bool is_right_subject(std::string_view subject) noexcept {
    return !subject.empty() && subject.size() <= longest_subject && is_printable_ascii(subject);
}

/// Nothing if it is missing or no time of this era.
std::optional<sys_seconds> time_in(const object& claims, std::string_view name) {
    constexpr double latest = 253'402'300'799;  // the end of the year 9999
    const auto* const claim = claims.if_contains(name);
    if (claim == nullptr || !claim->is_number())
        return std::nullopt;
    const double seconds = std::floor(claim->to_number<double>());
    if (!(seconds >= 0 && seconds <= latest))
        return std::nullopt;
    return sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

bool is_text(const value& candidate, std::string_view text) {
    const auto* const string = candidate.if_string();
    return string != nullptr && std::string_view(*string) == text;
}

/// The number of audiences if `client_id` is among them; 0 if it is not.
std::size_t audiences_with(const object& claims, std::string_view client_id) {
    const auto* const claim = claims.if_contains("aud");
    if (claim == nullptr || client_id.empty())
        return 0;
    const auto* const list = claim->if_array();
    if (list == nullptr)
        return is_text(*claim, client_id) ? 1 : 0;
    const bool all_texts = std::ranges::all_of(*list, [](const value& one) { return one.is_string(); });
    const bool named = std::ranges::any_of(*list, [&](const value& one) { return is_text(one, client_id); });
    return all_texts && named ? list->size() : 0;
}

/// Core 3.1.3.7, 3 to 5.
std::optional<IdTokenFlaw> flaw_of_audience(const object& claims, std::string_view client_id) {
    const std::size_t audiences = audiences_with(claims, client_id);
    if (audiences == 0)
        return IdTokenFlaw::audience;
    const auto* const party = claims.if_contains("azp");
    const bool right = party == nullptr ? audiences == 1 : is_text(*party, client_id);
    return right ? std::nullopt : std::optional(IdTokenFlaw::authorized_party);
}

std::optional<IdTokenFlaw> flaw_of_times(const object& claims, const IdTokenExpectations& expected) {
    const auto expiry = time_in(claims, "exp");
    if (!expiry || *expiry + expected.leeway <= expected.now)
        return IdTokenFlaw::expiry;
    const auto issued = time_in(claims, "iat");
    const bool right = issued && *issued <= expected.now + expected.leeway &&
                       *issued + expected.longest_under_way + expected.leeway >= expected.now;
    return right ? std::nullopt : std::optional(IdTokenFlaw::issued_at);
}

/// Core 3.1.3.6: the left half of the hash that the signature's algorithm uses; EdDSA's, with Ed25519, is SHA-512.
std::string hash_for(std::string_view algorithm, std::string_view access_token) {
    constexpr unsigned small = 256;
    constexpr unsigned middle = 384;
    constexpr unsigned large = 512;
    const unsigned bits = algorithm.ends_with("384")                           ? middle
                          : algorithm.ends_with("512") || algorithm == "EdDSA" ? large
                                                                               : small;
    const std::string digest = crypto::sha2(bits, access_token);
    return crypto::to_base64url(crypto::bytes_of(std::string_view(digest).substr(0, digest.size() / 2)));
}

bool has_wrong_hash(const object& claims, std::string_view algorithm, std::string_view access_token) {
    const auto* const claim = claims.if_contains("at_hash");
    return claim != nullptr && !is_text(*claim, hash_for(algorithm, access_token));
}

/// For people to read: cut between letters, and without control characters.
std::string shown(const object& claims, std::string_view name) {
    const std::string_view whole = text_member(claims, name);
    std::size_t end = std::min(whole.size(), longest_told);
    while (end < whole.size() && (static_cast<unsigned char>(whole[end]) & 0xC0U) == 0x80U)
        --end;
    std::string text(whole.substr(0, end));
    std::ranges::replace_if(
        text, [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == '\x7f'; }, ' ');
    return text;
}

Identity identity_of(const object& claims) {
    return {.issuer = std::string(text_member(claims, "iss")),
            .subject = std::string(text_member(claims, "sub")),
            .email = shown(claims, "email"),
            .name = shown(claims, "name")};
}

std::optional<IdTokenFlaw> flaw_of_claims(const object& claims, const IdTokenExpectations& expected) {
    if (expected.issuer.empty() || text_member(claims, "iss") != expected.issuer)
        return IdTokenFlaw::issuer;
    if (const auto flaw = flaw_of_audience(claims, expected.client_id))
        return flaw;
    if (const auto flaw = flaw_of_times(claims, expected))
        return flaw;
    if (expected.nonce.empty() || text_member(claims, "nonce") != expected.nonce)
        return IdTokenFlaw::nonce;
    if (!is_right_subject(text_member(claims, "sub")))
        return IdTokenFlaw::subject;
    return std::nullopt;
}

/// The claims of what looks like a JWT, unverified.
std::optional<object> claims_in(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || first == last)
        return std::nullopt;
    const auto payload = crypto::from_base64url(token.substr(first + 1, last - first - 1));
    return payload ? crypto::parse_strict_object(*payload) : std::nullopt;
}

}  // namespace

std::string_view sentence_of(IdTokenFlaw flaw) noexcept {
    switch (flaw) {
        case IdTokenFlaw::missing: return "The provider gave no id_token, although openid was asked for.";
        case IdTokenFlaw::malformed: return "The provider's id_token cannot be read.";
        case IdTokenFlaw::signature: return "The id_token's signature is by none of the issuer's keys.";
        case IdTokenFlaw::issuer: return "The id_token is another issuer's (iss).";
        case IdTokenFlaw::audience: return "The id_token is not meant for this app (aud).";
        case IdTokenFlaw::authorized_party: return "The id_token was issued to another app (azp).";
        case IdTokenFlaw::expiry: return "The id_token has expired, or does not say when it does (exp).";
        case IdTokenFlaw::issued_at: return "The id_token was not issued for this authorization (iat).";
        case IdTokenFlaw::nonce: return "The id_token is not the answer to this authorization (nonce).";
        case IdTokenFlaw::subject: return "The id_token does not say properly who granted access (sub).";
        case IdTokenFlaw::access_token_hash: return "The id_token belongs to another access token (at_hash).";
    }
    return "";
}

std::expected<Identity, IdTokenFlaw> check_id_token(std::string_view token, const crypto::JwtKeys& keys,
                                                    const IdTokenExpectations& expected) {
    if (token.empty())
        return std::unexpected(IdTokenFlaw::missing);
    const auto content = keys.open(token);
    if (!content)
        return std::unexpected(claims_in(token) ? IdTokenFlaw::signature : IdTokenFlaw::malformed);
    const std::string_view algorithm = text_member(content->header, "alg");
    if (!expected.algorithm.empty() && algorithm != expected.algorithm)
        return std::unexpected(IdTokenFlaw::signature);
    const auto claims = crypto::parse_strict_object(content->payload);
    if (!claims)
        return std::unexpected(IdTokenFlaw::malformed);
    if (const auto flaw = flaw_of_claims(*claims, expected))
        return std::unexpected(*flaw);
    if (has_wrong_hash(*claims, algorithm, expected.access_token))
        return std::unexpected(IdTokenFlaw::access_token_hash);
    return identity_of(*claims);
}

std::optional<IdTokenFlaw> flaw_of_refreshed(std::string_view token, const Identity& granted_by,
                                             std::string_view client_id) {
    const auto claims = claims_in(token);
    if (!claims)
        return std::nullopt;
    if (text_member(*claims, "iss") != granted_by.issuer)
        return IdTokenFlaw::issuer;
    if (text_member(*claims, "sub") != granted_by.subject)
        return IdTokenFlaw::subject;
    if (audiences_with(*claims, client_id) == 0)
        return IdTokenFlaw::audience;
    return std::nullopt;
}

SecretString id_token_in(std::string_view body) {
    const auto members = read_json_object(body);
    return members ? SecretString(std::string(text_member(*members, "id_token"))) : SecretString();
}

}  // namespace evergrant::oauth
