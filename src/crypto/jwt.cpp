#include "crypto/jwt.h"

#include "crypto/encoding.h"
#include "crypto/strict_json.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace evergrant::crypto {
namespace {

using boost::json::object;
using boost::json::value;

/// The last second of the year 9999, beyond which no honest token reaches and times of milliseconds overflow.
constexpr std::int64_t latest_time = 253'402'300'799;

bool is_text(const value& candidate, std::string_view text) {
    const auto* string = candidate.if_string();
    return string != nullptr && std::string_view(string->data(), string->size()) == text;
}

/// RFC 7519 section 2, NumericDate; fractions are cut off. Nothing if it is no time.
std::optional<sys_seconds> time_of(const value& date) {
    double seconds = 0;
    if (const auto* whole = date.if_int64())
        seconds = static_cast<double>(*whole);
    else if (const auto* fractional = date.if_double())
        seconds = std::floor(*fractional);
    else
        return std::nullopt;
    if (!(seconds >= 0 && seconds <= static_cast<double>(latest_time)))
        return std::nullopt;
    return sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// Whether a claim, if it is there, names a time that has come.
bool has_begun(const object& claims, std::string_view name, sys_seconds latest) {
    const auto* date = claims.if_contains(name);
    if (date == nullptr)
        return true;
    const auto time = time_of(*date);
    return time && *time <= latest;
}

bool is_issued_by(const object& claims, std::string_view issuer) {
    const auto* claim = claims.if_contains("iss");
    return issuer.empty() || (claim != nullptr && is_text(*claim, issuer));
}

bool is_meant_for(const object& claims, std::string_view audience) {
    if (audience.empty())
        return true;
    const auto* claim = claims.if_contains("aud");
    if (claim == nullptr)
        return false;
    const auto* list = claim->if_array();
    if (list == nullptr)
        return is_text(*claim, audience);
    return std::ranges::any_of(*list, [&](const value& element) { return is_text(element, audience); });
}

/// Issuers that sign access and refresh tokens with one key tell them apart by one of these members.
bool says_refresh(const object& members) {
    constexpr std::array<std::string_view, 4> kinds{"type", "token_type", "typ", "use"};
    return std::ranges::any_of(kinds, [&](std::string_view kind) {
        const auto* member = members.if_contains(kind);
        if (member == nullptr)
            return false;
        auto text = boost::json::serialize(*member);
        std::ranges::transform(text, text.begin(), [](char letter) {
            return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        });
        return text.find("refresh") != std::string::npos;
    });
}

std::unexpected<Error> invalid_token() {
    return failure(Errc::invalid_credentials, "The token is not valid.");
}

}  // namespace

JwtVerifier::JwtVerifier(JwtKeys keys, JwtExpectations expectations)
    : keys_(std::move(keys)), expectations_(std::move(expectations)) {}

Result<object> JwtVerifier::verify(std::string_view token, sys_seconds now) const {
    const auto content = keys_.open(token);
    if (!content)
        return invalid_token();
    auto claims = parse_strict_object(content->payload);
    if (!claims || says_refresh(content->header) || says_refresh(*claims))
        return invalid_token();
    const auto latest_beginning = now + expectations_.leeway;
    if (!has_begun(*claims, "nbf", latest_beginning) || !has_begun(*claims, "iat", latest_beginning) ||
        !is_issued_by(*claims, expectations_.issuer) || !is_meant_for(*claims, expectations_.audience))
        return invalid_token();
    const auto* expiry_claim = claims->if_contains("exp");
    const auto expiry = expiry_claim == nullptr ? std::nullopt : time_of(*expiry_claim);
    if (!expiry)
        return invalid_token();
    // Last, so that only who holds a token that was good learns that it has expired.
    if (*expiry + expectations_.leeway <= now)
        return failure(Errc::token_expired, "The token has expired.");
    return std::move(*claims);
}

}  // namespace evergrant::crypto
