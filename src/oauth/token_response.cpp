#include "oauth/token_response.h"

#include "oauth/answer_body.h"
#include "oauth/provider_text.h"
#include "oauth/shareable_metadata.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace evergrant::oauth {

namespace {

constexpr std::chrono::seconds longest_lifetime = std::chrono::years(10);
/// Of a token whose stated lifetime cannot be: renewed soon, and the next answer may be better.
constexpr std::chrono::seconds cautious_lifetime = std::chrono::minutes(5);

std::unexpected<ProviderFailure> malformed(unsigned status, std::string what) {
    ProviderFailure failure;
    failure.failure = FailureClass::provider_unavailable;
    failure.reason = "The provider's token answer is malformed: its " + what + ".";
    failure.http_status = status;
    return std::unexpected(std::move(failure));
}

std::optional<double> number_in(const boost::json::value& value) {
    if (value.is_number())
        return value.to_number<double>();
    const auto* const text = value.if_string();
    if (text == nullptr)
        return std::nullopt;
    double number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, problem] = std::from_chars(text->data(), end, number);
    return problem == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

bool names_nothing(const boost::json::value* value) noexcept {
    return value == nullptr || value->is_null() || (value->is_string() && value->get_string().empty());
}

/// 0 if the answer does not say. A number that cannot be is not believed, and no reason to throw the grant away: a new
/// refresh token beside it may be the only one that still works.
std::chrono::seconds stated_lifetime(const boost::json::object& members, const TokenResponseContext& context) {
    const auto* const value = members.if_contains("expires_in");
    if (names_nothing(value))
        return std::chrono::seconds(0);
    const auto number = number_in(*value);
    if (!number || !std::isfinite(*number) || *number < 0 || *number > static_cast<double>(longest_lifetime.count()))
        return context.assumed_lifetime.value_or(cautious_lifetime);
    return std::chrono::seconds(static_cast<std::chrono::seconds::rep>(*number));
}

void add_scopes(std::vector<std::string>& scopes, std::string_view text, std::string_view separators) {
    while (true) {
        const std::size_t begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos)
            return;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        scopes.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::vector<std::string> granted_scopes(const boost::json::object& members, const TokenResponseContext& context) {
    std::vector<std::string> scopes;
    const std::string separators = " ," + context.scope_separator;
    add_scopes(scopes, text_member(members, "scope"), separators);
    const auto* const value = members.if_contains("scope");
    if (const auto* const list = value == nullptr ? nullptr : value->if_array()) {
        for (const auto& element : *list) {
            if (const auto* const text = element.if_string())
                add_scopes(scopes, *text, separators);
        }
    }
    return scopes.empty() ? context.requested_scopes : scopes;
}

void set_lifetime(TokenSet& tokens, std::chrono::seconds stated, const TokenResponseContext& context) {
    // Some providers write 0 for a token that does not expire.
    tokens.lifetime = stated.count() > 0 ? stated : context.assumed_lifetime.value_or(std::chrono::seconds(0));
    if (tokens.lifetime.count() > 0)
        tokens.expires_at = context.now + tokens.lifetime;
}

std::expected<TokenSet, ProviderFailure> read_grant(const boost::json::object& members, unsigned status,
                                                    const TokenResponseContext& context) {
    const std::string_view access_token = text_member(members, "access_token");
    const auto* const refresh_token = members.if_contains("refresh_token");
    const std::string_view token_type = text_member(members, "token_type");
    // What cannot stand in a header line is no token: RFC 6749 appendix A.12.
    if (!is_visible_ascii(access_token))
        return malformed(status, "access_token holds characters that no token has");
    if (!names_nothing(refresh_token) && !refresh_token->is_string())
        return malformed(status, "refresh_token is not a string");

    TokenSet tokens;
    tokens.access_token = SecretString(std::string(access_token));
    tokens.refresh_token = SecretString(std::string(text_member(members, "refresh_token")));
    if (!token_type.empty() && is_visible_ascii(token_type))
        tokens.token_type = token_type;
    set_lifetime(tokens, stated_lifetime(members, context), context);
    tokens.scopes = granted_scopes(members, context);
    tokens.metadata = shareable_metadata(members, tokens);
    return tokens;
}

}  // namespace

std::expected<TokenSet, ProviderFailure> read_token_response(const BackChannelAnswer& answer,
                                                             const TokenResponseContext& context) {
    if (answer.status >= 200 && answer.status < 300) {
        const auto members = read_body(answer);
        if (members && !text_member(*members, "access_token").empty())
            return read_grant(*members, answer.status, context);
    }
    return std::unexpected(classify(answer, context.error_rules, context.now, context.secrets));
}

}  // namespace evergrant::oauth
